"""The guide to hardening a pair: its lines, its doors and its units, against a real sshd and the real rrsync."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dfwarm.config.reading import parse_config
from dfwarm.config.values import Config
from dfwarm.plan.schedule import Schedule
from dfwarm.plan.units import Installation, Unit, plan_units
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import PULL, Setting, Stage
from dfwarm.terms import Side
from stage_play import STUDY, dfwarm, outcome, play

GUIDE = (Path(__file__).parents[2] / "docs" / "how-to" / "harden-a-pair.md").read_text(encoding="utf-8")
COMMANDS = [tuple(shlex.split(line)) for line in re.findall(r"^# dfwarm (.*)$", GUIDE, flags=re.MULTILINE)]
DOORS = re.findall(r"```sh\n(.*?)```", GUIDE, flags=re.DOTALL)[0].strip().splitlines()
AT_MOST = {
    "dfwarm.service": 3.5,
    "dfwarm-follow.service": 3.5,
    "dfwarm-alert@.service": 3.0,
    "dfwarm-alerts.service": 3.0,
}

pytestmark = pytest.mark.requirement("URS-SEC-01")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A pair whose keys are made and let in as the guide says, in the place of those of the stage."""
    with play(tmp_path_factory.mktemp("harden"), Setting(PULL, (SMALL,))) as made:
        text = made.config.read_text()
        for name, own in (("client_ed25519", "control_ed25519"), ("transfer_ed25519", "pull_ed25519")):
            text = text.replace(f"{made.folder}/ssh/{name}", f"{made.folder}/{own}")
        drop = '\n[archive]\n[[archive.places]]\nname = "vault"\nkind = "dropbox"\nhost = "127.0.0.1"\nuser = "root"\n'
        drop += f'port = 9\nidentity_file = "{made.folder}/drop"\nread_identity_file = "{made.folder}/drop-read"\n'
        made.config.write_text(text + drop + f'known_hosts = "{made.folder}/ssh/known_hosts"\n')
        make, show, *_ = COMMANDS
        assert dfwarm(made, *make).code == 0
        let_in(made, printed(made, *show))
        yield made


def printed(stage: Stage, *words: str) -> list[str]:
    said = dfwarm(stage, *words)
    assert said.code == 0, said.err
    return [line for line in said.out.splitlines() if not line.startswith("#")]


def let_in(stage: Stage, lines: list[str]) -> None:
    (stage.folder / "ssh" / "authorized_keys").write_text("".join(f"{line}\n" for line in lines))


def variables(stage: Stage) -> dict[str, str]:
    known = stage.folder / "ssh" / "known_hosts"
    port = known.read_text().split()[0].rpartition(":")[2]
    keys = {"CONTROL": f"{stage.folder}/control_ed25519", "PULL": f"{stage.folder}/pull_ed25519"}
    return {**keys, "PORT": port, "KNOWN": str(known), "WHO": "127.0.0.1", "PATH": "/usr/bin:/bin"}


def try_door(stage: Stage, command: str, **others: str) -> subprocess.CompletedProcess[bytes]:
    wanted = variables(stage) | others
    argv = ["sh", "-c", command.replace("035", f"{STUDY:03d}")]
    return subprocess.run(argv, env=wanted, capture_output=True, check=False, timeout=60, stdin=subprocess.DEVNULL)


def test_a_cycle_runs_by_the_lines_that_were_printed_and_preflight_holds_them(stage: Stage) -> None:
    assert dfwarm(stage, "cycle", "120").code == 0
    assert outcome(stage, 1) == "EQUIVALENT"
    (look,) = (words for words in COMMANDS if words[0] == "preflight")
    assert "OK    doors of production" in dfwarm(stage, *(word.replace("035", "120") for word in look)).out


@pytest.mark.hazard("H70")
def test_each_door_that_the_guide_tries_is_refused(stage: Stage) -> None:
    assert len(DOORS) == 6
    for command in DOORS:
        said = try_door(stage, command)
        assert said.returncode != 0, command
        assert said.stdout == b"", command
        assert b"uid=" not in said.stderr, command
    opened = try_door(stage, DOORS[0].removesuffix(" id") + f" look {STUDY:03d}")
    assert (opened.returncode, b'"studyName"' in opened.stdout) == (0, True), "the way itself is open"


@pytest.mark.hazard("H70")
@pytest.mark.hazard("H58")
@pytest.mark.parametrize(
    ("pattern", "instead", "says"),
    [
        (r'from="[^"]*"', 'from="192.0.2.9"', "from"),
        (r'expiry-time="[0-9]*"', f'expiry-time="{datetime.now(UTC) - timedelta(days=2):%Y%m%d}"', "expiry-time"),
    ],
    ids=["another address", "an ended day"],
)
def test_sshd_lets_in_no_key_from_elsewhere_or_after_its_day(
    stage: Stage, pattern: str, instead: str, says: str
) -> None:
    lines = (stage.folder / "ssh" / "authorized_keys").read_text().splitlines()
    let_in(stage, [re.sub(pattern, instead, line) for line in lines])
    try:
        said = try_door(stage, DOORS[0].removesuffix(" id") + f" look {STUDY:03d}")
        assert (said.returncode, b"Permission denied" in said.stderr) == (255, True), says
        assert dfwarm(stage, "cycle", "120").code not in (0, 1, 2, 3)
        control, _ = lines
        let_in(stage, [control, *(re.sub(pattern, instead, line) for line in lines[1:])])
        told = dfwarm(stage, "preflight", "120")
        assert told.code == 2
        assert re.search(r"FAIL +doors of production", told.out), told.out
    finally:
        let_in(stage, lines)


@pytest.mark.hazard("H70")
@pytest.mark.requirement("URS-EVD-06")
def test_the_lines_of_a_drop_box_let_add_once_and_read_back_and_nothing_else(stage: Stage, tmp_path: Path) -> None:
    inbox, own = tmp_path / "inbox", (stage.folder / "ssh" / "authorized_keys").read_text().splitlines()
    inbox.mkdir()
    (words,) = (each for each in COMMANDS if "--drop-folder" in each)
    lines = printed(stage, *(str(inbox) if word == "/evidence/inbox" else word for word in words))
    assert [re.findall(r"rrsync (-\S+)", line) for line in lines[-2:]] == [["-wo"], ["-ro"]]
    (tmp_path / "a").write_text("first")
    (tmp_path / "b").mkdir()
    let_in(stage, lines)
    try:
        assert carry(stage, "drop", f"{tmp_path}/a", "HOST:a") == 0
        (tmp_path / "a").write_text("second")
        carry(stage, "drop", f"{tmp_path}/a", "HOST:a")
        assert (inbox / "a").read_text() == "first", "what lies there is never replaced"
        assert carry(stage, "drop", "--recursive", "--delete", f"{tmp_path}/b/", "HOST:./") != 0
        assert carry(stage, "drop", "HOST:a", f"{tmp_path}/back") != 0
        assert carry(stage, "drop-read", "HOST:a", f"{tmp_path}/back") == 0
        assert (tmp_path / "back").read_text() == "first"
        assert carry(stage, "drop-read", f"{tmp_path}/a", "HOST:c") != 0
        assert carry(stage, "drop", f"{tmp_path}/a", "HOST:../c") != 0
        assert sorted(path.name for path in inbox.iterdir()) == ["a"]
        assert not (tmp_path / "c").exists()
    finally:
        let_in(stage, own)


def carry(stage: Stage, key: str, *words: str) -> int:
    told = variables(stage)
    shell = (
        f"ssh -F none -i {stage.folder}/{key} -p {told['PORT']} -o UserKnownHostsFile={told['KNOWN']} -o BatchMode=yes"
    )
    argv = ["rsync", "-e", f"{shell} -o IdentitiesOnly=yes", *(word.replace("HOST", told["WHO"]) for word in words)]
    return subprocess.run(argv, capture_output=True, check=False, timeout=60).returncode


def test_the_table_of_the_guide_is_accepted_and_says_all_that_a_line_needs() -> None:
    (table,) = re.findall(r"```toml\n(.*?)```", GUIDE, flags=re.DOTALL)
    told = parse_config((BASE + table + REACH).encode(), Path("dfwarm.toml"))
    assert isinstance(told, Config)
    assert told.side(Side.PRODUCTION).doors.missing == ()


BASE = """\
[pair]
name = "toronto"
state = "/var/lib/dfwarm"
rpo = "24h"
activity = "wait"
hold = "disable"
studies = "all"
[standby]
reach = "local"
datafax_dir = "/opt/dfdiscover"
release = "5"
stop = "server"
"""
REACH = 'reach = "ssh"\nhost = "dfprod1"\nuser = "dfwarm"\n'


def units(*, writes: bool) -> tuple[Unit, ...]:
    schedule, places = Schedule.parse("*-*-* 02:00:00", "UTC"), ("/var/lib/dfwarm", "/opt/studies")
    wanted = Installation(
        "dfwarm", "toronto", ("/usr/bin/true",), schedule, places, ("/usr/bin/true",), (), writes, True, True
    )
    return tuple(unit for unit in plan_units(wanted) if unit.name.endswith(".service"))


@pytest.mark.parametrize("writes", [True, False])
def test_a_unit_reads_studies_without_root_and_writes_for_its_owner_alone(writes: bool) -> None:
    found = {unit.name: unit.text for unit in units(writes=writes)}
    assert found.keys() == AT_MOST.keys()
    for name, text in found.items():
        assert "\nUMask=0077\n" in text, name
        assert "\nNoNewPrivileges=yes\n" in text, name
        assert "\nProtectSystem=strict\n" in text, name
    capabilities = re.search(r"^CapabilityBoundingSet=(.*)$", found["dfwarm.service"], flags=re.MULTILINE)
    assert capabilities
    assert "CAP_DAC_READ_SEARCH" in capabilities[1].split()
    assert ("CAP_DAC_OVERRIDE" in capabilities[1].split()) is writes
    assert "CAP_SYS_ADMIN" not in capabilities[1]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
@pytest.mark.parametrize("writes", [True, False])
def test_the_exposure_of_each_unit_keeps_to_the_bound_that_the_guide_names(tmp_path: Path, writes: bool) -> None:
    assert re.findall(r"\b3\.[05]\b", GUIDE) == ["3.5", "3.0"]
    for unit in units(writes=writes):
        (tmp_path / unit.name).write_text(unit.text)
        argv = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(tmp_path / unit.name)]
        said = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
        found = re.search(r"Overall exposure level for \S+ ([0-9.]+)", said.stdout)
        assert found, said.stderr
        assert 0 < float(found[1]) <= AT_MOST[unit.name], said.stdout


def test_the_command_that_writes_the_units_writes_these(stage: Stage, tmp_path: Path) -> None:
    (words,) = (each for each in COMMANDS if each[0] == "install")
    (tmp_path / "units").mkdir()
    said = dfwarm(stage, *(str(tmp_path / "units") if word == "/root/units" else word for word in words))
    assert said.code == 0, said.err
    assert "UMask=0077" in (tmp_path / "units" / "dfwarm.service").read_text()
