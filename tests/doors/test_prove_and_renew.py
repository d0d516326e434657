"""`dfwarm prove` and `dfwarm evidence`, and an export whose logs, proofs and audit trail are verified with its bundles."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from dfwarm.equipment.verifier_file import build_verifier
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, Setting, Stage
from guide_pages import blocks, commands
from stage_play import STUDY, dfwarm, play

ONE, TWO = f"{STUDY}-00001", f"{STUDY}-00002"
STATEMENT_OF_ONE = f"{STUDY}/{ONE}/statement.json"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two sealed cycles and a renewal; no test alters them."""
    with play(tmp_path_factory.mktemp("prove"), Setting(LOCAL, (SMALL,), seals=True)) as stage:
        assert dfwarm(stage, "keys", "init").code == 0
        assert dfwarm(stage, "cycle", f"{STUDY}").code == 0
        assert dfwarm(stage, "cycle", f"{STUDY}").code == 0
        shutil.copy(log_of(stage) / "checkpoint", stage.folder / "checkpoint.then")
        told, renew, _ = commands("renew-time-stamps.md", STUDY)
        assert "2 not renewed" in dfwarm(stage, *told).out
        assert dfwarm(stage, *renew).code == 0
        assert dfwarm(stage, "cycle", f"{STUDY}").code == 0
        yield stage


def log_of(stage: Stage) -> Path:
    return next(stage.folder.rglob(f"log/{STUDY}"))


def trust_of(stage: Stage) -> Path:
    return next(stage.folder.rglob("allowed_signers")).parent


@pytest.fixture(scope="module")
def exported(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("zip") / "export.zip"
    assert dfwarm(stage, "export", ONE, TWO, "-o", str(target)).code == 0
    return target


def check_alone(*words: object) -> subprocess.CompletedProcess[str]:
    """The page of Python that goes with an export, without dfwarm."""
    script = str(files("dfwarm.equipment.instructions") / "PROOF.py.txt")
    argv = [sys.executable, "-I", "-S", script, *map(str, words)]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


@pytest.mark.requirement("URS-EVD-04")
def test_proofs_are_files_that_dfwarm_and_a_page_of_python_accept(stage: Stage, tmp_path: Path) -> None:
    then = str(stage.folder / "checkpoint.then")
    said = dfwarm(stage, "prove", ONE, TWO, "--against", then, "-o", str(tmp_path), "--json")
    names = [Path(name).name for name in json.loads(said.out)["files"]]
    assert names == [f"{ONE}.tlog-proof", f"{TWO}.tlog-proof", f"{STUDY}.growth-proof"]
    told = dfwarm(stage, "verify", *(str(tmp_path / name) for name in names))
    assert (told.code, told.out.count("HOLDS")) == (0, 3)
    assert "begins with what it was with 2" in told.out
    keys = trust_of(stage) / "log.vkeys"
    statement = next(stage.folder.rglob(f"{ONE}/statement.json"))
    alone = check_alone(tmp_path / names[0], keys, statement)
    assert (alone.returncode, f"HOLDS: {ONE} with statement sha256" in alone.stdout) == (0, True), alone.stderr
    assert "HOLDS" in check_alone(tmp_path / names[2], keys).stdout
    other = next(stage.folder.rglob(f"{TWO}/statement.json"))
    assert "of another statement" in check_alone(tmp_path / names[0], keys, other).stderr
    assert dfwarm(stage, "prove", ONE, "-o", str(tmp_path)).code == 39
    assert dfwarm(stage, "prove", f"{STUDY}-00099").code == 27


@pytest.mark.requirement("URS-EVD-04")
def test_a_proof_that_does_not_hold_is_refused_by_both(stage: Stage, tmp_path: Path) -> None:
    then = str(stage.folder / "checkpoint.then")
    assert dfwarm(stage, "prove", ONE, "--against", then, "-o", str(tmp_path)).code == 0
    inclusion, growth = tmp_path / f"{ONE}.tlog-proof", tmp_path / f"{STUDY}.growth-proof"
    keys = trust_of(stage) / "log.vkeys"

    def refused(path: Path, change: Callable[[bytes], bytes]) -> None:
        forged = tmp_path / "forged" / path.name
        forged.parent.mkdir(exist_ok=True)
        forged.write_bytes(change(path.read_bytes()))
        said = dfwarm(stage, "verify", str(forged))
        assert (said.code, "REFUSED" in said.out) == (35, True), said.out
        assert check_alone(forged, keys).returncode, "the page of Python accepts it"

    whole = inclusion.read_text().split("\n")
    for number in range(3, whole.index("")):
        refused(inclusion, lambda _, number=number: "\n".join(whole[:number] + whole[number + 1 :]).encode())
    refused(inclusion, lambda text: text.replace(b"index 0", b"index 1"))
    refused(inclusion, lambda text: text.replace(b"\n3\n", b"\n2\n"))
    refused(inclusion, lambda text: text.replace(b"tlog-proof@v1\nextra ", b"tlog-proof@v1\nextra AAAA"))
    refused(growth, lambda text: text.replace(b"\n2\n", b"\n1\n"))
    head, rest = growth.read_bytes().split(b"\n\n", 1)
    refused(growth, lambda _: head.split(b"\n")[0] + b"\n\n" + rest)
    stranger = tmp_path / "stranger"
    shutil.copytree(trust_of(stage), stranger)
    (stranger / "log.vkeys").unlink()
    alone = dfwarm(stage, "verify", "--trust", str(stranger), str(inclusion))
    assert (alone.code, "no key of a log is trusted" in alone.out) == (35, True)
    (tmp_path / "statement.json").write_text("{}")
    assert "of another statement" in dfwarm(stage, "verify", str(inclusion)).out


@pytest.mark.requirement("URS-EVD-10")
def test_a_renewal_is_told_recorded_and_verified(stage: Stage) -> None:
    (told,) = json.loads(dfwarm(stage, "evidence", "status", "--json").out)["studies"]
    assert (told["statements"], told["renewals"], told["unrenewed"]) == (3, 1, 1)
    assert "1 not renewed; the first certificate ends on" in dfwarm(stage, "evidence", "status").out
    assert "qa-1" in dfwarm(stage, "audit", "show", "--act", "evidence renewed").out
    assert dfwarm(stage, "verify", "--study", f"{STUDY}").code == 0
    assert dfwarm(stage, "evidence", "renew", "--by", " ", "--reason", "x").code == 64


@pytest.mark.requirement("URS-EVD-05")
def test_an_export_is_verified_with_its_log_its_proofs_and_its_audit_trail(
    stage: Stage, exported: Path, tmp_path: Path
) -> None:
    said = dfwarm(stage, "verify", str(exported))
    assert (said.code, said.out.count("GENUINE")) == (0, 2), said.out
    assert said.out.count(f"history {STUDY}") == 11
    with zipfile.ZipFile(exported) as archive:
        names = archive.namelist()
    assert {"PROOF.py", "audit/audit.jsonl", f"log/{STUDY}/proofs/{ONE}.tlog-proof"} < set(names)
    assert f"log/{STUDY}/renewals/renewal-0001.sha512.tsr" in names
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(exported) as archive:
        archive.extractall(folder)
    proof = f"log/{STUDY}/proofs/{ONE}.tlog-proof"
    argv = [sys.executable, "PROOF.py", proof, str(trust_of(stage) / "log.vkeys"), STATEMENT_OF_ONE]
    assert subprocess.run(argv, cwd=folder, capture_output=True, check=False).returncode == 0
    (check,) = blocks("renew-time-stamps.md", "sh")
    script = ["sh", "-eu", "-c", check.replace("035", f"{STUDY}")]
    settled = {**os.environ, "TRUST": str(trust_of(stage))}
    said = subprocess.run(script, cwd=folder, env=settled, capture_output=True, text=True, check=False)
    assert (said.returncode, "Verification: OK" in said.stdout + said.stderr) == (0, True), said.stderr
    (folder / STATEMENT_OF_ONE).write_bytes(b"{}")
    assert subprocess.run(script, cwd=folder, env=settled, capture_output=True, check=False).returncode == 1


def _forge_export(source: Path, target: Path, alter: Callable[[str, bytes], bytes | None]) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = alter(info.filename, old.read(info))
            if content is not None:
                new.writestr(info, content)
    return target


def _altering(wanted: str, change: Callable[[bytes], bytes | None]) -> Callable[[str, bytes], bytes | None]:
    def alter(name: str, content: bytes) -> bytes | None:
        return change(content) if name == wanted else content

    return alter


LOG = f"log/{STUDY}/"


@pytest.mark.requirement("URS-EVD-05")
@pytest.mark.parametrize(
    ("title", "alter"),
    [
        ("checkpoint", _altering(f"{LOG}checkpoint", lambda text: text.replace(b"\n3\n", b"\n2\n"))),
        ("checkpoint", _altering(f"{LOG}checkpoint", lambda _: None)),
        ("checkpoint", _altering(f"{LOG}leaves.txt", lambda text: text[: text.rfind(b"\n", 0, -1) + 1])),
        ("numbers", _altering(f"{LOG}leaves.txt", lambda _: None)),
        ("statements", _altering(f"{LOG}leaves.txt", lambda text: text.replace(b" ", b" 0", 1)[:-2] + b"\n")),
        ("witness", _altering(f"{LOG}checkpoint.witnessed.sig", lambda _: None)),
        ("witness", _altering(f"{LOG}checkpoint.witnessed", lambda _: None)),
        ("renewals", _altering(f"{LOG}renewals/renewal-0001.sha512.tsr", lambda _: None)),
        ("audit trail", _altering("audit/audit.jsonl", lambda text: text[: text.find(b"\n") + 1])),
        ("audit trail", _altering("audit/audit.jsonl", lambda text: text.replace(b"key allowed", b"key Allowed"))),
        ("proofs", _altering(f"{LOG}proofs/{ONE}.tlog-proof", lambda text: text.replace(b"index 0", b"index 1"))),
    ],
)
def test_a_forged_log_in_an_export_is_refused_by_its_step(
    stage: Stage, exported: Path, tmp_path: Path, title: str, alter: Callable[[str, bytes], bytes | None]
) -> None:
    forged = _forge_export(exported, tmp_path / "forged.zip", alter)
    said = dfwarm(stage, "verify", str(forged), "--json")
    refused = {each["step"]["title"] for each in json.loads(said.out) if each.get("step", {}).get("problems")}
    assert said.code == 35
    assert title in refused or (title == "statements" and "leaves" in refused)


def test_the_verifier_that_stands_alone_reads_logs_and_proofs_too(stage: Stage, exported: Path, tmp_path: Path) -> None:
    verifier = tmp_path / "verify.pyz"
    verifier.write_bytes(build_verifier())
    proof = tmp_path / f"{ONE}.tlog-proof"
    assert dfwarm(stage, "prove", ONE, "-o", str(tmp_path)).code == 0
    argv = [sys.executable, str(verifier), "--trust", str(trust_of(stage))]
    said = subprocess.run([*argv, str(exported), str(proof)], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout.count("history"), said.stdout.count("HOLDS")) == (0, 11, 1), said.stderr
    forged = _forge_export(exported, tmp_path / "forged.zip", _altering(f"{LOG}checkpoint", lambda _: None))
    told = subprocess.run([*argv, "--json", str(forged)], capture_output=True, text=True, check=False)
    assert told.returncode == 35
    assert any(each.get("step", {}).get("problems") for each in json.loads(told.stdout))
