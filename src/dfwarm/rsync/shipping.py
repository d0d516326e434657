"""What rsync is asked to do between cycles: to add what is new, and never to delete or replace."""

from dfwarm.rsync.argv import Ends, is_remote

NEW_ONLY = "--ignore-existing"
"""What the standby has already is left as it is: whether it is right is for a cycle to say."""


OUT_FORMAT = "%i %n"
_CODE = 12
"""Columns of the itemized code and the blank behind it."""


def shipped_paths(output: bytes) -> tuple[bytes, ...]:
    """The paths that a run says it touched."""
    return tuple(line[_CODE:] for line in output.splitlines())


def plan_shipping(ends: Ends, *, bandwidth_kib: int, timeout_seconds: int, is_new_only: bool) -> tuple[str, ...]:
    """
    The argv that ships the paths of standard input, separated by NUL.

    `is_new_only` leaves alone whatever the target has. Otherwise the paths are journals that were checked to be
    continuations, from a folder of ours, whose own attributes say nothing.
    """
    shell = ("-e", " ".join(_quoted(word) for word in ends.remote_shell)) if ends.remote_shell else ()
    return (
        "rsync",
        "--archive",
        f"--out-format={OUT_FORMAT}",
        "--outbuf=L",
        f"--timeout={timeout_seconds}",
        *((f"--bwlimit={bandwidth_kib}",) if bandwidth_kib else ()),
        "--files-from=-",
        "--from0",
        *((NEW_ONLY,) if is_new_only else ()),
        *(() if is_new_only or is_remote(ends.source) else ("--no-implied-dirs",)),
        *(shell if is_remote(ends.source) or is_remote(ends.target) else ()),
        "--",
        ends.source.rstrip("/") + "/",
        ends.target.rstrip("/") + "/",
    )


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "''") + "'" if not word or set(word) & set(" '\"") else word
