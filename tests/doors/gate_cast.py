"""A simulated server and its site, for tests of the gate."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from dfwarm.facts.site import HostSite, Release, StopScope
from dfwarm.simulator.installation import Installation, build_installation, end_installation
from dfwarm.simulator.plan import DECK
from dfwarm.terms import Side, StudyNumber

STUDY = StudyNumber(35)


@contextmanager
def a_server(folder: Path) -> Iterator[Installation]:
    made = build_installation(folder, host_name="dfprod1", release="5", plans=(DECK,), has_data=True)
    try:
        yield made
    finally:
        end_installation(made)


def site_of(made: Installation, **changes: object) -> HostSite:
    site = HostSite(
        Side.PRODUCTION,
        os.fsencode(made.datafax_dir),
        Release.DFDISCOVER_5,
        StopScope.STUDY,
        users=("DFusers",),
        server_status=b"lib/.serverstatus*",
    )
    return replace(site, **changes)
