"""One key a function, over a real sshd: what a key is not for is refused, and every call is in the log."""

import json
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import PULL, PUSH, Setting, Stage
from hostile_commands import hostile_commands
from stage_play import STUDY, dfwarm, outcome, play

SEED = 20261124


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with play(tmp_path_factory.mktemp("keys"), Setting(PULL, (SMALL,))) as made:
        yield made


def knock(stage: Stage, key: str, command: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    folder = stage.folder / "ssh"
    port = (folder / "known_hosts").read_text().split()[0].rpartition(":")[2]
    argv = [
        "ssh", "-F", "none", "-o", f"UserKnownHostsFile={folder}/known_hosts", "-o", "IdentitiesOnly=yes",
        "-o", "BatchMode=yes", "-i", f"{folder}/{key}_ed25519", "-p", port, "--", "127.0.0.1", command,
    ]  # fmt: skip
    return subprocess.run(argv, input=stdin, capture_output=True, check=False, timeout=40)


def calls(stage: Stage) -> list[list[str]]:
    return [line.split("\t") for line in (stage.folder / "gate-state" / "gate.calls").read_text().splitlines()]


@pytest.mark.hazard("H70")
@pytest.mark.requirement("URS-SEC-01")
def test_a_key_can_do_nothing_of_another_function(stage: Stage) -> None:
    study_dir = stage.production.study_dir(STUDY)
    read = f"rsync --server --sender -lHogDtpre.LsfxCIvu --timeout=30 . {study_dir}/"
    write = f"rsync --server -lHogDtpre.LsfxCIvu --log-format=%i --timeout=30 . {study_dir}/"
    assert json.loads(knock(stage, "client", "look 120").stdout)["studyName"] == SMALL.name
    for key, command in (
        ("client", read),
        ("client", write),
        ("transfer", "look 120"),
        ("transfer", "session"),
        ("transfer", "freeze 120 120-00001 access 10 0 ask"),
        ("transfer", write),
        ("transfer", ""),
    ):
        said = knock(stage, key, command, b"look 120\n")
        assert said.returncode == 29, (key, command, said)
        assert said.stdout == b""
        assert b"AnswerRefused" in said.stderr
    opened = knock(stage, "transfer", read)
    assert b"AnswerRefused" not in opened.stderr


@pytest.mark.hazard("H70")
def test_hostile_commands_over_a_real_sshd_start_nothing(stage: Stage, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    before = sorted(stage.production.datafax_dir.rglob("*"))
    chance = random.Random(SEED)
    for number, command in enumerate(
        hostile_commands(chance, os.fspath(canary), os.fspath(stage.production.study_dir(STUDY)), 40)
    ):
        if "\0" in command:  # no argument of a program can hold one
            continue
        said = knock(
            stage,
            ("client", "transfer")[number % 2],
            command.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
        )
        assert said.returncode not in (0, 70), (command, said)
        assert b"uid=" not in said.stdout + said.stderr
    assert not canary.exists()
    assert sorted(stage.production.datafax_dir.rglob("*")) == before


def test_every_call_is_one_line_of_the_log_with_its_words_made_harmless(stage: Stage) -> None:
    knock(stage, "client", "studies")
    knock(stage, "client", "id\t\x1b[31m\nfake\tline")
    time, function, verb, words, outcome_said, seconds = calls(stage)[-2]
    assert time.endswith("Z")
    assert (function, verb, words, outcome_said) == ("control", "studies", "-", "done")
    assert float(seconds) >= 0
    assert len(calls(stage)[-1]) == 6
    assert calls(stage)[-1][4] == "AnswerRefused"
    assert "\x1b" not in "".join(calls(stage)[-1])


def test_a_cycle_uses_each_key_for_its_function_and_preflight_finds_the_lines_as_printed(stage: Stage) -> None:
    assert dfwarm(stage, "cycle", f"{STUDY:03d}").code == 0
    assert outcome(stage, 1) == "EQUIVALENT"
    found = calls(stage)
    assert {each[1] for each in found if each[2] == "rsync"} >= {"pull"}
    assert {each[1] for each in found if each[2] == "freeze" and each[4] == "done"} == {"control"}
    begins = [each[2] for each in found if each[4] == "begins"]
    assert "freeze" in begins
    printed = dfwarm(stage, "keys", "ssh")
    assert printed.code == 0, printed.err
    lines = (stage.folder / "ssh" / "authorized_keys").read_text()
    assert printed.out.splitlines()[1:] == lines.splitlines()
    said = dfwarm(stage, "preflight", "120")
    assert "OK    doors of production" in said.out, said.out


@pytest.mark.hazard("H70")
def test_preflight_fails_where_a_line_lost_its_restriction(stage: Stage) -> None:
    file = stage.folder / "ssh" / "authorized_keys"
    kept = file.read_text()
    file.write_text(kept.replace("restrict,", "", 1))
    try:
        said = dfwarm(stage, "preflight", "120")
    finally:
        file.write_text(kept)
    assert said.code == 2
    assert "lacks restrict" in said.out
    assert "dfwarm keys ssh" in said.out


def test_what_changes_a_host_is_refused_where_it_cannot_be_logged_and_what_opens_it_is_not(tmp_path: Path) -> None:
    with play(tmp_path) as made:
        log = made.state / "gate.calls"
        log.parent.mkdir(exist_ok=True)
        log.unlink(missing_ok=True)
        log.mkdir()
        said = dfwarm(made, "cycle", "120")
        assert said.code != 0
        assert "the log of calls cannot be written" in said.out + said.err
        assert made.production.study_dir(STUDY).is_dir()
        log.rmdir()
        assert dfwarm(made, "cycle", "120").code == 0


@pytest.mark.hazard("H69")
def test_a_key_that_pushes_cannot_read_the_standby(tmp_path: Path) -> None:
    with play(tmp_path, Setting(PUSH, (SMALL,))) as made:
        read = f"rsync --server --sender -lHogDtpre.LsfxCIvu --timeout=30 . {made.standby.study_dir(STUDY)}/"
        said = knock(made, "transfer", read)
        assert said.returncode == 29
        assert dfwarm(made, "cycle", "120").code == 0


def test_keys_are_made_where_they_are_missing_and_never_replaced(stage: Stage, tmp_path: Path) -> None:
    text = stage.config.read_text().replace(f"{stage.folder}/ssh/transfer_ed25519", f"{tmp_path}/new")
    config = tmp_path / "dfwarm.toml"
    config.write_text(text)
    other = Stage(stage.folder, stage.production, stage.standby, config, stage.gate_config, stage.state)
    refused = dfwarm(other, "keys", "ssh")
    assert refused.code == 31
    made = dfwarm(other, "keys", "ssh", "--make", "--json")
    assert made.code == 0, made.err
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600
    kept = (tmp_path / "new").read_bytes()
    again = dfwarm(other, "keys", "ssh", "--make", "--json")
    assert (tmp_path / "new").read_bytes() == kept
    assert again.out == made.out
    assert {each["function"] for lines in json.loads(made.out)["hosts"].values() for each in lines} == {
        "control",
        "pull",
    }
