"""What a copy on the standby must never be: newer than its content, shared with another one, weakly named, or more open."""

import hashlib
import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from dfwarm.gate.transfer import WRITING
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, Setting
from stage_play import STUDY, dfwarm, outcome, play, record, record_folder, trees_are_equal

KEPT_RSYNC = """#!/bin/sh
case "$1" in -*V*|--version) exec /usr/bin/rsync "$@" ;; esac
printf '%s\\n' "$*" >>'{calls}'
{then}
"""
BROKEN = "echo 'WARNING: data/plt001.dat failed verification -- update retained (will try again).' >&2; exit 23"


def with_rsync(folder: Path, then: str) -> tuple[dict[str, str], Path]:
    """An rsync that tells how it was called."""
    programs, calls = folder / "programs", folder / "calls"
    programs.mkdir()
    (programs / "rsync").write_text(KEPT_RSYNC.format(calls=calls, then=then))
    (programs / "rsync").chmod(0o755)
    calls.touch()
    return {"PATH": f"{programs}:{os.environ['PATH']}"}, calls


@pytest.mark.hazard("H23")
def test_a_transfer_that_is_cut_gives_no_file_a_time_that_its_content_did_not_earn(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        ours, theirs = (side.study_dir(STUDY) / "pages" for side in (stage.production, stage.standby))
        pages = [path for path in sorted(ours.rglob("*")) if path.is_file()]
        for path in pages[:8]:
            content = path.read_bytes()
            path.write_bytes(content[:-8] + content[-8:][::-1])  # the same size, other bytes
        pages[9].write_bytes(pages[9].read_bytes() + os.urandom(30_000_000))
        environment, _ = with_rsync(tmp_path, 'timeout -s KILL 1.5 /usr/bin/rsync --bwlimit=3000 "$@"; exit 20')
        assert dfwarm(stage, "cycle", "120", environment=environment).code != 0
        assert not trees_are_equal(stage)
        for path in filter(Path.is_file, ours.rglob("*")):
            copy = theirs / path.relative_to(ours)
            if copy.is_file() and copy.stat().st_mtime_ns == path.stat().st_mtime_ns:
                assert copy.read_bytes() == path.read_bytes(), path
        assert dfwarm(stage, "cycle", "120").code == 0
        assert trees_are_equal(stage)


@pytest.mark.hazard("H20")
@pytest.mark.hazard("H26")
@pytest.mark.hazard("H57")
def test_no_transfer_writes_in_place_or_into_a_generation_or_goes_by_what_is_newer(tmp_path: Path) -> None:
    words = (
        "--inplace",
        "--append",
        "--append-verify",
        "--link-dest=/x",
        "--update",
        "--sparse",
        "--remove-source-files",
    )
    good = "rsync --server -lHogDtpre.LsfxCIvu --log-format=%i --timeout=300 --fsync ."
    assert WRITING.fullmatch(good)
    for word in words:
        assert not WRITING.fullmatch(good.replace("--fsync", word)), word
    with play(tmp_path) as stage:
        environment, calls = with_rsync(tmp_path, 'exec /usr/bin/rsync "$@"')
        first = stage.standby.study_dir(STUDY)
        assert dfwarm(stage, "cycle", "120", environment=environment).code == 0
        page = next(path for path in sorted((first / "pages").rglob("*")) if path.is_file())
        generation = tmp_path / "generation"
        generation.hardlink_to(page)
        held = generation.read_bytes()
        own = stage.production.study_dir(STUDY) / page.relative_to(first)
        own.write_bytes(own.read_bytes() + b"more")
        assert dfwarm(stage, "cycle", "120", environment=environment).code == 0
        asked = calls.read_text().splitlines()
    assert len(asked) >= 2
    assert not [line for line in asked for word in words if word.partition("=")[0] in line.split()]
    assert not [word for line in asked for word in line.split() if word == "-u" or word.startswith("-u ")]
    assert generation.read_bytes() == held


@pytest.mark.hazard("H60")
def test_every_digest_of_evidence_is_the_sha256_that_anybody_finds(tmp_path: Path) -> None:
    with play(tmp_path, Setting(LOCAL, (SMALL,), seals=True)) as stage:
        assert dfwarm(stage, "keys", "init").code == 0
        assert dfwarm(stage, "cycle", "120").code == 0
        folder = record_folder(stage, 1)
        statement = json.loads((folder / "statement.json").read_text())
        named = {kind for subject in statement["subject"] for kind in subject["digest"]}
        assert named == {"sha256"}
        listing = subprocess.run(
            ["gzip", "-dc", folder / "standby.sha256.gz"] if (folder / "standby.sha256.gz").exists()
            else ["gzip", "-dc", folder / "production.sha256.gz"],
            capture_output=True, check=True,
        ).stdout.decode()  # fmt: skip
        lines = [line.split("  ", 1) for line in listing.splitlines() if "  " in line and not line.startswith("\\")]
        held = 0
        for digest, name in lines:
            path = stage.standby.study_dir(STUDY) / name.removeprefix("STUDY_DIR/")
            if path.is_file() and not path.is_symlink():
                assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, name
                held += 1
        assert held > 20


@pytest.mark.hazard("H71")
def test_a_copy_that_became_more_open_than_its_original_is_told_and_put_right(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        page = next(path for path in sorted((stage.standby.study_dir(STUDY) / "pages").rglob("*")) if path.is_file())
        usual = page.stat().st_mode
        page.chmod(0o666)
        said = dfwarm(stage, "verify", "120")
        assert said.code != 0
        assert page.name in said.out + said.err
        assert dfwarm(stage, "cycle", "120").code == 0
        assert page.stat().st_mode == usual


@pytest.mark.hazard("H50")
def test_a_file_that_fails_its_verification_is_not_tried_for_ever_and_no_verdict_is_equivalent(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        environment, calls = with_rsync(tmp_path, BROKEN)
        assert dfwarm(stage, "cycle", "120", environment=environment).code != 0
        assert outcome(stage, 1) in {"INCONCLUSIVE", "DISCREPANT"}
        assert 1 <= len(calls.read_text().splitlines()) <= 4
        assert record(stage, 1)["transfer"]["status"] == 23  # type: ignore[index]
        assert "failed verification" in (record_folder(stage, 1) / "transcripts.jsonl").read_text()
        assert dfwarm(stage, "cycle", "120").code == 0


@pytest.mark.hazard("H48")
def test_to_verify_one_study_looks_at_all_of_it_and_at_no_other_one(tmp_path: Path) -> None:
    other = replace(SMALL, number=121, name="Other", seed=SMALL.seed + 1)
    with play(tmp_path, Setting(LOCAL, (SMALL, other))) as stage:
        assert dfwarm(stage, "cycle", "--all").code == 0
        study = stage.standby.study_dir(121)
        pages = [path for path in sorted((study / "pages").rglob("*")) if path.is_file()]
        for path in (pages[0], pages[-1], study / "lib" / "DFsetup"):
            before = path.stat()
            content = bytearray(path.read_bytes())
            content[-1] ^= 1
            path.write_bytes(content)
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        said = dfwarm(stage, "verify", "120", "--full")
        assert said.code == 0, said.out + said.err
        told = dfwarm(stage, "verify", "121", "--full")
        assert told.code == 2, told.out + told.err
        for name in (pages[0].name, pages[-1].name, "DFsetup"):
            assert name in told.out, name
        assert dfwarm(stage, "verify", "122", "--full").code == 13


@pytest.mark.hazard("H46")
@pytest.mark.hazard("H47")
def test_a_drill_is_on_record_only_with_a_result_a_person_and_a_time_that_can_be(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        whole = {
            "--kind": "failover", "--result": "passed", "--held-at": "2026-01-05", "--recovery-minutes": "41",
            "--by": "dr-lead", "--reason": "as written in the protocol",
        }  # fmt: skip

        def hold(**changed: str) -> int:
            words = {**whole, **{f"--{key.replace('_', '-')}": value for key, value in changed.items()}}
            return dfwarm(stage, "drill", "record", *(word for pair in words.items() if pair[1] for word in pair)).code

        for missing in ("result", "kind", "held_at", "by", "reason"):
            assert hold(**{missing: ""}) != 0, missing
        for nonsense in ("0", "-1", "0.5"):
            assert hold(recovery_minutes=nonsense) != 0, nonsense
        assert hold(held_at="2199-01-01") != 0
        assert dfwarm(stage, "drill", "list").out == "no drill is on record\n"
        assert hold() == 0
        assert "recovered in 41 min" in dfwarm(stage, "drill", "list").out
