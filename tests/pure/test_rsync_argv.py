import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.errors import HostUnreachable, LineUnreadable, StandbyFull, TransferFailed
from dfwarm.rsync.argv import Ends, TransferOptions, plan_transfer
from dfwarm.rsync.options import DESIGNATED, FORBIDDEN
from dfwarm.rsync.outcome import RULES, End, judge_run
from dfwarm.rsync.version import parse_version

NEW = parse_version("rsync  version 3.5.0  protocol version 32\nCopyright")
OLD = parse_version("rsync  version v2.6.9  protocol version 29")
ENDS = Ends("dfprod1:/opt/studies/035/", "/opt/studies/035", ("ssh", "-o", "User=a b", "-i", "it's"))


def test_a_version_is_read_in_both_forms() -> None:
    assert (NEW.numbers, NEW.protocol) == ((3, 5, 0), 32)
    assert "fsync" in NEW.capabilities
    assert "fsync" not in OLD.capabilities
    assert parse_version('{"program": "rsync", "version": "3.4.1", "protocol": "32.0"}').numbers == (3, 4, 1)
    for said in (
        "",
        "rsync version unknown protocol version 3",
        '{"version": "x", "protocol": 1}',
        '{"version": "3.4"}',
    ):
        with pytest.raises(LineUnreadable):
            parse_version(said)


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
    assert ("--fsync" in argv) == (other is NEW)
    assert ("--delete-missing-args" in argv) == options.is_listed
    assert ("--delete-delay" in argv) != options.is_listed


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
