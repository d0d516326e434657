"""The gate looks for people at work in a study of a simulated server."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from gate_cast import STUDY, a_server, site_of

from dfwarm.facts.activity import NEVER, describe_quiet, signs_of_work
from dfwarm.facts.site import CommandOverrides, Release
from dfwarm.gate.activity import look_at_activity
from dfwarm.gate.roots import find_registration
from dfwarm.simulator.installation import Installation
from dfwarm.terms import Access


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Installation]:
    with a_server(tmp_path) as made:
        yield made


def activity_of(made: Installation, **changes: object) -> tuple[str, ...]:
    site = site_of(made, **changes)
    return signs_of_work(look_at_activity(site, find_registration(site, STUDY)), None)


def test_a_study_at_work_is_seen_at_work(server: Installation) -> None:
    site = site_of(server)
    seen = look_at_activity(site, find_registration(site, STUDY))
    assert (seen.access, len(seen.processes), seen.users.is_known, seen.users.names) == (Access.ENABLED, 1, True, ())
    assert [os.path.basename(file.path) for file in seen.status_files] == [b".serverstatus35"]
    assert seen.growth.journal_bytes > 0
    assert seen.growth.data_bytes > 0
    assert seen.growth.page_week.isdigit()
    assert signs_of_work(seen, seen) == ()
    with (server.study_dir(35) / "data" / "plt001.dat").open("ab") as file:
        file.write(b"x\n")
    assert "the data changed by +2 bytes" in signs_of_work(look_at_activity(site, find_registration(site, STUDY)), seen)
    (server.datafax_dir / "work" / "users").write_bytes(b"ann\n\n  bob\xff\n")
    assert activity_of(server) == ("2 logged in: ann, bob\\xff",)


def test_a_question_that_fails_is_never_nobody(server: Installation) -> None:
    (server.datafax_dir / "work" / "users.fails").touch()
    assert activity_of(server) == ("who is logged in is not known: DFusers ended with status 1",)
    assert "is not installed" in activity_of(server, users=("no_such_program",))[0]
    asked_nobody = site_of(server, users=())
    quiet = look_at_activity(asked_nobody, find_registration(asked_nobody, STUDY))
    assert signs_of_work(quiet, None) == ()
    assert "was not asked" in describe_quiet(quiet)[0]
    for query, why in (
        (("DFaccess.rpc", "-z"), "DFaccess.rpc ended with status 36"),
        (("echo", "all is well"), "echo said all is well"),
        (("no_such_program",), "is not installed"),
    ):
        signs = activity_of(server, users=(), commands=CommandOverrides(query=query))
        assert signs[0].startswith("the access state is not known")
        assert why in signs[0]


def test_a_release_without_a_query_goes_by_its_registration_and_its_processes(server: Installation) -> None:
    site = site_of(server, release=Release.DATAFAX_4)
    registered = find_registration(site, STUDY)
    assert look_at_activity(site, registered).access is Access.ENABLED
    disabled = replace(registered, is_enabled=False)
    assert "1 processes serve the study" in look_at_activity(site, disabled).access_problem
    server.call("DFshutdown")
    assert look_at_activity(site, disabled).access is Access.DISABLED


def test_a_folder_that_cannot_be_looked_at_is_a_sign_and_one_that_is_not_there_is_none(server: Installation) -> None:
    study, site = server.study_dir(35), site_of(server, users=())
    registered = find_registration(site, STUDY)
    shutil.rmtree(study / "data")
    shutil.rmtree(study / "pages")
    growth = look_at_activity(site, registered).growth
    assert (growth.journal_bytes, growth.data_bytes, growth.newest_at, growth.page_week) == (0, 0, NEVER, b"")
    (study / "data").write_text("no folder")
    assert "Not a directory" in look_at_activity(site, registered).growth.problem
    (study / "data").unlink()
    (study / "lib" / "DFserver.cf").write_text("nonsense\n")
    assert "is not understood" in look_at_activity(site, registered).growth.problem
    (study / "lib" / "DFserver.cf").unlink()
    assert look_at_activity(site, registered).growth.problem == ""
    gone = replace(site, datafax_dir=b"/no/such/folder")
    assert look_at_activity(gone, registered).status_problem == "/no/such/folder cannot be read"
    assert look_at_activity(replace(site, server_status=b""), registered).status_files == ()
