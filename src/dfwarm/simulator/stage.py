"""A stage for a whole pair: two simulated installations, an sshd between them, a configuration for both."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dfwarm.equipment.identity import Identities, look_at_roots
from dfwarm.equipment.ruling import Rulings
from dfwarm.facts.ruling import CONTROLLER, FIRST_EPOCH, Ruling
from dfwarm.simulator.installation import Installation, build_installation, end_installation
from dfwarm.simulator.plan import DECK, ENTRY, SMALL, StudyPlan
from dfwarm.simulator.sshd import HERE, Place, gate_sshd
from dfwarm.terms import Side, StudyNumber

PULL, PUSH, LOCAL = "pull", "push", "local"

_PAIR = """\
[pair]
name = "{name}"
state = "{state}"
rpo = "24h"
activity = "{activity}"
wait_at_most = "{wait_at_most}"
{hold}studies = [{studies}]

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

{freeze}[schedule]
every = "*-*-* 02:00:00"
zone = "UTC"
"""

BESIDE = """
[[reports.beside]]
report = "DFstatus"
label = "New records:"
figure = "new records"

[[reports.beside]]
report = "DF_ICimages"
label = "Images that records ask for:"
figure = "images asked for"

[[reports.beside]]
report = "DF_ICimages"
label = "Images that are there:"
figure = "images"

[[reports.beside]]
report = "DF_ICqcs"
label = "free-floating:"
figure = "free-floating queries"

[[reports.beside]]
report = "DF_ICqcs"
label = "duplicate:"
figure = "duplicate queries"

[[reports.beside]]
report = "DF_ICqcs"
label = "unresolved on final:"
figure = "unresolved queries on final records"
"""

_EVIDENCE = """
[evidence]
key_file = "{state}/keys/evidence"
local_authority = "{state}/tsa"
allow_key_on_standby = true
"""

_GATE = """
[gate]
authorized_keys = "{folder}/authorized_keys"
"""

_HERE = 'reach = "local"'
_SSH = """\
reach = "ssh"
host = "{reach.host}"
port = {reach.port}
user = "{reach.user}"
identity_file = "{reach.identity_file}"
transfer_identity_file = "{reach.transfer_identity_files[0]}"
allowed_from = ["{terms.sources[0]}"]
keys_expire = "{terms.expires}"
gate_command = [{gate}]
known_hosts = "{reach.known_hosts}\""""


@dataclass(frozen=True, slots=True)
class Setting:
    """
    What may differ between stages.

    `far` is where the sshd of the far host runs.
    """

    arrangement: str = PULL
    plans: tuple[StudyPlan, ...] = (DECK, ENTRY, SMALL)
    release: str = "5"
    stop: str = "study"
    hold: str = "disable"
    freeze: str = ""
    activity: str = "wait"
    wait_at_most: str = "1m"
    mail: str = ""
    seals: bool = False
    labels: str = ""
    far: Place = HERE


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
        stage = write_pair(folder, asked)
        stack.callback(end_pair, stage)
        far = {PULL: Side.PRODUCTION, PUSH: Side.STANDBY}.get(asked.arrangement)
        if far:
            gate = (sys.executable, "-m", "dfwarm.gate", "--config", str(stage.gate_config))
            sshd = stack.enter_context(gate_sshd(folder / "ssh", gate, far, asked.far))
            words = ", ".join(f'"{word}"' for word in sshd.terms.gate)
            told = _SSH.format(reach=sshd.reach, terms=sshd.terms, gate=words)
            reaches = dict.fromkeys(Side, _HERE) | {far: told}
            stage.config.write_text(_text(asked, stage, reaches, stage.state))
        yield stage


def write_pair(folder: Path, asked: Setting) -> Stage:
    """Write both installations, start their servers, and write a configuration with both sides on this host."""
    names = ((Side.PRODUCTION, "dfprod1"), (Side.STANDBY, "dfwarm1"))
    production, standby = (
        build_installation(
            folder / side, host_name=name, release=asked.release, plans=asked.plans, has_data=side is Side.PRODUCTION
        )
        for side, name in names
    )
    stage = _name(folder, production, standby)
    both_here = dict.fromkeys(Side, _HERE)
    stage.config.write_text(_text(asked, stage, both_here, stage.state))
    gate = _GATE.format(folder=folder / "ssh")
    stage.gate_config.write_text(_text(asked, stage, both_here, folder / "gate-state") + gate)
    _adopt(stage, asked)
    return stage


def _adopt(stage: Stage, asked: Setting) -> None:
    """Adopt both sides of every study, in the state of each gate that may be asked."""
    for state in (stage.state, stage.folder / "gate-state"):
        kept = Identities(state / "identity")
        for keeper in (*(side.value for side in Side), CONTROLLER):
            begun = Ruling("stage", FIRST_EPOCH, Side.PRODUCTION, datetime.now(UTC), "", "adopted")
            Rulings(state / "authority", keeper).keep(begun)
        for side, installation in ((Side.PRODUCTION, stage.production), (Side.STANDBY, stage.standby)):
            for plan in asked.plans:
                roots = look_at_roots((("STUDY_DIR", os.fsencode(installation.study_dir(plan.number))),))
                kept.adopt("stage", side, StudyNumber(plan.number), roots, datetime.now(UTC))


def open_pair(folder: Path, plans: tuple[StudyPlan, ...]) -> Stage:
    """Find a pair again that was written below a folder."""
    release = "5"
    production = Installation(folder / Side.PRODUCTION, "dfprod1", release, plans)
    return _name(folder, production, Installation(folder / Side.STANDBY, "dfwarm1", release, plans))


def end_pair(stage: Stage) -> None:
    """Stop the servers of both sides."""
    end_installation(stage.production)
    end_installation(stage.standby)


def _name(folder: Path, production: Installation, standby: Installation) -> Stage:
    return Stage(folder, production, standby, folder / "dfwarm.toml", folder / "gate.toml", folder / "state")


def _text(asked: Setting, stage: Stage, reaches: Mapping[Side, str], state: Path) -> str:
    return (
        _PAIR.format(
            name="stage",
            state=state,
            activity=asked.activity,
            wait_at_most=asked.wait_at_most,
            hold="" if asked.freeze else f'hold = "{asked.hold}"\n',
            freeze=f"[freeze]\n{asked.freeze}\n\n" if asked.freeze else "",
            studies=", ".join(f'"{plan.number:03d}"' for plan in asked.plans),
            production=reaches[Side.PRODUCTION],
            production_dir=stage.production.datafax_dir,
            standby=reaches[Side.STANDBY],
            standby_dir=stage.standby.datafax_dir,
            release=asked.release,
            stop=asked.stop,
        )
        + asked.labels
        + asked.mail
        + (_EVIDENCE.format(state=state) if asked.seals else "")
    )
