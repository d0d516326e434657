import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from dfwarm.equipment.process import run
from dfwarm.errors import AnswerRefused
from dfwarm.facts.transfer import read_transfer, say_changes
from dfwarm.rsync.argv import Ends, TransferOptions, plan_transfer
from dfwarm.rsync.itemize import Node, Update
from dfwarm.rsync.outcome import End
from dfwarm.rsync.version import parse_version
from rsync_stage import HERE, ROUTES, Stage, open_stage, our_rsync, tree, write

HOSTILE = (
    b"new\nline", b"esc\x1b[31m", b"caf\xe9", b"caf\xc3\xa9", b"-dash", b"--delete", rb"back\#012lit", rb"end\#012",
    rb"back\#0x", rb"\#999", b"back\\slash", b" lead", b"trail ", b"a -> b", b"a => b", b"12 34", b"tab\t", b"cr\r",
    b"del\x7f", b"\x80\x9f", b"*deleting   x", b"rsync: x", b"Number of files: 1", b"$(id)", b"'\"", b"*?[x]", b"n" * 255,
)  # fmt: skip
LISTED = TransferOptions(is_listed=True, io_timeout_seconds=20)


@pytest.fixture
def stage() -> Iterator[Stage]:
    yield from open_stage()


@pytest.mark.hazard("H27")
@pytest.mark.hazard("H33")
@pytest.mark.requirement("URS-TRF-03")
@pytest.mark.parametrize("route", ROUTES)
def test_hostile_names_arrive_and_are_read_byte_for_byte(stage: Stage, route: str) -> None:
    write(stage.production, {b"odd/" + name: name for name in HOSTILE})
    ran = stage.transfer(route=route)
    assert ran.outcome.is_complete
    assert tree(stage.standby) == tree(stage.production)
    files = {change.path for change in ran.log.changes if change.node is Node.FILE and change.is_new}
    assert files == {b"odd/" + name for name in HOSTILE}
    again = {change.path for change in stage.transfer(route=route).log.changes}
    assert again == ({b".", b".dfwarm-partial"} if route == "push" else set())
    for name in HOSTILE:
        os.unlink(os.path.join(stage.production, b"odd", name))
    gone = stage.transfer(route=route)
    assert {change.path for change in gone.log.changes if change.update is Update.DELETED} >= files
    assert tree(stage.standby) == tree(stage.production)


@pytest.mark.hazard("H25")
@pytest.mark.hazard("H30")
@pytest.mark.hazard("H32")
@pytest.mark.parametrize("route", ["local", "pull"])
def test_links_and_special_files_arrive_as_what_they_are(stage: Stage, route: str) -> None:
    write(stage.production, {b"one": b"1", b"pages/0842/0060002": b"image"})
    os.link(stage.production + b"/one", stage.production + b"/two")
    os.symlink(b"a -> b\n", stage.production + b"/odd -> link")
    os.symlink(b"/outside", stage.production + b"/absolute")
    os.mkfifo(stage.production + b"/fifo")
    ran = stage.transfer(route=route)
    assert ran.outcome.is_complete
    assert tree(stage.standby) == tree(stage.production)
    said = {change.path: change for change in ran.log.changes}
    assert said[b"odd -> link"].target == b"a -> b\n"
    assert said[b"absolute"].target == b"/outside"
    assert said[b"fifo"].node is Node.SPECIAL
    linked = [change for change in ran.log.changes if change.update is Update.HARD_LINK]
    assert [{change.path, change.target} for change in linked] == [{b"one", b"two"}]


@pytest.mark.hazard("H31")
@pytest.mark.parametrize("route", ROUTES)
def test_a_path_may_become_of_another_kind(stage: Stage, route: str) -> None:
    write(stage.standby, {b"lib/was/a/folder": b"x", b"was-a-file": b"x"})
    os.symlink(b"lib", stage.standby + b"/was-a-link")
    write(stage.production, {b"lib/was": b"now a file", b"was-a-file/x": b"1", b"was-a-link/y": b"2"})
    ran = stage.transfer(route=route)
    assert ran.outcome.is_complete
    assert tree(stage.standby) == tree(stage.production)


@pytest.mark.hazard("H17")
def test_an_edit_of_the_same_size_within_the_same_second_is_sent(stage: Stage) -> None:
    write(stage.production, {b"data/plt001.dat": b"old"})
    os.utime(stage.production + b"/data/plt001.dat", ns=(10**18 + 1, 10**18 + 1))
    stage.transfer()
    write(stage.production, {b"data/plt001.dat": b"new"})
    os.utime(stage.production + b"/data/plt001.dat", ns=(10**18 + 2, 10**18 + 2))
    stage.transfer()
    assert tree(stage.standby) == tree(stage.production)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", [b"DFserver.cf", rb"a*[1]?\x", rb"b\*", b"caf\xe9", b"- x", rb"c\d"])
def test_an_excluded_path_stays_on_each_side_and_no_other_does(stage: Stage, route: str, name: bytes) -> None:
    write(stage.production, {b"lib/" + name: b"production's", b"lib/a1x": b"1", b"other/" + name: b"1"})
    write(stage.standby, {b"lib/" + name: b"the standby's", b"lib/surplus": b"1"})
    ran = stage.transfer(TransferOptions((b"/lib/" + name,), 20), route=route)
    assert ran.outcome.is_complete
    ours, theirs = tree(stage.production), tree(stage.standby)
    assert theirs.pop(b"lib/" + name)[-1] == b"the standby's"
    assert ours.pop(b"lib/" + name)[-1] == b"production's"
    assert theirs == ours


@pytest.mark.parametrize("route", ["local", "push"])
def test_a_listed_transfer_sends_and_deletes_what_is_listed_and_nothing_else(stage: Stage, route: str) -> None:
    write(stage.production, {b"a": b"new", b"b": b"new", b"d/e": b"1"})
    write(stage.standby, {b"a": b"old", b"b": b"old", b"gone": b"1", b"gone too/x": b"1", b"kept": b"1"})
    for root in (stage.production, stage.standby):
        os.utime(root + b"/a", ns=(10**18, 10**18))
    ran = stage.transfer(LISTED, route=route, listed=(b"a", b"d", b"d/e", b"gone", b"gone too"))
    assert ran.outcome.is_complete
    standby = tree(stage.standby)
    assert {path: standby[path][-1] for path in (b"a", b"b", b"d/e", b"kept")} == {
        b"a": b"new", b"b": b"old", b"d/e": b"1", b"kept": b"1",
    }  # fmt: skip
    assert standby.keys() == {b"a", b"b", b"d", b"d/e", b"kept"}


def test_a_listed_pull_is_followed_by_a_local_run_that_deletes(stage: Stage) -> None:
    write(stage.production, {b"a": b"new"})
    write(stage.standby, {b"gone": b"1", b"kept": b"1"})
    pulled = stage.transfer(LISTED, route="pull", listed=(b"a",))
    empty = stage.folder / "empty"
    empty.mkdir()
    argv = plan_transfer(Ends(str(empty), os.fsdecode(stage.standby), ()), LISTED, (our_rsync(), our_rsync()))
    deleted = stage.run(argv, b"gone\0")
    assert pulled.outcome.is_complete
    assert deleted.outcome.is_complete
    assert tree(stage.standby).keys() == {b"a", b"kept"}


def test_a_listed_path_that_a_remote_production_lost_is_a_problem(stage: Stage) -> None:
    ran = stage.transfer(LISTED, route="pull", listed=(b"lost",))
    assert ran.outcome.rule.end is End.PARTIAL
    assert ran.outcome.paths == (stage.production + b"/lost",)


@pytest.mark.hazard("H70")
def test_a_gate_that_refuses_the_direction_is_read_as_a_refusal(stage: Stage) -> None:
    write(stage.production, {b"a": b"1"})
    source, target = os.fsdecode(stage.production), os.fsdecode(stage.standby)
    argv = plan_transfer(
        Ends(source, f"standby:{target}", stage.gate("-ro", target)), TransferOptions(), (our_rsync(), our_rsync())
    )
    ran = stage.run(argv)
    assert ran.outcome.rule.end is End.REFUSED
    assert not ran.outcome.may_be_retried
    assert tree(stage.standby) == {}


@pytest.mark.parametrize("code", [17, 25, 29])
def test_a_gate_that_ends_with_an_error_of_ours_is_not_taken_for_a_code_of_rsync(stage: Stage, code: int) -> None:
    script = stage.folder / "refuse.py"
    script.write_text(f'import sys; sys.stderr.write(\'{{"error": "X", "message": "no"}}\\n\'); sys.exit({code})\n')
    ends = Ends("host:/studies/035", os.fsdecode(stage.standby), (sys.executable, str(script)))
    ran = stage.run(plan_transfer(ends, TransferOptions(), (our_rsync(), our_rsync())))
    assert ran.outcome.rule.end is End.REFUSED
    assert isinstance(ran.outcome.error(), AnswerRefused)


def test_rsync_takes_the_remote_shell_apart_into_the_words_that_we_meant(tmp_path: Path) -> None:
    script = tmp_path / "shell.py"
    script.write_text("import json, sys; json.dump(sys.argv[1:], open(sys.argv[1], 'w'))\n")
    words = ("-o", "User=a b", "it's", '"', "''", "", "a'b c\"d", "$x", "\\", "tab\there", "é", "'")
    shell = (sys.executable, str(script), str(tmp_path / "words"), *words)
    argv = plan_transfer(Ends("host:/studies/035", str(tmp_path), shell), TransferOptions(), (our_rsync(), our_rsync()))
    run(argv, host=HERE, deadline_seconds=20)
    heard = json.loads((tmp_path / "words").read_text())
    assert tuple(heard[1 : len(words) + 2]) == (*words, "host")


@pytest.mark.hazard("H52")
@pytest.mark.parametrize("is_needed", [True, False])
def test_what_a_cut_transfer_leaves_is_cleared_away_by_the_next(stage: Stage, *, is_needed: bool) -> None:
    write(stage.production, {b"pages/0842/0060002": os.urandom(400_000), b"pages/0842/0060003": b"1"})
    write(stage.standby, {b"pages/0842/.dfwarm-partial/0060002": b"half"})
    if not is_needed:
        os.unlink(stage.production + b"/pages/0842/0060002")
    assert stage.transfer().outcome.is_complete
    assert tree(stage.standby) == tree(stage.production)


@pytest.mark.hazard("H52")
def test_a_transfer_that_is_ended_in_the_middle_is_not_finished_and_shows_no_half_file(stage: Stage) -> None:
    write(stage.production, {b"data/plt001.dat": os.urandom(3_000_000)})
    write(stage.standby, {b"data/plt001.dat": b"whole", b"gone": b"1"})
    argv = plan_transfer(stage.ends("local"), TransferOptions(bandwidth_kib=500), (our_rsync(), our_rsync()))
    ran = stage.run(("timeout", "--preserve-status", "0.7", *argv))
    assert not ran.outcome.is_finished
    standby = tree(stage.standby)
    assert (standby[b"data/plt001.dat"][-1], standby[b"gone"][-1]) == (b"whole", b"1")
    assert stage.transfer().outcome.is_complete
    assert tree(stage.standby) == tree(stage.production)


@pytest.mark.requirement("URS-TRF-03")
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("seed", range(3))
def test_the_log_names_exactly_the_paths_that_changed(stage: Stage, route: str, seed: int) -> None:
    chance = Random(seed)
    write(stage.production, {b"pages/%04d/%04d001" % (n % 3, n): b"%d" % n for n in range(60)})
    write(stage.production, {b"lib/" + name: b"1" for name in HOSTILE})
    stage.transfer(route=route)
    for path in sorted(path for path, seen in tree(stage.production).items() if stat.S_ISREG(seen[0])):
        spoil(os.path.join(stage.production, path), chance.randrange(8))
    before = tree(stage.standby)
    ran = stage.transfer(route=route)
    after = tree(stage.standby)
    assert ran.outcome.is_complete
    assert after == tree(stage.production)
    told = {change.path for change in ran.log.changes} - {b".", b".dfwarm-partial"}
    assert told == {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert len(told) > 20


def spoil(path: bytes, chance: int) -> None:
    """What can happen to a file in a day; with more than half of the chances nothing does."""
    match chance:
        case 0:
            os.unlink(path)
        case 1:
            os.rename(path, path + b".moved" if len(os.path.basename(path)) < 200 else path[:-10])
        case 2:
            os.chmod(path, 0o600)
        case 3:
            with open(path, "ab") as file:
                file.write(b"more")


def test_the_decks_day_is_told_in_study_words(stage: Stage) -> None:
    write(stage.production, {b"pages/0842/0060002": b"i", b"lib/DFschema": b"1", b"data/1111.jnl": b"a", b"keep": b"1"})
    stage.transfer()
    os.rename(stage.production + b"/pages/0842/0060002", stage.production + b"/pages/0842/X0060002")
    write(stage.production, {
        b"pages/0843/0010001": b"i", b"pages/0843/0010002": b"i", b"dfschema/111115-163212": b"s",
        b"lib/DFschema": b"12", b"data/1111.jnl": b"ab",
    })  # fmt: skip
    os.chmod(stage.production + b"/keep", 0o600)
    assert say_changes(read_transfer(stage.transfer().log)) == (
        "1 CRF deleted (0842/0060002)",
        "1 journal changed (1111.jnl)",
        "2 new page images",
        "1 setup file changed (DFschema)",
        "setup saved (schema 111115-163212)",
        "1 other file with other attributes only (keep)",
    )


def test_this_hosts_rsync_says_the_same_of_itself_in_both_forms() -> None:
    printed = parse_version(run(("rsync", "--version"), host=HERE, deadline_seconds=20).stdout.decode())
    assert (printed.numbers, printed.protocol) == (our_rsync().numbers, our_rsync().protocol)
    assert our_rsync().can("fsync")
