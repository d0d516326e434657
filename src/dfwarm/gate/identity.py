"""The verbs `identify` and `adopt`: whether a study's roots are what an administrator adopted on this host."""

from datetime import UTC, datetime
from pathlib import Path

from dfwarm.equipment.identity import Identities, look_at_roots
from dfwarm.errors import IdentityRefused
from dfwarm.facts.identity import Identified, strangeness
from dfwarm.facts.site import HostSite
from dfwarm.gate.environment import machine_id, this_host
from dfwarm.gate.roots import read_registrations, roots_of
from dfwarm.gate.ruling import begin, look_up
from dfwarm.spelling import spell
from dfwarm.terms import StudyNumber

NEVER_ADOPTED = "it was never adopted on this host, or the record of that is gone"


def identify(site: HostSite, study: StudyNumber, pair: str) -> Identified:
    """Hold what is there now against what was adopted."""
    roots = look_at_roots(roots_of(site, study))
    adopted = identities_of(site).find(site.side, study)
    problems = strangeness(adopted, pair, site.side, roots) if adopted else (NEVER_ADOPTED,)
    ruled = look_up(site, pair)
    return Identified(machine_id(), this_host(), roots, adopted is not None, problems, ruled.epoch, ruled.say())


def adopt(site: HostSite, study: StudyNumber, pair: str) -> Identified:
    """Keep what is there now as this side's study, then say so."""
    begin(site, pair)
    identities_of(site).adopt(pair, site.side, study, look_at_roots(roots_of(site, study)), datetime.now(UTC))
    return identify(site, study, pair)


def refuse_stranger(site: HostSite, root: bytes) -> str:
    """
    Refuse to be written to in a root that is not what was adopted here, whatever the other host believes.

    Returns the pair that it was adopted for.
    """
    for registration in read_registrations(site):
        roots = look_at_roots(roots_of(site, registration.number))
        if root not in {each.folder.rstrip(b"/") for each in roots}:
            continue
        adopted = identities_of(site).find(site.side, registration.number)
        problems = strangeness(adopted, adopted.pair, site.side, roots) if adopted else (NEVER_ADOPTED,)
        if problems:
            raise IdentityRefused(f"nothing is written to study {registration.number:03d}: {'; '.join(problems)}")
        return adopted.pair if adopted else ""
    raise IdentityRefused(f"{spell(root)} is no root of a study that was adopted here")


def identities_of(site: HostSite) -> Identities:
    """Where this host keeps what was adopted. Raises IdentityRefused where it keeps nothing at all."""
    if not site.state:
        raise IdentityRefused(
            f"the gate of the {site.side} keeps no state, so nothing can be adopted there",
            hint="Write pair.state into the configuration that the gate of that host reads.",
        )
    return Identities(Path(site.state) / "identity")
