from datetime import UTC, datetime
from pathlib import Path

import pytest

from dfwarm.equipment.ledger import Ledger
from dfwarm.equipment.lock import pair_lock
from dfwarm.errors import LedgerBroken, PairBusy
from dfwarm.facts.ledger import Act, read_ledger

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def open_ledger(folder: Path) -> Ledger:
    return Ledger.open(folder / "state" / "ledger.jsonl", lambda: NOON)


def test_what_was_written_is_there_after_opening_again(tmp_path: Path) -> None:
    open_ledger(tmp_path).append(Act.CYCLE_BEGUN, "035-00001", study="035")
    again = open_ledger(tmp_path)
    again.append(Act.CYCLE_CLOSED, "035-00001")
    assert [line.act for line in open_ledger(tmp_path).lines] == [Act.CYCLE_BEGUN, Act.CYCLE_CLOSED]


@pytest.mark.parametrize("keep", range(1, 60, 7))
def test_a_line_that_a_crash_cut_short_is_kept_and_acknowledged(tmp_path: Path, keep: int) -> None:
    ledger = open_ledger(tmp_path)
    ledger.append(Act.CYCLE_BEGUN, "035-00001")
    whole = ledger.path.read_bytes()
    ledger.append(Act.STEP_BEGUN, "035-00001")
    ledger.path.write_bytes(ledger.path.read_bytes()[: len(whole) + keep])
    again = open_ledger(tmp_path)
    assert again.lines[-1].act is Act.TORN_LINE
    again.append(Act.CYCLE_CLOSED, "035-00001")
    assert read_ledger(again.path.read_bytes()) == again.lines
    assert open_ledger(tmp_path).lines == again.lines


def test_a_line_that_lacks_nothing_but_its_newline_counts(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    ledger.append(Act.CYCLE_BEGUN, "035-00001")
    ledger.path.write_bytes(ledger.path.read_bytes()[:-1])
    again = open_ledger(tmp_path)
    again.append(Act.CYCLE_CLOSED, "035-00001")
    assert [line.act for line in open_ledger(tmp_path).lines] == [Act.CYCLE_BEGUN, Act.CYCLE_CLOSED]


def test_a_ledger_that_someone_edited_is_refused(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    ledger.append(Act.CYCLE_BEGUN, "035-00001")
    ledger.append(Act.CYCLE_CLOSED, "035-00001")
    ledger.path.write_bytes(ledger.path.read_bytes().replace(b"035-00001", b"035-00002", 1))
    with pytest.raises(LedgerBroken):
        open_ledger(tmp_path)


def test_a_ledger_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    ledger.path.mkdir()
    with pytest.raises(LedgerBroken, match="cannot be written"):
        ledger.append(Act.CYCLE_BEGUN, "035-00001")


@pytest.mark.hazard("H55")
def test_a_second_controller_is_refused_and_told_who_is_first(tmp_path: Path) -> None:
    with pair_lock(tmp_path / "lock"), pytest.raises(PairBusy, match=r"process \d+"), pair_lock(tmp_path / "lock"):
        pass
    with pair_lock(tmp_path / "lock"):
        pass
