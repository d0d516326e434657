"""`dfwarm export`: what an inspector gets, verified by an inspector who has no dfwarm."""

import hashlib
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from dfwarm.cli.main import main
from dfwarm.equipment.export_reading import open_export
from dfwarm.equipment.export_writing import item_of, write_export
from dfwarm.equipment.verifier_file import build_verifier
from dfwarm.errors import ExportRefused
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, Setting, Stage
from stage_play import STUDY, Said, play, record_folder
from stage_play import dfwarm as dfwarm_beside

LIBRARIES = ("cryptography", "cffi", "_cffi_backend")
STATEMENT = "120/120-00001/statement.json"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two sealed cycles; no test alters them."""
    with play(tmp_path_factory.mktemp("export"), Setting(LOCAL, (SMALL,), seals=True)) as stage:
        assert dfwarm_beside(stage, "keys", "init").code == 0
        assert dfwarm_beside(stage, "cycle", f"{STUDY}").code == 0
        assert dfwarm_beside(stage, "cycle", f"{STUDY}").code == 0
        yield stage


def dfwarm(stage: Stage, *words: str) -> Said:
    """The command line within this process, since none of these commands leaves anything behind in it."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        try:
            code = main(["--config", str(stage.config), *words]) or 0
        except SystemExit as ending:
            code = int(ending.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def exported(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("zip") / "export.zip"
    assert dfwarm(stage, "export", "--study", f"{STUDY}", "-o", str(target)).code == 0
    return target


def rewrite(source: Path, target: Path, alter: Callable[[str, bytes], tuple[str, bytes] | None]) -> Path:
    """The same zip file with members that somebody altered, renamed or took out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            if altered := alter(name, old.read(name)):
                new.writestr(zipfile.ZipInfo(altered[0]), altered[1])
    return target


def clean_room(folder: Path, *libraries: str) -> Path:
    """A folder with these libraries and nothing else that was ever installed."""
    folder.mkdir()
    for library in libraries:
        spec = importlib.util.find_spec(library)
        assert spec
        assert spec.origin
        file = Path(spec.origin)
        source = file.parent if file.name == "__init__.py" else file
        (folder / source.name).symlink_to(source)
    return folder


def verify_alone(room: Path, verifier: Path, *words: str) -> Said:
    """Run the stand-alone verifier with an interpreter that sees the libraries of one folder."""
    code = f"import sys, runpy; sys.path.append({str(room)!r}); runpy.run_path({str(verifier)!r}, run_name='__main__')"
    argv = [str(Path(sys.base_prefix) / "bin" / "python3"), "-I", "-S", "-c", code, *words]
    done = subprocess.run(argv, capture_output=True, check=False, timeout=60, env={"PATH": "/usr/bin:/bin"})
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.requirement("URS-EVD-05")
def test_an_export_has_the_same_bytes_each_time_and_is_verified_where_it_lies(
    stage: Stage, exported: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.zip"
    said = dfwarm(stage, "export", f"{STUDY}-00002", f"{STUDY}-00001", "-o", str(again), "--json")
    assert json.loads(said.out)["sha256"] == hashlib.sha256(exported.read_bytes()).hexdigest()
    assert again.read_bytes() == exported.read_bytes()
    with zipfile.ZipFile(again) as archive:
        names = archive.namelist()
        assert names == sorted(names)
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100644}
        for path in record_folder(stage, 1).rglob("*"):
            if path.is_file():
                assert archive.read(f"120/120-00001/{path.relative_to(record_folder(stage, 1))}") == path.read_bytes()
        assert archive.read("log/120/leaves.txt") == (stage.state / "log" / "120" / "leaves.txt").read_bytes()
    found = dfwarm(stage, "verify", str(exported))
    assert (found.code, found.out.count("GENUINE")) == (0, 2)
    assert dfwarm(stage, "export", f"{STUDY}-00001", "-o", str(again)).code == 39
    assert again.read_bytes() == exported.read_bytes()


def test_a_period_chooses_the_cycles_and_an_empty_one_is_refused(stage: Stage, tmp_path: Path) -> None:
    target = str(tmp_path / "none.zip")
    said = dfwarm(stage, "export", "--study", f"{STUDY}", "--to", "2001-01-01", "-o", target)
    assert (said.code, Path(target).exists()) == (27, False)
    assert dfwarm(stage, "export", f"{STUDY}-00099", "-o", target).code == 27
    assert dfwarm(stage, "export", "nonsense", "-o", target).code == 27
    assert dfwarm(stage, "export", f"{STUDY}-00001", "--to", "2001-01-01", "-o", target).code == 64
    assert dfwarm(stage, "export", f"{STUDY}-00001", "-o", str(tmp_path / "no" / "such.zip")).code == 39
    assert dfwarm(stage, "export", "--study", f"{STUDY}", "--from", "2001-01-01", "-o", target).code == 0


def read_bag(path: Path) -> dict[str, bytes]:
    """Read a bag as RFC 8493 says, with none of the product's code."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    declared = [line.split(": ") for line in files["bagit.txt"].decode().splitlines()]
    assert declared == [["BagIt-Version", "1.0"], ["Tag-File-Character-Encoding", "UTF-8"]]
    payload = {name for name in files if name.startswith("data/")}
    for manifest, names in (
        ("manifest-sha256.txt", payload),
        ("tagmanifest-sha256.txt", files.keys() - payload - {"tagmanifest-sha256.txt"}),
    ):
        lines = [line.split(None, 1) for line in files[manifest].decode().splitlines()]
        assert {name for _, name in lines} == names
        for digest, name in lines:
            assert hashlib.sha256(files[name]).hexdigest() == digest
    info = dict(line.split(": ") for line in files["bag-info.txt"].decode().splitlines())
    assert info["Payload-Oxum"] == f"{sum(len(files[name]) for name in payload)}.{len(payload)}"
    return {name.removeprefix("data/"): files[name] for name in payload}


def test_a_bag_holds_the_same_files_and_each_of_its_sums_counts(stage: Stage, exported: Path, tmp_path: Path) -> None:
    bag = tmp_path / "bag.zip"
    assert dfwarm(stage, "export", "--study", f"{STUDY}", "--bagit", "-o", str(bag)).code == 0
    with zipfile.ZipFile(exported) as archive:
        assert read_bag(bag) == {name: archive.read(name) for name in archive.namelist()}
    found = dfwarm(stage, "verify", str(bag), "--json")
    assert [each["isGenuine"] for each in json.loads(found.out) if "bundle" in each] == [True, True]
    for name, how in (("data/README.txt", b"x"), ("bag-info.txt", b"x"), ("manifest-sha256.txt", b"x\n")):
        forged = rewrite(bag, tmp_path / "forged.zip", lambda n, c, name=name, how=how: (n, c + how * (n == name)))  # type: ignore[misc]
        assert dfwarm(stage, "verify", str(forged)).code == 39
    for name in ("data/log/120/leaves.txt", "tagmanifest-sha256.txt"):
        forged = rewrite(bag, tmp_path / "forged.zip", lambda n, c, name=name: None if n == name else (n, c))  # type: ignore[misc]
        assert dfwarm(stage, "verify", str(forged)).code == 39


@pytest.mark.requirement("URS-EVD-05")
def test_the_verifier_stands_alone_and_says_the_same(stage: Stage, exported: Path, tmp_path: Path) -> None:
    verifier, trust = tmp_path / "dfwarm-verify.pyz", str(stage.state / "trust")
    assert dfwarm(stage, "export", "verifier", "-o", str(verifier)).code == 0
    assert verifier.read_bytes() == build_verifier()
    assert dfwarm(stage, "export", "verifier", "-o", str(verifier)).code == 39
    room = clean_room(tmp_path / "room", *LIBRARIES, "rfc3161_client")

    alone = verify_alone(room, verifier, str(exported), "--trust", trust)
    assert (alone.code, alone.out) == (0, dfwarm(stage, "verify", str(exported)).out), alone.err
    folder = str(record_folder(stage, 1))
    alone = verify_alone(room, verifier, folder, "--trust", trust, "--json")
    assert json.loads(alone.out) == json.loads(dfwarm(stage, "verify", folder, "--json").out)
    forged = rewrite(exported, tmp_path / "forged.zip", lambda n, c: (n, c.replace(b'"120-00001"', b'"120-00003"')))
    alone = verify_alone(room, verifier, str(forged), "--trust", trust)
    assert (alone.code, "REFUSED at step 2, digests" in alone.out) == (33, True)
    assert alone.out == dfwarm(stage, "verify", str(forged)).out
    assert verify_alone(room, verifier, str(tmp_path / "none"), "--trust", trust).code == 27
    assert verify_alone(room, verifier, folder, "--trust", str(tmp_path)).code == 33


def test_the_verifier_needs_the_token_library_only_where_there_is_a_token(
    stage: Stage, exported: Path, tmp_path: Path
) -> None:
    verifier, trust = tmp_path / "dfwarm-verify.pyz", str(stage.state / "trust")
    verifier.write_bytes(build_verifier())
    room = clean_room(tmp_path / "room", *LIBRARIES)
    alone = verify_alone(room, verifier, str(exported), "--trust", trust)
    assert (alone.code, "rfc3161-client" in alone.err) == (25, True)
    pending = rewrite(exported, tmp_path / "pending.zip", lambda n, c: None if n.endswith(".tsr") else (n, c))
    alone = verify_alone(room, verifier, str(pending), "--trust", trust, "--accept-pending")
    assert (alone.code, alone.out.count("TIME-STAMP PENDING")) == (0, 2), alone.err
    alone = verify_alone(room, verifier, str(pending), "--trust", trust)
    assert (alone.code, "REFUSED at step 6, time" in alone.out) == (33, True)
    bare = clean_room(tmp_path / "bare")
    alone = verify_alone(bare, verifier, folder := str(exported), "--trust", trust)
    assert (alone.code, "needs the library cryptography" in alone.err, folder) == (1, True, str(exported))


def write_raw(path: Path, *members: tuple[zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, content in members:
            archive.writestr(info, content)
    return path


def linked() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("035/035-00042/statement.json")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return info


def bomb() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("035/035-00042/statement.json")
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


@pytest.mark.parametrize(
    ("info", "content"),
    [
        (zipfile.ZipInfo("../evil"), b"x"),
        (zipfile.ZipInfo("/etc/evil"), b"x"),
        (zipfile.ZipInfo("035\\evil"), b"x"),
        (zipfile.ZipInfo("035/035-00042/"), b""),
        (linked(), b"/etc/passwd"),
        (bomb(), bytes(3 << 20)),
        (zipfile.ZipInfo("setup.exe"), b"x"),
    ],
    ids=["out", "absolute", "backslash", "folder", "link", "bomb", "stranger"],
)
def test_a_zip_file_that_is_not_safe_is_refused_whole(tmp_path: Path, info: zipfile.ZipInfo, content: bytes) -> None:
    path = write_raw(tmp_path / "evil.zip", (zipfile.ZipInfo("README.txt"), b"read me"), (info, content))
    with pytest.raises(ExportRefused), open_export(path):
        pass


def test_a_zip_file_with_bytes_around_it_or_missing_is_refused(exported: Path, tmp_path: Path) -> None:
    content, forged = exported.read_bytes(), tmp_path / "forged.zip"
    for altered in (b"#!/bin/sh\n" + content, content[:-30], content[: len(content) // 2], b"", b"PK\5\6" + bytes(18)):
        forged.write_bytes(altered)
        with pytest.raises(ExportRefused), open_export(forged):
            pass
    forged.write_bytes(content)
    with zipfile.ZipFile(forged, "a") as archive:
        archive.comment = b"come in"
    with pytest.raises(ExportRefused, match="comment"), open_export(forged):
        pass
    with pytest.raises(ExportRefused), open_export(tmp_path):
        pass


def test_a_member_whose_bytes_do_not_unpack_is_refused(tmp_path: Path) -> None:
    """Each byte of the file is flipped in its turn: what is read is what was written, or nothing is."""
    path = tmp_path / "small.zip"
    write_export(path, (item_of("README.txt", b"read me " * 9), item_of("VERIFY.txt", b"do")), is_bag=False)
    content = path.read_bytes()
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            with open_export(path) as export:
                read = {name: b"".join(export.pieces(name)) for name in export.names}
                assert {name: export.read(name, 100) for name in read} == read
        except ExportRefused:
            continue
        assert set(read.values()) <= {b"read me " * 9, b"do"}


def test_what_packs_too_tightly_is_stored_so_that_the_guard_lets_it_pass(tmp_path: Path) -> None:
    path = tmp_path / "tight.zip"
    write_export(path, (item_of("035/035-00001/cycle.json", bytes(3 << 20)), item_of("README.txt", b"")), is_bag=False)
    with open_export(path) as export:
        assert sum(map(len, export.pieces("035/035-00001/cycle.json"))) == 3 << 20
    with pytest.raises(ExportRefused, match="no file of an export"):
        write_export(tmp_path / "other.zip", (item_of("../evil", b""),), is_bag=False)
    assert [each.name for each in tmp_path.iterdir()] == ["tight.zip"]


def test_an_inspector_without_dfwarm_runs_the_script_of_the_export(
    stage: Stage, exported: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(exported) as archive:
        archive.extractall(tmp_path / "unpacked")
    script = ["/bin/sh", str(tmp_path / "unpacked" / "VERIFY.sh")]
    trust = str(stage.state / "trust")
    done = subprocess.run([*script, trust], capture_output=True, check=False)
    assert (done.returncode, done.stdout.count(b"\nGENUINE")) == (0, 2), done.stdout
    assert done.stdout.endswith(b"== 2 bundles, 0 refused\n")
    (tmp_path / "unpacked" / "120" / "120-00002" / "cycle.json").write_bytes(b"{}")
    done = subprocess.run([*script, trust], capture_output=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, b"== 2 bundles, 1 refused")
    assert subprocess.run(script, capture_output=True, check=False).returncode == 2


def test_the_guide_for_the_hand_over_works_as_it_is_written(stage: Stage, tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "how-to" / "hand-over-to-an-inspector.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", guide, flags=re.DOTALL)
    assert len(blocks) == 6
    shim = tmp_path / "bin" / "dfwarm"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m dfwarm --config {stage.config} "$@"\n')
    (shim.parent / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    for each in shim.parent.iterdir():
        each.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    path = f"{shim.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "TRUST": str(stage.state / "trust")}
    said = ""
    for block in blocks:
        done = subprocess.run(
            ["/bin/sh", "-e", "-c", block], cwd=work, env=environment, capture_output=True, check=False, text=True
        )
        assert done.returncode == 0, (block, done.stdout, done.stderr)
        said += done.stdout
    assert said.count("\nGENUINE") == 4
    assert {each.name for each in work.iterdir()} == {
        "evidence.zip",
        "evidence-bag.zip",
        "dfwarm-verify.pyz",
        "evidence",
    }
