"""The audit trail on disk, written by many at once and cut short by a crash."""

import os
import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dfwarm.equipment.audit import AuditTrail, actor_of_process
from dfwarm.equipment.seen import Seen
from dfwarm.errors import AuditBroken
from dfwarm.facts.audit import GENESIS, read_trail

NOW = datetime(2026, 11, 24, tzinfo=UTC)

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from dfwarm.equipment.audit import AuditTrail
trail = AuditTrail(Path(sys.argv[1]), lambda: datetime.now(UTC))
for number in range(20):
    trail.append("note", f"{sys.argv[2]}-{number}")
"""


def trail(folder: Path) -> AuditTrail:
    return AuditTrail(folder / "state" / "audit.jsonl", lambda: NOW)


def test_entries_are_chained_and_the_head_is_the_last_line(tmp_path: Path) -> None:
    made = trail(tmp_path)
    assert made.head == GENESIS
    made.append("deviation added", "study 035", by="qa-1", reason="known", after="x")
    made.append("note", "y")
    entries = read_trail(made.content)
    assert [entry.subject for entry, _ in entries] == ["study 035", "y"]
    assert made.head == entries[-1][1]
    assert made.path.stat().st_mode & 0o777 == 0o600


def test_processes_that_write_at_once_never_break_the_chain(tmp_path: Path) -> None:
    made = trail(tmp_path)
    argv = [sys.executable, "-c", WRITER, str(made.path)]
    writers = [subprocess.Popen([*argv, str(number)]) for number in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert len(read_trail(made.content)) == 60


@pytest.mark.parametrize("keeps", [1, 40, -1])
def test_a_line_that_a_crash_cut_short_is_acknowledged_by_the_next_entry(tmp_path: Path, keeps: int) -> None:
    made = trail(tmp_path)
    made.append("note", "one")
    made.append("note", "two")
    whole = made.content
    first = whole[: whole.index(b"\n") + 1]
    made.path.write_bytes(first + whole[len(first) :][:keeps])
    made.append("note", "three")
    told = [(entry.act, entry.subject) for entry, _ in read_trail(made.content)]
    lost = [("note", "two")] if keeps == -1 else [("torn line", "audit trail")]
    assert told == [("note", "one"), *lost, ("note", "three")]


@pytest.mark.parametrize("junk", [b'{"a\n', b'{"a'])
def test_a_trail_that_begins_torn_goes_on(tmp_path: Path, junk: bytes) -> None:
    made = trail(tmp_path)
    made.path.parent.mkdir()
    made.path.write_bytes(junk)
    made.append("note", "one")
    assert [entry.subject for entry, _ in read_trail(made.content)] == ["audit trail", "one"]


def test_an_entry_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    made = trail(tmp_path)
    made.path.mkdir(parents=True)
    with pytest.raises(AuditBroken, match="cannot be written"):
        made.append("note", "one")
    with pytest.raises(AuditBroken, match="cannot be read"):
        _ = made.head
    full = trail(tmp_path / "full")
    full.append("note", "one")
    before, (soft, hard) = full.content, resource.getrlimit(resource.RLIMIT_FSIZE)
    was = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before), hard))
    try:
        with pytest.raises(AuditBroken, match="cannot be written"):
            full.append("note", "two")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, was)
    assert full.content == before


def test_the_actor_is_the_account_and_whoever_called_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "operator-1")
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)
    assert str(actor_of_process("  qa-1 ")) == "qa-1, uid 4000000 (sudo by operator-1)"


def test_a_file_that_changed_is_told_line_by_line(tmp_path: Path) -> None:
    seen = Seen(tmp_path / "state" / "seen")
    first = seen.compare(b"a = 1\n")
    assert first
    assert (first.before, first.lines) == ("", "")
    seen.keep(b"a = 1\n")
    assert seen.compare(b"a = 1\n") is None
    change = seen.compare(b"a = 2\n")
    assert change
    assert change.lines.endswith("-a = 1\n+a = 2\n")
