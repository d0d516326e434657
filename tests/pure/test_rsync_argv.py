from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.errors import HostUnreachable, LineUnreadable, SourceRefused, StandbyFull, ToolMissing, TransferFailed
from dfwarm.rsync.argv import Ends, TransferOptions, left_out, plan_transfer
from dfwarm.rsync.options import DESIGNATED, FORBIDDEN
from dfwarm.rsync.outcome import RULES, End, judge_run
from dfwarm.rsync.version import parse_version

SPOKEN = Path(__file__).parent.parent / "spoken"
NEW = parse_version((SPOKEN / "version-3.5.0.txt").read_text())
OLD = parse_version("rsync  version 3.1.2  protocol version 31")
ANCIENT = parse_version("rsync  version v2.6.9  protocol version 29")
ENDS = Ends("dfprod1:/opt/studies/035/", "/opt/studies/035", ("ssh", "-o", "User=a b", "-i", "it's"))


def test_a_version_is_read_in_both_forms() -> None:
    assert (NEW.numbers, NEW.protocol) == ((3, 5, 0), 32)
    assert "fsync" in NEW.capabilities
    assert "fsync" not in OLD.capabilities
    assert parse_version('{"program": "rsync", "version": "3.4.1", "protocol": "32.0"}').numbers == (3, 4, 1)
    for said in (
        "",
        "[]",
        "rsync version unknown protocol version 3",
        '{"version": "x", "protocol": 1}',
        '{"version": "3.4"}',
    ):
        with pytest.raises(LineUnreadable):
            parse_version(said)


def test_the_parts_of_a_build_are_read_in_both_forms() -> None:
    spoken = parse_version((SPOKEN / "version-3.5.0.json").read_text())
    printed = parse_version((SPOKEN / "version-3.5.0.txt").read_text())
    assert (spoken.numbers, spoken.protocol, spoken.is_recommended) == ((3, 5, 0), 32, True)
    assert (printed.numbers, printed.protocol) == (spoken.numbers, spoken.protocol)
    for version in (spoken, printed):
        assert all(
            map(version.can, ("acls", "xattrs", "hardlinks", "symtimes", "zstd", "xxh128", "secluded-args", "fsync"))
        )
        assert not version.can("crtimes")
    bare = parse_version('{"version": "3.4.1", "protocol": "32.0", "capabilities": 1, "checksum_list": 1}')
    assert not bare.can("acls")


@given(
    st.builds(
        TransferOptions,
        exclusions=st.lists(st.binary(min_size=1, max_size=20).map(lambda name: b"/" + name), max_size=3).map(tuple),
        io_timeout_seconds=st.integers(1, 10**4),
        bandwidth_kib=st.integers(0, 10**6),
        is_listed=st.booleans(),
        is_dry_run=st.booleans(),
    ),
    st.sampled_from([NEW, OLD]),
)
def test_no_transfer_ever_asks_for_what_can_leave_old_bytes(options: TransferOptions, other: object) -> None:
    argv = plan_transfer(ENDS, options, (NEW, other))  # type: ignore[arg-type]
    assert not FORBIDDEN & set(argv)
    assert {"--archive", "--hard-links"} <= set(argv)
    assert argv[-2:] == ("dfprod1:/opt/studies/035/", "/opt/studies/035/")
    assert "--fsync" not in argv  # the standby's gate forces the whole file system to the disk instead
    assert "--delete-missing-args" not in argv
    assert ("--delete-delay" in argv) != options.is_listed


@pytest.mark.hazard("H04")
@pytest.mark.parametrize(
    "place", ["", "/", "//", ".", "studies/035", "/opt/../etc", "host:", "host:/", "host:035", ":/x/.."]
)
def test_only_a_folder_named_from_the_root_can_be_an_end(place: str) -> None:
    for ends in (Ends(place, "/opt/studies/035", ()), Ends("/opt/studies/035", place, ())):
        with pytest.raises(SourceRefused, match="cannot be an end"):
            plan_transfer(ends, TransferOptions(), (NEW, NEW))


def test_a_listed_transfer_deletes_only_where_the_other_end_lets_it() -> None:
    push = Ends("/opt/studies/035", "dfdr1:/opt/studies/035", ("ssh",))
    listed = TransferOptions(is_listed=True, max_deletes=3)
    assert {"--delete-missing-args", "--files-from=-", "--from0", "--max-delete=3"} <= set(
        plan_transfer(push, listed, (NEW, NEW))
    )
    assert "--delete-missing-args" not in plan_transfer(ENDS, listed, (NEW, NEW))


def test_what_rrsync_refuses_or_leaves_behind_is_not_asked_of_it() -> None:
    push, pull = Ends("/a", "dfdr1:/b", ("ssh",)), Ends("dfprod1:/a", "/b", ("ssh",))
    for ends, is_listed, is_asked in (
        (push, True, False),
        (pull, True, True),
        (push, False, True),
        (pull, False, True),
    ):
        argv = plan_transfer(ends, TransferOptions(is_listed=is_listed), (NEW, NEW))
        assert ("--partial-dir=.dfwarm-partial" in argv) == is_asked
        assert ("--filter=R .dfwarm-partial/" in argv) != is_listed


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (TransferOptions(), "--delete-delay"),
        (TransferOptions(is_listed=True), "--delete-missing-args"),
        (TransferOptions(has_acls=True), "--acls"),
        (TransferOptions(has_xattrs=True), "--xattrs"),
    ],
)
def test_what_an_old_rsync_cannot_do_is_refused_and_not_left_out(options: TransferOptions, word: str) -> None:
    with pytest.raises(ToolMissing, match=f"2.6.9 cannot do {word}"):
        plan_transfer(Ends("/a", "/b", ()), options, (NEW, ANCIENT))


def test_what_is_left_out_for_an_old_rsync_is_told() -> None:
    assert left_out((NEW, NEW)) == ()
    assert [option.needs for option in left_out((NEW, OLD))] == ["modify-window-ns"]


def test_acls_and_extended_attributes_come_along_where_there_are_any() -> None:
    said = parse_version((SPOKEN / "version-3.5.0.json").read_text())
    argv = plan_transfer(ENDS, TransferOptions(has_acls=True, has_xattrs=True), (said, said))
    assert {"--acls", "--xattrs"} <= set(argv)


def test_the_remote_shell_is_quoted_as_rsync_reads_it() -> None:
    argv = plan_transfer(ENDS, TransferOptions(), (NEW, NEW))
    assert argv[argv.index("-e") + 1] == "ssh -o 'User=a b' -i 'it''s'"


def test_an_excluded_path_is_taken_literally() -> None:
    argv = plan_transfer(ENDS, TransferOptions(exclusions=(b"/lib/a*[1]?\\",)), (NEW, NEW))
    assert r"--exclude=/lib/a\*\[1]\?\\" in argv


def test_each_option_has_its_reason() -> None:
    assert all(option.words and len(option.reason) > 20 for option in DESIGNATED)


def test_success_with_silence_is_the_only_complete_end() -> None:
    assert judge_run(0, b"").rule.end is End.COMPLETE
    assert judge_run(0, b"").problems == ()


@pytest.mark.hazard("H37")
@given(st.binary(min_size=1, max_size=60).filter(bytes.strip))
def test_a_stray_line_on_stderr_is_always_a_problem(line: bytes) -> None:
    assert judge_run(0, line).problems


@pytest.mark.hazard("H36")
def test_a_partial_transfer_names_its_problems() -> None:
    outcome = judge_run(
        23,
        b'rsync: [sender] send_files failed to open "/s/lib/x": Permission denied (13)\n'
        b"rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1852)\n",
    )
    assert outcome.rule.end is End.PARTIAL
    assert len(outcome.problems) == 1
    assert "Permission denied" in outcome.problems[0]


@pytest.mark.hazard("H21")
def test_a_vanished_file_is_named_to_be_accounted_for() -> None:
    outcome = judge_run(24, b'file has vanished: "/s/pages/0842/caf\xe9\\#012"\n')
    assert outcome.vanished == (b"/s/pages/0842/caf\xe9\n",)
    assert outcome.problems == ()
    assert judge_run(0, b'file has vanished: "/s/x"\n').problems


def test_the_last_line_of_another_code_is_a_problem() -> None:
    assert judge_run(0, b"rsync error: some files vanished (code 24) at main.c(1)").problems


@pytest.mark.hazard("H51")
def test_a_full_standby_is_told_as_such() -> None:
    outcome = judge_run(11, b'rsync: [receiver] write failed on "/s/x": No space left on device (28)\n')
    assert outcome.rule.end is End.FULL
    assert isinstance(outcome.error(), StandbyFull)


@pytest.mark.hazard("H37")
@given(st.integers(-200, 300))
def test_only_three_codes_count_as_finished(status: int) -> None:
    outcome = judge_run(status, b"")
    assert outcome.is_finished == (status in (0, 23, 24))
    assert isinstance(outcome.error(), TransferFailed | HostUnreachable | Exception)
    assert str(status) in str(outcome.error())


def test_no_code_stands_twice_in_the_table() -> None:
    assert len({rule.status for rule in RULES}) == len(RULES)
