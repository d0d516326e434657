"""The one door: what is not of its grammar never reaches a program."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfwarm.errors import AnswerRefused
from dfwarm.gate.door import _read_command
from dfwarm.gate.transfer import WRITING
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import PULL, Setting, Stage
from stage_play import STUDY, play


def knock(stage: Stage, command: str, side: str = "production") -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "dfwarm.gate", "--config", str(stage.gate_config), "--side", side]
    environment = {**os.environ, "SSH_ORIGINAL_COMMAND": command}
    return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


HOSTILE = [
    "",
    "id",
    "look 035; id",
    "look $(id)",
    "look `id`",
    "look 035\nid",
    "look  035",
    "look 999",
    "look 35",
    "LOOK 120",
    "vendor 120 extra",
    "manifest 120 STUDY_DIR",
    "manifest 120 /etc full",
    "manifest 120 STUDY_DIR now",
    "stop",
    "sh -c id",
    "scp -f /etc/passwd",
    "rsync --server --sender -logDtpr . /etc/",
    "rsync --server --sender -logDtpr . /",
    "rsync --server --daemon .",
    "rsync --server -logDtpr . {study_dir}/../../",
    "rsync --server --sender -logDtpr . {study_dir}/lib",
    "rsync --server --sender -logDtpr . '{study_dir}",
    "rsync --server -logDtpre.iLsfxCIvu --remove-source-files . {study_dir}/",
]


@pytest.mark.hazard("H70")
@pytest.mark.requirement("URS-SEC-01")
def test_a_hostile_command_is_refused_with_a_reason_and_touches_nothing(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        study_dir = stage.production.study_dir(STUDY)
        before = sorted(study_dir.rglob("*"))
        for command in HOSTILE:
            said = knock(stage, command.format(study_dir=study_dir))
            assert said.returncode != 0, command
            assert said.stdout == "", command
            assert "uid=" not in said.stderr
        assert sorted(study_dir.rglob("*")) == before


@pytest.mark.hazard("H69")
def test_production_can_only_be_read_and_the_standby_only_be_written(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        write = "rsync --server -lHogDtpre.LsfxCIvu --log-format=%i --timeout=300 . {}/"
        read = "rsync --server --sender -lHogDtpre.LsfxCIvu --timeout=300 . {}/"
        at_production = knock(stage, write.format(stage.production.study_dir(STUDY)))
        assert at_production.returncode != 0
        at_standby = knock(stage, read.format(stage.standby.study_dir(STUDY)), side="standby")
        assert json.loads(at_standby.stderr)["error"] == "AnswerRefused"


@settings(max_examples=300)
@given(st.text(max_size=80) | st.from_regex(r"(look|stop|manifest) [ -~]{0,40}", fullmatch=True))
def test_a_command_is_words_of_the_grammar_or_refused(command: str) -> None:
    try:
        words = _read_command(command)
    except AnswerRefused:
        return
    assert " ".join(words) == command
    assert all(word.isascii() and not set(word) & set("'\"`$&|;<>()\\\n\t*?~#!{}[]/ ") for word in words)


@pytest.mark.hazard("H69")
@pytest.mark.parametrize(
    "word",
    [
        "--inplace",
        "--append",
        "-u",
        "--delete",
        "--remove-source-files",
        "--backup-dir=/etc",
        "--log-file=/etc/passwd",
        "--temp-dir=/etc",
        "--partial-dir /etc",
        "--copy-dest=/etc",
        "--files-from=/etc/shadow",
        "--daemon",
        "--config=/etc/x",
    ],
)
def test_a_word_that_our_transfers_never_use_is_not_served(word: str) -> None:
    good = "rsync --server -lHogDtpre.LsfxCIvu --log-format=%i --timeout=300 --fsync ."
    assert WRITING.fullmatch(good)
    assert not WRITING.fullmatch(good.replace("--fsync", word))
    assert not WRITING.fullmatch(good.replace(" .", f" {word} ."))


@pytest.mark.hazard("H70")
def test_the_key_opens_the_gate_and_nothing_else(tmp_path: Path) -> None:
    with play(tmp_path, Setting(PULL, (SMALL,))) as stage:
        folder = stage.folder / "ssh"
        address = (folder / "known_hosts").read_text().split()[0]
        port = address.rpartition(":")[2]
        ssh = [
            "ssh", "-F", "none", "-o", f"UserKnownHostsFile={folder}/known_hosts", "-o", "IdentitiesOnly=yes",
            "-o", "BatchMode=yes", "-i", f"{folder}/client_ed25519", "-p", port,
        ]  # fmt: skip
        for words in (["127.0.0.1", "id"], ["127.0.0.1"], ["-tt", "127.0.0.1", "id"], ["127.0.0.1", "look 120; id"]):
            said = subprocess.run([*ssh, *words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
            assert said.returncode in (29, 255), words
            assert "uid=" not in said.stdout + said.stderr
        forward = [*ssh, "-o", "ExitOnForwardFailure=yes", "-W", "127.0.0.1:22", "127.0.0.1"]
        said = subprocess.run(forward, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        assert said.returncode == 255
        look = subprocess.run([*ssh, "127.0.0.1", "look 120"], capture_output=True, text=True, check=True)
        assert json.loads(look.stdout)["studyName"] == SMALL.name


@pytest.mark.hazard("H70")
def test_a_session_refuses_line_by_line_what_is_not_of_the_grammar(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        argv = [
            sys.executable,
            "-m",
            "dfwarm.gate",
            "--config",
            str(stage.gate_config),
            "--side",
            "production",
            "session",
        ]
        lines = [command for command in HOSTILE if "\n" not in command]
        asked = b"".join(line.encode() + b"\n" for line in (*lines, "session", "x" * 9000, "look 120"))
        said = subprocess.run(argv, input=asked, capture_output=True, check=True).stdout
        frames = []
        while said:
            body, refusal = int.from_bytes(said[4:12], "big"), int.from_bytes(said[12:20], "big")
            frames.append(
                (int.from_bytes(said[:4], "big"), said[20 : 20 + body], said[20 + body : 20 + body + refusal])
            )
            said = said[20 + body + refusal :]
        assert all(status and not body for status, body, _ in frames[:-1])
        assert b"uid=" not in b"".join(refusal for _, _, refusal in frames)
        assert frames[-1][0] == 0
        assert json.loads(frames[-1][1])["studyName"] == SMALL.name
