"""`dfwarm cycle --all --if-due`: what cron calls every few minutes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dfwarm.cli.main import main
from dfwarm.equipment.ledger import Ledger
from dfwarm.equipment.lock import pair_lock
from dfwarm.facts.ledger import Act

CONFIG = """
[pair]
name = "toronto"
state = "{folder}/state"
rpo = "24h"
activity = "wait"
hold = "disable"
studies = {studies}
[production]
reach = "ssh"
host = "127.0.0.1"
port = 1
user = "dfwarm"
identity_file = "{folder}/id"
known_hosts = "{folder}/known_hosts"
[standby]
reach = "local"
datafax_dir = "{folder}/dfdiscover"
release = "5"
stop = "study"
"""


def tick(folder: Path, *, begun_before: timedelta, studies: str = '["035"]') -> int:
    """Tick once with a last cycle that began so long ago; production cannot be reached."""
    path = folder / "dfwarm.toml"
    path.write_text(CONFIG.format(folder=folder, studies=studies))
    (folder / "state").mkdir(exist_ok=True)
    ledger = Ledger.open(folder / "state" / "ledger.jsonl", lambda: datetime.now(UTC) - begun_before)
    ledger.append(Act.CYCLE_BEGUN, "035-00001")
    ledger.append(Act.CYCLE_CLOSED, "035-00001")
    with pytest.raises(SystemExit) as ending:
        main(["--config", str(path), "cycle", "--all", "--if-due"])
    return int(ending.value.code or 0)


def lines(folder: Path) -> int:
    return len((folder / "state" / "ledger.jsonl").read_bytes().splitlines())


@pytest.mark.parametrize("studies", ['["035"]', '"all"'])
def test_a_tick_before_the_time_has_come_does_nothing_and_says_nothing(
    studies: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tick(tmp_path, begun_before=timedelta(seconds=-60), studies=studies) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")
    assert lines(tmp_path) == 2


def test_a_missed_run_is_begun_at_the_next_tick(tmp_path: Path) -> None:
    assert tick(tmp_path, begun_before=timedelta(days=3)) == 11
    assert b"035-00002" in (tmp_path / "state" / "ledger.jsonl").read_bytes()
    assert (tmp_path / "state" / "records" / "035" / "035-00002" / "letter.txt").exists()


def test_a_tick_that_meets_a_running_cycle_leaves_it_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pair_lock(tmp_path / "state" / "pair.lock"):
        assert tick(tmp_path, begun_before=timedelta(days=3)) == 0
    assert capsys.readouterr().out == ""
    assert lines(tmp_path) == 2


def test_a_cycle_that_a_person_asks_for_says_that_another_one_runs(tmp_path: Path) -> None:
    with pair_lock(tmp_path / "state" / "pair.lock"):
        tick(tmp_path, begun_before=timedelta(days=3))
        with pytest.raises(SystemExit) as ending:
            main(["--config", str(tmp_path / "dfwarm.toml"), "cycle", "--all"])
    assert ending.value.code == 15
