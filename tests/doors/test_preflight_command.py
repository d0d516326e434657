"""`dfwarm preflight` over a real ssh, between two simulated servers."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dfwarm.cli.main import main
from dfwarm.equipment.process import run
from dfwarm.facts.hostkey import pinned_keys
from dfwarm.simulator.stage import Stage, set_stage
from dfwarm.terms import HostName

HERE = HostName("localhost")


@pytest.mark.hazard("H58")
def test_a_fingerprint_is_the_one_that_ssh_keygen_prints_also_of_a_hashed_name(tmp_path: Path) -> None:
    key, known = tmp_path / "key", tmp_path / "known_hosts"
    run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)), host=HERE, deadline_seconds=30)
    printed = run(("ssh-keygen", "-l", "-f", f"{key}.pub"), host=HERE, deadline_seconds=30).stdout.split()[1].decode()
    known.write_text(f"[dr.example.org]:2222 {(tmp_path / 'key.pub').read_text()}")
    for _ in ("plain", "hashed"):
        (pinned,) = pinned_keys(known.read_bytes(), "dr.example.org", 2222)
        assert (pinned.kind, pinned.fingerprint) == ("ssh-ed25519", printed)
        run(("ssh-keygen", "-H", "-f", str(known)), host=HERE, deadline_seconds=30)
    assert known.read_bytes().startswith(b"|1|")
    assert pinned_keys(known.read_bytes(), "dr.example.org", 22) == ()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with set_stage(tmp_path_factory.mktemp("stage")) as made:
        yield made


def preflight(stage: Stage, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ending:
        main(["--config", str(stage.config), "preflight", *words])
    return int(str(ending.value.code)), capsys.readouterr().out


@pytest.mark.requirement("URS-SCO-04")
def test_preflight_says_the_same_as_a_table_as_json_and_to_nagios(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    code, table = preflight(stage, capsys, "35")
    document = json.loads(preflight(stage, capsys, "035", "--json")[1])
    (found,) = document["preflights"]
    assert code == {"OK": 0, "WARN": 1}[max((result["state"] for result in found["results"]), key="OKWARNFAIL".index)]
    assert [line.split("  ")[0].strip() for line in table.splitlines()[2:-1]] == [
        each["state"] for each in found["results"]
    ]
    assert all(result["name"] in table for result in found["results"])
    assert found["results"][0]["name"] == "host key of production"
    nagios = preflight(stage, capsys, "--all", "--nagios")[1]
    assert [line.split()[:3] for line in nagios.splitlines()] == [
        ["DFWARM", "PREFLIGHT", number] for number in ("035", "254", "120")
    ]


@pytest.mark.requirement("URS-SCO-04")
def test_a_program_that_only_production_has_fails(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    shared = stage.production.datafax_dir / "ecbin" / "page.sh"
    source = stage.production.study_dir(120) / "ecsrc" / "paging"
    shared.write_bytes(b"#!/bin/sh\necho page\n")
    source.write_bytes(b'dfexecute("page.sh now");\n')
    try:
        code, table = preflight(stage, capsys, "120")
        assert code == 2
        assert "page.sh (ecsrc/paging:1): on the standby it is not there" in table
        copy = stage.standby.datafax_dir / "ecbin" / "page.sh"
        copy.write_bytes(b"#!/bin/sh\necho another page\n")
        assert "page.sh (ecsrc/paging:1) is not the same file on the standby" in preflight(stage, capsys, "120")[1]
        copy.write_bytes(shared.read_bytes())
        assert preflight(stage, capsys, "120")[0] < 2
    finally:
        shared.unlink()
        source.unlink()


def test_a_side_that_does_not_answer_fails_and_nothing_reads_as_checked(
    stage: Stage, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = stage.config.read_text()
    other = tmp_path / "other.toml"
    (tmp_path / "known_hosts").write_text("")
    known = next(line for line in text.splitlines() if line.startswith("known_hosts"))
    other.write_text(text.replace(known, f'known_hosts = "{tmp_path}/known_hosts"'))
    code, table = preflight(replace(stage, config=other), capsys, "35")
    assert code == 2
    assert "FAIL  host key of production  no key of 127.0.0.1 is pinned" in table
    assert "the key of host 127.0.0.1 is not the pinned one" in table
    assert "checks were not made: a side was not reached" in table
    for spoiled, says in (("nonsense\n", "known_hosts line 1 is not understood"), (None, "cannot be read")):
        (tmp_path / "known_hosts").unlink()
        if spoiled:
            (tmp_path / "known_hosts").write_text(spoiled)
        assert says in preflight(replace(stage, config=other), capsys, "35")[1]
