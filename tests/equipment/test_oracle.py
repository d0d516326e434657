"""The oracle knows what a study was at an instant, and it can fail."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dfwarm.simulator.campaign_stage import STUDY, sites_at_work
from dfwarm.simulator.oracle import Oracle, compare, look
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, Setting, Stage, set_stage
from dfwarm.simulator.writes import Kind, Write, WriteLog, do

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    made = tmp_path / "study"
    for folder in ("data", "pages", "drf", "lib"):
        (made / folder).mkdir(parents=True)
    (made / "data" / "plt001.dat").write_bytes(b"old\n")
    (made / "pages" / "1").write_bytes(b"page")
    return made


def log_at(shelf: Path, *writes: tuple[int, int, Write], on_its_way: Write | None = None) -> None:
    """A log whose instants are so many seconds after AT."""
    shelf.mkdir()
    with (shelf / "writes.jsonl").open("wb") as file:
        log = WriteLog(file)
        for _, _, write in writes:
            with log.around(write):
                pass
        if on_its_way:
            next_write = log.around(on_its_way)
            next_write.__enter__()
    import json

    lines = [json.loads(line) for line in (shelf / "writes.jsonl").read_bytes().splitlines()]
    for words in lines:
        began, ended = (writes[words["number"] - 1] if words["number"] <= len(writes) else (5, 0, None))[:2]
        key, second = ("began", began) if "began" in words else ("ended", ended)
        words[key] = int((AT + timedelta(seconds=second)).timestamp()) * 1_000_000_000
    (shelf / "writes.jsonl").write_text("".join(json.dumps(words) + "\n" for words in lines))


APPEND = Write(Kind.APPEND, b"data/plt001.dat", b"new\n")
HIDE = Write(Kind.RENAME, b"pages/1", target=b"pages/X1")


def test_a_tree_is_held_against_the_study_as_it_was_at_the_instant(study: Path, tmp_path: Path) -> None:
    log_at(tmp_path / "shelf", (1, 2, APPEND), (7, 8, HIDE))
    oracle = Oracle(tmp_path / "shelf", look(study))
    assert oracle.differences(AT, study) == ()
    assert oracle.differences(AT + timedelta(seconds=4), study) == ("other bytes: b'data/plt001.dat'",)
    do(study, APPEND)
    assert oracle.differences(AT + timedelta(seconds=5), study) == ()
    assert len(oracle.differences(AT + timedelta(seconds=9), study)) == 2
    do(study, HIDE)
    assert oracle.differences(AT + timedelta(seconds=10), study) == ()


def test_a_write_that_was_on_its_way_may_be_in_or_out_and_not_by_half(study: Path, tmp_path: Path) -> None:
    rewrite = Write(Kind.PUT, b"data/plt001.dat", b"entirely new\n")
    log_at(tmp_path / "shelf", on_its_way=rewrite)
    oracle = Oracle(tmp_path / "shelf", look(study))
    at = AT + timedelta(seconds=6)
    assert oracle.differences(at, study) == ()
    (study / "data" / "plt001.dat").write_bytes(rewrite.content[:6])
    assert oracle.differences(at, study) == ("other bytes: b'data/plt001.dat'",)
    do(study, rewrite)
    assert oracle.differences(at, study) == ()


def test_whatever_is_missing_too_much_or_other_is_told_but_for_what_no_certificate_speaks_of() -> None:
    there = {b"data": None, b"a": b"1", b"b": b"2", b"drf/x": b"3", b"lib/DFserver.cf": b"4", b"work/y": b"5"}
    expected = {b"data": None, b"a": b"9", b"c": b"2", b"drf/z": b"3"}
    assert compare(expected, there) == ("missing: b'c'", "should not be: b'b'", "other bytes: b'a'")


def test_sites_write_through_the_server_alone_and_the_log_knows_all_of_it(tmp_path: Path) -> None:
    with set_stage(tmp_path / "stage", Setting(LOCAL, (replace(SMALL, seed=5),), freeze='mode = "still"')) as stage:
        production, shelf = stage.production, tmp_path / "shelf"
        shelf.mkdir()
        (shelf / "writes.jsonl").touch()
        oracle = Oracle(shelf, look(production.study_dir(STUDY)))
        (production.datafax_dir / "work" / f"live.{STUDY}").write_text(str(shelf))
        with sites_at_work(stage, shelf, rate=100, seed=3):
            wait_for_writes(shelf, 200)
            for _ in range(3):
                production.call("DFaccess.rpc", "-s", str(STUDY), "-disable", "a test")
                closed, size = datetime.now(UTC), (shelf / "writes.jsonl").stat().st_size
                before = look(production.study_dir(STUDY))
                time.sleep(0.3)
                assert (shelf / "writes.jsonl").stat().st_size == size, "somebody wrote into a closed study"
                assert compare(look(production.study_dir(STUDY)), before) == ()
                assert oracle.differences(closed, production.study_dir(STUDY)) == ()
                wait_until(lambda: users(stage) == "")
                production.call("DFaccess.rpc", "-s", str(STUDY), "-enable")
                wait_for_writes(shelf, 0, more_than=size)
            production.call("DFaccess.rpc", "-s", str(STUDY), "-restrict", "a test")
            wait_until(lambda: users(stage) == "")
        assert list(shelf.glob("stop.*.*")), "the server never dropped a query of a subject who is gone"


def users(stage: Stage) -> str:
    return (stage.production.datafax_dir / "work" / "users").read_text()


def wait_for_writes(shelf: Path, lines: int, *, more_than: int = 0) -> None:
    log = shelf / "writes.jsonl"
    wait_until(lambda: log.stat().st_size > more_than and len(log.read_bytes().splitlines()) > lines)


def wait_until(condition: object) -> None:
    patience = time.monotonic() + 30
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < patience, "it never came"
        time.sleep(0.05)
