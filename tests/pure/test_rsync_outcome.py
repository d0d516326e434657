import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.errors import (
    AnswerRefused,
    DfwarmError,
    HostKeyRejected,
    HostUnreachable,
    PathUnreadable,
    StandbyFull,
    ToolMissing,
    TransferFailed,
)
from dfwarm.rsync.outcome import CAUSES, RULES, End, judge_run
from dfwarm.rsync.stderr import HARMLESS, LINE_RULES, Cause, read_line

SUMMARY_23 = (
    b"rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1394) [sender=3.5.0]"
)
CLOSED = b"rsync: connection unexpectedly closed (0 bytes received so far) [Receiver]"


@pytest.mark.hazard("H37")
@given(
    st.integers(-200, 300), st.lists(st.binary(max_size=40), max_size=4), st.lists(st.binary(max_size=40), max_size=2)
)
def test_only_zero_and_silence_are_complete(status: int, lines: list[bytes], messages: list[bytes]) -> None:
    outcome = judge_run(status, b"\n".join(lines), tuple(messages))
    is_silent = not any(line.strip() for joined in (*lines, *messages) for line in joined.split(b"\n"))
    assert outcome.is_complete == (status == 0 and is_silent)
    assert outcome.is_complete or outcome.problems or outcome.vanished


@pytest.mark.parametrize("status", [rule.status for rule in RULES if rule.status])
def test_a_code_without_a_word_is_still_a_problem(status: int) -> None:
    (problem,) = judge_run(status, b"").problems
    assert str(status) in problem
    assert str(status) in str(judge_run(status, b"").error())


@pytest.mark.hazard("H36")
def test_an_unreadable_path_of_production_is_named_with_its_own_error() -> None:
    outcome = judge_run(
        23,
        b'rsync: [sender] send_files failed to open "/s/lib/x": Permission denied (13)\n'
        b'rsync: [sender] opendir "/s/sec\\#012" failed: Permission denied (13)\n' + SUMMARY_23,
        (b"IO error encountered -- skipping file deletion",),
    )
    assert outcome.paths == (b"/s/lib/x", b"/s/sec\n")
    assert len(outcome.problems) == 3
    assert outcome.is_finished
    assert not outcome.is_complete
    assert isinstance(outcome.error(), PathUnreadable)


@pytest.mark.hazard("H21")
def test_only_code_24_lets_a_vanished_path_wait_for_its_account() -> None:
    said = b'file has vanished: "/s/a"\nfile has vanished: "/s/b"\n'
    outcome = judge_run(24, said)
    assert (outcome.vanished, outcome.problems, outcome.is_complete) == ((b"/s/a", b"/s/b"), (), False)
    assert len(judge_run(23, said).problems) == 2
    assert judge_run(24, b"").problems
    assert len(judge_run(24, said + b"a stray line").problems) == 1


@pytest.mark.parametrize(
    ("status", "line", "end", "error"),
    [
        (11, b'rsync: [receiver] write failed on "/s/x": No space left on device (28)', End.FULL, StandbyFull),
        (23, b'rsync: [receiver] mkstemp "/s/.x" failed: Disk quota exceeded (122)', End.FULL, StandbyFull),
        (255, b"Host key verification failed.", End.LINK_FAILED, HostKeyRejected),
        (255, b"ssh: connect to host h port 22: Connection refused", End.LINK_FAILED, HostUnreachable),
        (255, b"u@h: Permission denied (publickey).", End.LINK_FAILED, HostUnreachable),
        (12, CLOSED, End.LINK_FAILED, HostUnreachable),
        (30, b"[sender] io timeout after 30 seconds -- exiting", End.LINK_FAILED, HostUnreachable),
        (
            12,
            b"/usr/bin/rrsync error: option -s has been disabled on this server.\n" + CLOSED,
            End.REFUSED,
            AnswerRefused,
        ),
        (
            29,
            b'{"error": "AnswerRefused", "message": "rsync may not touch \'/etc\'", "hint": "Only"}',
            End.REFUSED,
            AnswerRefused,
        ),
        (25, b'{"error": "ToolMissing", "message": "program rrsync is not installed"}', End.REFUSED, AnswerRefused),
        (3, b"refusing to follow a symlink owned by an untrusted user; use ...", End.REFUSED, AnswerRefused),
        (2, b"protocol version mismatch -- is your shell clean?", End.REFUSED, AnswerRefused),
        (127, b"bash: line 1: rsync: command not found", End.FAILED, ToolMissing),
        (14, b"rsync: [Receiver] Failed to exec /nix: No such file or directory (2)", End.FAILED, ToolMissing),
        (25, b"Deletions stopped due to --max-delete limit (7 skipped)", End.FAILED, TransferFailed),
        (99, b"", End.FAILED, TransferFailed),
    ],
)
def test_a_line_tells_the_cause_better_than_the_code(
    status: int, line: bytes, end: End, error: type[DfwarmError]
) -> None:
    outcome = judge_run(status, line)
    assert outcome.rule.end is end
    assert type(outcome.error()) is error
    assert outcome.problems
    assert not outcome.is_finished
    assert outcome.may_be_retried == (end is End.LINK_FAILED and error is not HostKeyRejected)


def test_a_line_makes_a_good_code_worse_and_never_a_bad_one_good() -> None:
    assert judge_run(0, b'rsync: [receiver] write failed on "/x": No space left on device (28)').rule.end is End.FULL
    assert judge_run(0, b"Host key verification failed.").rule.end is End.LINK_FAILED
    assert judge_run(0, CLOSED).problems
    assert judge_run(23, CLOSED).rule.end is End.PARTIAL
    for cause, end, _ in CAUSES:
        assert end not in (End.COMPLETE, End.VANISHED), cause


@pytest.mark.parametrize(
    ("line", "cause", "path"),
    [
        (b"could not make way for new regular file: a", Cause.KEPT, b"a"),
        (b"cannot delete non-empty directory: d", Cause.KEPT, b"d"),
        (b"created directory /opt/studies/035", Cause.PATH, b"/opt/studies/035"),
        (b"ERROR: a failed verification -- update discarded.", Cause.PATH, b"a"),
        (b"WARNING: a failed verification -- update discarded (will try again).", Cause.PATH, b"a"),
        (b'rsync: [receiver] mkstemp "/t/.a.uiGrY1" failed: Permission denied (13)', Cause.PATH, b"/t/.a.uiGrY1"),
        (b'rsync: [receiver] rename "/t/.a" -> "b": Read-only file system (30)', Cause.PATH, b"/t/.a"),
        (b'rsync: [generator] failed to set permissions on "/t/.": Operation not permitted (1)', Cause.PATH, b"/t/."),
        (b'rsync: [sender] link_stat "/s/nix" failed: No such file or directory (2)', Cause.PATH, b"/s/nix"),
        (b'skipping non-regular file "fifo"', Cause.PATH, b"fifo"),
        (b"something else", Cause.UNKNOWN, b""),
    ],
)
def test_a_line_of_each_kind_is_understood(line: bytes, cause: Cause, path: bytes) -> None:
    remark = read_line(line)
    assert (remark.cause, remark.path) == (cause, path)
    assert judge_run(0, line).problems == (remark.say(),)


def test_the_table_of_lines_excuses_nothing_but_rsyncs_own_last_line() -> None:
    assert [rule.meaning for rule in LINE_RULES if rule.cause in HARMLESS] == [
        "an empty line",
        "rsync repeats its exit code",
    ]
