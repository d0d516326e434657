"""A stage for a whole pair: two simulated installations, an sshd between them, a configuration for both."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dfwarm.facts.reach import SshReach
from dfwarm.simulator.installation import Installation, build_installation, end_installation
from dfwarm.simulator.plan import DECK, ENTRY, SMALL, StudyPlan
from dfwarm.simulator.sshd import loopback_sshd
from dfwarm.terms import Side

PULL, PUSH, LOCAL = "pull", "push", "local"

_PAIR = """\
[pair]
name = "{name}"
state = "{state}"
rpo = "24h"
activity = "{activity}"
wait_at_most = "{wait_at_most}"
hold = "{hold}"
studies = [{studies}]

[production]
{production}
datafax_dir = "{production_dir}"
release = "{release}"
stop = "{stop}"
users = ["DFusers"]
server_status = "lib/.serverstatus*"

[standby]
{standby}
datafax_dir = "{standby_dir}"
release = "{release}"
stop = "{stop}"

[transfer]
exclude = [{{ path = "/lib/DFserver.cf", reason = "each host has its own" }}]

[schedule]
every = "*-*-* 02:00:00"
zone = "UTC"
"""

_SSH = """\
reach = "ssh"
host = "{reach.host}"
port = {reach.port}
user = "{reach.user}"
identity_file = "{reach.identity_file}"
known_hosts = "{reach.known_hosts}\""""


@dataclass(frozen=True, slots=True)
class Setting:
    """What may differ between stages."""

    arrangement: str = PULL
    plans: tuple[StudyPlan, ...] = (DECK, ENTRY, SMALL)
    release: str = "5"
    stop: str = "study"
    hold: str = "disable"
    activity: str = "wait"
    wait_at_most: str = "1m"
    mail: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """A pair that is set up and runs."""

    folder: Path
    production: Installation
    standby: Installation
    config: Path
    gate_config: Path
    state: Path


@contextmanager
def set_stage(folder: Path, setting: Setting | None = None) -> Iterator[Stage]:
    """Build a pair below a folder and keep it running for the length of a block. Its servers are ended after it."""
    asked = setting or Setting()
    with ExitStack() as stack:
        production = build_installation(
            folder / "production", host_name="dfprod1", release=asked.release, plans=asked.plans, has_data=True
        )
        stack.callback(end_installation, production)
        standby = build_installation(
            folder / "standby", host_name="dfwarm1", release=asked.release, plans=asked.plans, has_data=False
        )
        stack.callback(end_installation, standby)
        gate_config, config = folder / "gate.toml", folder / "dfwarm.toml"
        made = (production, standby)
        here = 'reach = "local"'
        gate_config.write_text(_text(asked, made, (here, here), folder / "gate-state"))
        far = {PULL: Side.PRODUCTION, PUSH: Side.STANDBY}.get(asked.arrangement)
        reaches = dict.fromkeys(Side, here)
        if far:
            command = f"{sys.executable} -m dfwarm.gate --config {gate_config} --side {far}"
            sshd = stack.enter_context(loopback_sshd(folder / "ssh", command))
            reaches[far] = _ssh(sshd.reach)
        config.write_text(_text(asked, made, (reaches[Side.PRODUCTION], reaches[Side.STANDBY]), folder / "state"))
        yield Stage(folder, production, standby, config, gate_config, folder / "state")


def _text(asked: Setting, made: tuple[Installation, Installation], reaches: tuple[str, str], state: Path) -> str:
    return (
        _PAIR.format(
            name="stage",
            state=state,
            activity=asked.activity,
            wait_at_most=asked.wait_at_most,
            hold=asked.hold,
            studies=", ".join(f'"{plan.number:03d}"' for plan in asked.plans),
            production=reaches[0],
            production_dir=made[0].datafax_dir,
            standby=reaches[1],
            standby_dir=made[1].datafax_dir,
            release=asked.release,
            stop=asked.stop,
        )
        + asked.mail
    )


def _ssh(reach: SshReach) -> str:
    return _SSH.format(reach=reach)
