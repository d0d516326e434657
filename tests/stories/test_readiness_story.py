"""A month of a real pair: what makes it ready, what blocks it, and a report that holds only as it was written."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from dfwarm.cli.main import main
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, Setting, Stage
from stage_play import Said, dfwarm, play, record_folder

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "report-readiness.md"
SEALED = Setting(LOCAL, (SMALL,), seals=True)
DRILL = ("drill", "record", "--kind", "walkthrough", "--held-at", f"{datetime.now(UTC):%Y-%m-%d}", "--by", "dr-lead")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with play(tmp_path, SEALED) as stage:
        assert dfwarm(stage, "keys", "init").code == 0
        assert dfwarm(stage, "cycle", "120").code == 0
        yield stage


def ask(stage: Stage, *words: str) -> Said:
    """Type a command that changes no study, in this process: each look is short then."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ending:
        main(["--config", str(stage.config), *words])
    return Said(int(ending.value.code or 0), out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with play(tmp_path_factory.mktemp("bare")) as stage:
        yield stage


def this_month() -> str:
    return f"{datetime.now(UTC):%Y-%m}"


def look(stage: Stage, code: int) -> dict[str, set[str]]:
    """The clauses that speak, by their effect."""
    said = ask(stage, "readiness", "--month", this_month(), "--json")
    assert said.code == code, said.err
    reasons = json.loads(said.out)["reasons"]
    return {effect: {each["clause"] for each in reasons if each["effect"] == effect} for effect in ("block", "remark")}


@pytest.mark.requirement("URS-OPS-03")
def test_a_month_is_told_signed_and_refused_once_it_was_changed(stage: Stage, tmp_path: Path) -> None:
    assert dfwarm(stage, "cycle", "120").code == 0
    found = look(stage, 1)
    assert found["block"] == set()
    assert {"month", "copies", "reviews", "drills"} <= found["remark"]
    protocol = tmp_path / "protocol.pdf"
    protocol.write_bytes(b"signed by hand")
    said = ask(stage, *DRILL, "--result", "passed", "--reason", "worked", "--protocol", str(protocol))
    assert said.code == 0, said.err
    assert "drills" not in look(stage, 1)["remark"]
    assert len(json.loads(ask(stage, "drill", "list", "--json").out)["drills"]) == 1

    folder = tmp_path / "readiness-2026-10"
    said = ask(stage, "readiness", "--month", this_month(), "--out", str(folder))
    assert said.code == 1, said.err
    (script,) = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), flags=re.DOTALL)
    told = subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "TRUST": str(stage.state / "trust")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert 'Good "rendering@dfwarm" signature for evidence@stage' in told.stdout
    assert said.out == (folder / "readiness.txt").read_text()
    assert (folder / "readiness.pdf").read_bytes().startswith(b"%PDF-")
    data = json.loads((folder / "readiness.json").read_text())
    (study,) = data["facts"]["studies"]
    first, second = study["cycles"]
    assert (first["achievedSeconds"], second["achievedSeconds"]) == (-1, pytest.approx(2, abs=60))
    assert study["logNow"]["size"] == 2
    assert json.loads(ask(stage, "readiness", "--check", str(folder), "--json").out)["isGenuine"]
    assert ask(stage, "readiness", "--month", this_month(), "--out", str(folder)).code == 64
    assert "readiness report written" in ask(stage, "audit", "show").out

    page = folder / "readiness.html"
    kept = page.read_bytes()
    page.write_bytes(kept.replace(b"READY WITH REMARKS", b"READY"))
    assert ask(stage, "readiness", "--check", str(folder)).code == 33
    page.write_bytes(kept)
    (folder / "more.txt").write_text("x")
    assert ask(stage, "readiness", "--check", str(folder)).code == 33


@pytest.mark.requirement("URS-OPS-03")
def test_broken_evidence_a_broken_chain_and_an_old_key_block(stage: Stage) -> None:
    coverage = record_folder(stage, 1) / "coverage.json"
    kept = coverage.read_bytes()
    coverage.write_bytes(kept + b" ")
    assert look(stage, 2)["block"] == {"evidence"}
    coverage.write_bytes(kept)

    leaves = stage.state / "log" / "120" / "leaves.txt"
    kept = leaves.read_bytes()
    leaves.write_bytes(b"")
    assert look(stage, 2)["block"] == {"history"}
    leaves.write_bytes(kept)

    trail = stage.state / "audit.jsonl"
    kept = trail.read_bytes()
    trail.write_bytes(kept.replace(b"configuration changed", b"configuration unchange"))
    assert "audit trail" in look(stage, 2)["block"]
    trail.write_bytes(kept)

    signers = stage.state / "trust" / "allowed_signers"
    lines = signers.read_text()
    signers.write_text(re.sub(r'valid-after="\w+"', 'valid-after="20200101Z",valid-before="20200102Z"', lines))
    assert lines != signers.read_text()
    assert {"keys", "evidence"} <= look(stage, 2)["block"]
    signers.write_text(lines)
    assert look(stage, 1)["block"] == set()


@pytest.mark.requirement("URS-OPS-03")
def test_a_cycle_that_failed_blocks_until_a_person_explains_it(stage: Stage) -> None:
    away = stage.production.study_dir(120).rename(stage.folder / "away")
    assert dfwarm(stage, "cycle", "120").code != 0
    assert {"last verdict"} <= look(stage, 2)["block"]
    away.rename(stage.production.study_dir(120))
    shutil.rmtree(record_folder(stage, 2))
    assert {"gaps", "history"} <= look(stage, 2)["block"]
    said = ask(stage, "audit", "note", "lost by a test", "--by", "qa-1", "--about", "120-00002")
    assert said.code == 0, said.err
    found = look(stage, 2)
    assert "gaps" not in found["block"]
    assert "explained gaps" in found["remark"]


def test_what_the_guide_shows_can_be_typed(bare: Stage, tmp_path: Path) -> None:
    shown = re.findall(r"^# dfwarm (.*)$", GUIDE.read_text(), flags=re.MULTILINE)
    assert len(shown) == 8
    for command in shown[:-1]:
        today = command.replace("2026-10-14", f"{datetime.now(UTC):%Y-%m-%d}").replace("2026-10-31", "2099-10-31")
        words = today.replace("2026-10 ", f"{this_month()} ").replace("readiness-2026-10", str(tmp_path / "report"))
        words = re.sub(r"2026-10$", this_month(), words)
        said = ask(bare, *shlex.split(words))
        assert said.code in (0, 2), (words, said.err)
    assert (tmp_path / "report" / "readiness.html").exists()


def test_without_a_key_nothing_is_signed_and_nothing_is_called_sealed(tmp_path: Path) -> None:
    with play(tmp_path, Setting(LOCAL, (SMALL,))) as stage:
        said = ask(stage, "readiness", "--month", this_month())
        assert said.code == 2
        assert "no cycle began in the month" in " ".join(said.out.split())
        assert dfwarm(stage, "cycle", "120").code == 0
        assert "seals" in look(stage, 1)["remark"]
        folder = tmp_path / "report"
        assert ask(stage, "readiness", "--month", this_month(), "--out", str(folder)).code == 1
        assert not (folder / "READINESS.sha256.sig").exists()
        assert ask(stage, "readiness", "--check", str(folder)).code == 31
        assert ask(stage, "readiness", "--month", "2020-02").code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("readiness",),
        ("readiness", "--month", "2026-13"),
        ("readiness", "--month", "26-10"),
        ("readiness", "--month", "0000-10"),
        ("readiness", "--month", "9998-01"),
        ("readiness", "--month", "2026-10", "--check", "."),
        (*DRILL[:5], "2099-01-01", "--by", "x", "--reason", "y", "--result", "passed"),
        (*DRILL, "--reason", " ", "--result", "passed"),
        (*DRILL, "--reason", "y", "--result", "good"),
    ],
)
def test_what_cannot_be_meant_is_a_mistake_of_usage(bare: Stage, words: tuple[str, ...]) -> None:
    trail = bare.state / "audit.jsonl"
    before = trail.read_bytes() if trail.exists() else b""
    assert ask(bare, *words).code == 64
    assert (trail.read_bytes() if trail.exists() else b"") == before
