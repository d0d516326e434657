import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dfwarm.errors import PathUnreadable, StandbyFull
from dfwarm.rsync.argv import TransferOptions, plan_transfer
from dfwarm.rsync.itemize import Update
from dfwarm.rsync.options import FORBIDDEN
from dfwarm.rsync.outcome import End
from rsync_stage import NOBODY, PLAIN, Stage, open_stage, our_rsync, tree, write

WHEN = (10**18, 10**18)


@pytest.fixture
def stage() -> Iterator[Stage]:
    yield from open_stage()


@pytest.fixture
def common_account() -> Iterator[Stage]:
    """A stage whose rsync has no power over other accounts' files."""
    yield from open_stage(NOBODY)


@pytest.mark.hazard("H05")
def test_a_limit_of_deletions_is_no_guard_and_never_counts_as_finished(stage: Stage) -> None:
    write(stage.production, {b"x": b"1"})
    write(stage.standby, {b"%d" % number: b"1" for number in range(10)})
    ran = stage.transfer(TransferOptions(io_timeout_seconds=20, max_deletes=3))
    assert sum(change.update is Update.DELETED for change in ran.log.changes) == 3
    assert not ran.outcome.is_finished
    assert (ran.said.status, ran.outcome.rule.end) == (25, End.FAILED)
    assert any("more was to be deleted than the plan said" in problem for problem in ran.outcome.problems)


@pytest.mark.hazard("H05")
def test_a_rehearsed_transfer_names_each_deletion_and_writes_nothing(stage: Stage) -> None:
    write(stage.production, {b"x": b"1"})
    write(stage.standby, {b"a": b"1", b"b/c": b"1"})
    before = tree(stage.standby)
    ran = stage.transfer(TransferOptions(io_timeout_seconds=20, is_dry_run=True))
    assert {change.path for change in ran.log.changes if change.update is Update.DELETED} == {b"a", b"b", b"b/c"}
    assert tree(stage.standby) == before


@pytest.mark.hazard("H06")
@pytest.mark.hazard("H36")
@pytest.mark.requirement("URS-TRF-04")
def test_a_folder_that_cannot_be_read_stops_every_deletion_and_is_named(common_account: Stage) -> None:
    stage = common_account
    write(stage.production, {b"data/plt001.dat": b"1", b"secret/x": b"new"})
    write(stage.standby, {b"ghost": b"1", b"secret/x": b"stale"})
    hand_over(stage)
    os.chmod(stage.production + b"/secret", 0)
    ran = stage.transfer()
    assert (ran.said.status, ran.outcome.rule.end, ran.outcome.is_complete) == (23, End.PARTIAL, False)
    assert ran.outcome.paths == (stage.production + b"/secret",)
    assert any("nothing was deleted" in problem for problem in ran.outcome.problems)
    assert b"ghost" in tree(stage.standby)
    assert isinstance(ran.outcome.error(), PathUnreadable)


@pytest.mark.hazard("H36")
@pytest.mark.requirement("URS-TRF-04")
def test_a_file_that_cannot_be_read_leaves_the_stale_copy_and_is_named(common_account: Stage) -> None:
    stage = common_account
    write(stage.production, {b"lib/batch_output.xml": b"new and longer", b"lib/DFschema": b"1"})
    write(stage.standby, {b"lib/batch_output.xml": b"stale", b"ghost": b"1"})
    hand_over(stage)
    os.chmod(stage.production + b"/lib/batch_output.xml", 0)
    ran = stage.transfer()
    standby = tree(stage.standby)
    assert (standby[b"lib/batch_output.xml"][-1], b"ghost" in standby) == (b"stale", False)
    assert (ran.said.status, ran.outcome.is_complete) == (23, False)
    assert ran.outcome.paths == (stage.production + b"/lib/batch_output.xml",)


@pytest.mark.hazard("H21")
@pytest.mark.hazard("H37")
@pytest.mark.requirement("URS-TRF-04")
def test_a_file_that_vanishes_in_the_middle_is_named_and_waits_for_its_account(stage: Stage) -> None:
    write(stage.production, {b"a": os.urandom(600_000), b"pages/0842/0060002": b"page"})
    page = stage.production + b"/pages/0842/0060002"

    def delete_once_the_list_is_known(said: bytes) -> None:
        if said and os.path.exists(page):
            os.unlink(page)

    slow = TransferOptions(io_timeout_seconds=20, bandwidth_kib=500)
    ran = stage.transfer(slow, listen=delete_once_the_list_is_known)
    assert (ran.said.status, ran.outcome.rule.end) == (24, End.VANISHED)
    assert ran.outcome.vanished == (page,)
    assert not ran.outcome.is_complete


@pytest.mark.hazard("H20")
def test_a_journal_whose_beginning_was_rewritten_arrives_as_it_is(stage: Stage) -> None:
    write(stage.production, {b"data/1111.jnl": b"BBBBCC"})
    write(stage.standby, {b"data/1111.jnl": b"AAAA"})
    assert stage.transfer().outcome.is_complete
    assert tree(stage.standby) == tree(stage.production)


@pytest.mark.hazard("H20")
def test_appending_would_have_mixed_two_journals_and_said_success(stage: Stage) -> None:
    write(stage.production, {b"1111.jnl": b"BBBBCC"})
    write(stage.standby, {b"1111.jnl": b"AAAA"})
    argv = plan_transfer(stage.ends("local"), PLAIN, (our_rsync(), our_rsync()))
    assert "--append" in FORBIDDEN
    said = stage.run((*argv[:1], "--append", *(word for word in argv[1:] if not word.startswith("--partial-dir"))))
    assert said.said.status == 0
    assert tree(stage.standby)[b"1111.jnl"][-1] == b"AAAACC"


@pytest.mark.hazard("H57")
def test_a_newer_altered_file_on_the_standby_is_put_right(stage: Stage) -> None:
    write(stage.production, {b"data/plt001.dat": b"good"})
    os.utime(stage.production + b"/data/plt001.dat", ns=WHEN)
    write(stage.standby, {b"data/plt001.dat": b"evil"})
    assert stage.transfer().outcome.is_complete
    assert tree(stage.standby) == tree(stage.production)


@pytest.mark.hazard("H16")
def test_an_edit_that_hides_behind_size_and_time_is_passed_over_unless_it_is_listed(stage: Stage) -> None:
    for root, content in ((stage.production, b"good"), (stage.standby, b"evil")):
        write(root, {b"a": content})
        os.utime(root + b"/a", ns=WHEN)
    assert stage.transfer().outcome.is_complete
    assert tree(stage.standby)[b"a"][-1] == b"evil"
    listed = TransferOptions(io_timeout_seconds=20, is_listed=True)
    assert stage.transfer(listed, listed=(b"a",)).outcome.is_complete
    assert tree(stage.standby)[b"a"][-1] == b"good"


@pytest.mark.hazard("H31")
def test_a_folder_where_a_file_belongs_gives_way(stage: Stage) -> None:
    write(stage.production, {b"a": b"file"})
    write(stage.standby, {b"a/b/c": b"1"})
    assert stage.transfer().outcome.is_complete
    assert tree(stage.standby) == tree(stage.production)


@pytest.mark.hazard("H51")
def test_a_full_standby_is_told_as_such_and_keeps_what_it_had(stage: Stage) -> None:
    with small_disk(stage):
        write(stage.standby, {b"data/plt001.dat": b"whole"})
        write(stage.production, {b"data/plt001.dat": os.urandom(400_000)})
        ran = stage.transfer()
        assert tree(stage.standby)[b"data/plt001.dat"][-1] == b"whole"
    assert ran.outcome.rule.end is End.FULL
    assert not ran.outcome.is_finished
    assert isinstance(ran.outcome.error(), StandbyFull)


@pytest.mark.hazard("H02")
def test_a_standby_folder_that_is_not_there_is_a_problem_even_if_rsync_makes_it(stage: Stage) -> None:
    os.rmdir(stage.standby)
    write(stage.production, {b"a": b"1"})
    ran = stage.transfer()
    assert not ran.outcome.is_complete
    assert "is its disk mounted" in ran.outcome.problems[0]


def hand_over(stage: Stage) -> None:
    """Give everything to the account that runs rsync, so that only modes stand in its way."""
    if os.geteuid() == 0:
        for path in stage.folder.rglob("*"):
            os.chown(path, stage.account, stage.account)


class small_disk:  # noqa: N801  (reads as a word of the story)
    """Mount a disk of 200 kB on the standby while the story lasts; where that is not allowed, the test is skipped."""

    def __init__(self, stage: Stage) -> None:
        self._folder = Path(os.fsdecode(stage.standby))

    def __enter__(self) -> None:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", self._folder], capture_output=True, check=False
        )
        if mounted.returncode:
            pytest.skip("this account may not mount a small disk")

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "-l", self._folder], check=True)
