"""The gate looks at a study of a simulated server for preflight."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from gate_cast import STUDY, a_server, site_of

from dfwarm.errors import AnswerRefused
from dfwarm.facts.examination import Examination
from dfwarm.facts.program import Origin, Part
from dfwarm.facts.wanted import Wanted, WantedKind
from dfwarm.gate.examine import examine
from dfwarm.gate.holdings import look_for
from dfwarm.gate.roots import study_roots
from dfwarm.gate.verbs import VERBS
from dfwarm.simulator.installation import Installation
from dfwarm.wire import dump, load


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Installation]:
    with a_server(tmp_path) as made:
        yield made


def look(made: Installation) -> Examination:
    found = examine(site_of(made), STUDY)
    assert load(Examination, dump(found)) == found
    return found


@contextmanager
def an_ordinary_account() -> Iterator[None]:
    """Root reads everything, so for the length of a block it steps back."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(was)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_study_is_described_with_what_its_edit_checks_call(server: Installation) -> None:
    found = look(server)
    programs = {program.name: program for program in found.edit_checks.programs}
    assert {name: program.origin for name, program in programs.items()} == {
        b"randomize.sh": Origin.STUDY,
        b"notify.sh": Origin.STUDY,
        b"/bin/sh": Origin.ABSOLUTE,
    }
    assert programs[b"randomize.sh"].named_by.startswith("ecsrc/DFedits:")
    (root,) = found.roots
    files = sum(len(names) for _, _, names in os.walk(server.study_dir(35)))
    assert (root.tree.files, root.tree.unreadable_count, root.problem) == (files, 0, "")
    assert root.components[-1].path == os.fsencode(server.study_dir(35))
    assert root.room.bytes_free > 0
    assert found.environment.datafax == "DFdiscover 5.4.0"
    assert all(tool.path for tool in found.reports)
    assert found.began_at <= found.environment.now <= found.ended_at


def test_nothing_in_a_hostile_study_is_run_opened_or_passed_over(server: Installation, tmp_path: Path) -> None:
    study, proof = server.study_dir(35), tmp_path / "it_ran"
    bad = f"#!/bin/sh\ntouch {proof}\n".encode()
    for folder, name, text in (
        ("ecbin", "bad.sh", bad),
        ("ecbin", "binary", b"\x7fELF\0"),
        ("ecbin", "quiet", b"#!/usr/bin/env no_such_python\ncat /etc/passwd /etc/no_such_file dfprod1\n"),
        ("ecsrc", "extra", b'#include "../lib/DFsetup"\n#include "gone.inc"\nx = dfexecute("bad.sh `touch ' + bytes(proof) + b'`");\n'),
        ("ecsrc", "huge", b" " * (5 << 20)),
        ("ecsrc", "n\xff\nl", b'dfexecute(who + "x"); dfexecute("no_such_program 1"); dfexecute("../../up.sh"); dfexecute("/bin/cat a");'),
        ("lib", "mail.cf", b"relay=DFPROD1.example.org\npath=" + bytes(study) + b"/lib\n"),
    ):  # fmt: skip
        path = os.path.join(
            os.fsencode(study), folder.encode(), name.encode("latin-1") if isinstance(name, str) else name
        )
        Path(os.fsdecode(path)).write_bytes(text)
        os.chmod(path, 0o644 if name == "quiet" else 0o755)
    os.mkfifo(study / "ecsrc" / "pipe")
    os.symlink("/etc/shadow", study / "ecsrc" / "outside")
    (server.datafax_dir / "ecbin" / "shared.sh").write_bytes(b"#!/bin/sh\n")
    found = look(server).edit_checks
    doubts = "\n".join(f"{doubt.where}: {doubt.says}" for doubt in found.doubts)
    for says in (
        "ecsrc/extra:1: ../lib/DFsetup lies outside of ecsrc and is not read",
        "ecsrc/extra:2: gone.inc is included, but it is not there",
        "ecsrc/extra:3: the shell runs another command inside this one",
        "ecsrc/huge: it is not read: it is longer",
        "the program is not written out",
        "ecbin/binary: it is a compiled program",
        "ecbin/quiet: the account of dfwarm may not run it",
    ):
        assert says in doubts
    programs = {(program.part, program.name): program for program in found.programs}
    assert programs[Part.CALLED, b"no_such_program"].problem == "it is not there"
    assert programs[Part.CALLED, b"../../up.sh"].origin is Origin.NOWHERE
    assert programs[Part.CALLED, b"/bin/cat"].sha256
    assert programs[Part.INTERPRETER, b"no_such_python"].problem == "it is not there"
    assert programs[Part.NAMED, b"/etc/passwd"].sha256 == ""
    assert programs[Part.NAMED, b"shared.sh"].origin is Origin.SYSTEM
    assert (Part.NAMED, b"/etc/no_such_file") not in programs
    mentions = {(each.path, each.line, each.word) for each in found.mentions}
    assert (b"lib/mail.cf", 1, b"DFPROD1") in mentions
    assert (b"lib/mail.cf", 2, bytes(study)) in mentions
    assert (b"ecbin/quiet", 2, b"dfprod1") in mentions
    assert not proof.exists()


def test_no_source_can_make_the_answer_long(server: Installation) -> None:
    source = server.study_dir(35) / "ecsrc" / "many"
    source.write_bytes(b"".join(b'dfexecute("p%d");\ndfexecute(x);\n' % number for number in range(1200)))
    (server.study_dir(35) / "lib" / "hosts").write_bytes(b"dfprod1\n" * 500)
    found = look(server).edit_checks
    assert (len(found.programs), len(found.doubts), len(found.mentions)) == (1000, 501, 200)
    assert found.mention_count == 500
    assert found.doubts[-1].says.endswith("more doubts")


@pytest.mark.hazard("H36")
def test_what_the_account_cannot_read_is_named(open_folder: Path) -> None:
    with a_server(open_folder) as made:
        study = made.study_dir(35)
        (study / "lib" / "batch_edits_test_output.xml").write_bytes(b"x")
        (study / "lib" / "batch_edits_test_output.xml").chmod(0)
        (study / "dfsas").chmod(0)
        (study / "ecbin" / "notify.sh").chmod(0)
        (study / "bkgd").chmod(0o444)
        with an_ordinary_account():
            found = look(made)
        unreadable = {each.path: each.why for each in found.roots[0].tree.unreadable}
        assert unreadable[b"lib/batch_edits_test_output.xml"] == "Permission denied"
        assert unreadable[b"dfsas"] == "Permission denied"
        assert unreadable[b"bkgd"] == "Permission denied"
        programs = {program.name: program for program in found.edit_checks.programs}
        assert programs[b"notify.sh"].problem == "Permission denied"
        assert any(doubt.where == "dfsas" for doubt in found.edit_checks.doubts)
        (study / "dfsas").chmod(0o755)
        (study / "bkgd").chmod(0o755)


@pytest.mark.hazard("H02")
def test_a_study_whose_folder_or_registration_is_gone_is_told(server: Installation) -> None:
    study = server.study_dir(35)
    study.rename(study.with_name("away"))
    found = look(server)
    assert [root.problem for root in found.roots] == ["it is not there"]
    assert "cannot be read" in found.conf.problem
    assert len(found.roots[0].components) < len(study.parts)
    study.write_text("a file")
    assert [root.problem for root in look(server).roots] == ["it is no folder"]
    study.unlink()
    os.symlink(study.with_name("away"), study)
    (root,) = look(server).roots
    assert root.components[-1].is_link
    assert root.real == os.fsencode(study.with_name("away"))
    assert root.tree.files > 1
    (server.datafax_dir / "lib" / "DFstudies.db").write_text("nonsense\n")
    assert "is not understood" in look(server).registration_problem
    (server.datafax_dir / "lib" / "DFstudies.db").write_text("")
    assert (look(server).registrations, look(server).roots) == ((), ())


def test_a_root_that_lies_elsewhere_is_walked_too_and_one_that_is_not_known_is_told(server: Installation) -> None:
    conf = server.study_dir(35) / "lib" / "DFserver.cf"
    elsewhere = server.root / "images"
    shutil.move(server.study_dir(35) / "pages", elsewhere)
    text = conf.read_text()
    conf.write_text(text.replace("$(STUDY_DIR)/pages", str(elsewhere)))
    assert [(root.key, root.tree.files > 0) for root in look(server).roots] == [("STUDY_DIR", True), ("PAGE_DIR", True)]
    conf.write_text(text.replace("$(STUDY_DIR)/pages", "$(NOWHERE)/pages"))
    found = look(server)
    assert [root.key for root in found.roots] == ["STUDY_DIR"]
    assert "DFserver.cf is not understood" in found.roots_problem
    conf.write_text(text.replace("studies/035\n", "studies/036\n"))
    assert "but its DFserver.cf says STUDY_DIR=" in look(server).roots_problem
    conf.unlink()
    assert "cannot be read" in look(server).roots_problem
    assert set(study_roots(site_of(server))) == {os.fsencode(server.study_dir(35))}


def test_users_are_read_from_the_vendors_export_and_a_failed_export_is_not_nobody(server: Installation) -> None:
    program = server.datafax_dir / "bin" / "DFuserdb"
    program.unlink(missing_ok=True)
    assert "DFuserdb is not installed" in look(server).users.problem
    for script, problem in (
        ("#!/bin/sh\nprintf '1|USER|x|ann|s\\n' >\"$2\"\n", ""),
        ("#!/bin/sh\nexit 3\n", "ended with status 3"),
        ("#!/bin/sh\necho hunter2\n", "is not understood"),
    ):
        program.write_text(script)
        program.chmod(0o755)
        found = look(server).users
        assert problem in found.problem
        assert "hunter2" not in found.problem
        assert found.database.logins == (("ann",) if not problem else ())


def test_a_host_says_what_it_has_and_digests_nothing_but_programs(server: Installation, tmp_path: Path) -> None:
    shared = server.datafax_dir / "ecbin" / "shared.sh"
    shared.write_bytes(b"#!/bin/sh\n")
    secret = tmp_path / "secret"
    secret.write_text("x")
    secret.chmod(0o600)
    asked = {
        Wanted(WantedKind.OWNER, b"root"): "",
        Wanted(WantedKind.GROUP, b"root"): "",
        Wanted(WantedKind.OWNER, b"no_such_account"): "it is not there",
        Wanted(WantedKind.GROUP, b"no_such_group"): "it is not there",
        Wanted(WantedKind.SYSTEM_PROGRAM, b"shared.sh"): "",
        Wanted(WantedKind.SYSTEM_PROGRAM, b"../bin/DFstatus"): "it is not there",
        Wanted(WantedKind.SYSTEM_PROGRAM, b"/bin/sh"): "it is not there",
        Wanted(WantedKind.PATH_PROGRAM, b"sh"): "",
        Wanted(WantedKind.PATH_PROGRAM, b"DFstatus"): "",
        Wanted(WantedKind.PATH_PROGRAM, b"bin/sh"): "it is not there",
        Wanted(WantedKind.ABSOLUTE_PROGRAM, b"/bin/sh"): "",
        Wanted(WantedKind.ABSOLUTE_PROGRAM, bytes(secret)): "",
        Wanted(WantedKind.ABSOLUTE_PROGRAM, b"bin/sh"): "it is not there",
        Wanted(WantedKind.ABSOLUTE_PROGRAM, b"/dev/null"): "it is not there",
    }
    had = {each.wanted: each for each in look_for(site_of(server), tuple(asked)).had}
    assert {wanted: each.problem for wanted, each in had.items()} == asked
    assert had[Wanted(WantedKind.ABSOLUTE_PROGRAM, bytes(secret))].sha256 == ""
    shell = {
        had[Wanted(kind, name)].sha256
        for kind, name in ((WantedKind.PATH_PROGRAM, b"sh"), (WantedKind.ABSOLUTE_PROGRAM, b"/bin/sh"))
    }
    assert len(shell) == 1


def test_a_word_that_means_nothing_is_refused(server: Installation) -> None:
    with pytest.raises(AnswerRefused, match="not a word"):
        VERBS["have"](site_of(server), ("x.YQ",), BytesIO())
    with pytest.raises(AnswerRefused, match="study number"):
        VERBS["examine"](site_of(server), ("35",), BytesIO())
