"""What a data file holds as a set of records, whatever their order: for files that a study server wrote anew."""

from dataclasses import dataclass

PATHS_AT_MOST = 16
"""Files of one question."""

LONGEST_PATH = 100
"""Bytes of a path that fits one word of a question."""

UNTIL_STOPPED = "the standby's server ran until this cycle stopped it"
WHILE_STOPPED = "the standby's server ran again before this cycle started it"


@dataclass(frozen=True, slots=True)
class RecordSet:
    """
    One data file, read once.

    `sha256` is that of its bytes as they are, `records` that of its lines in the order of their bytes, `lines` their
    count. `problem` says why it is no set of records; the digests are empty then.
    """

    path: bytes
    sha256: str
    records: str
    lines: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RecordSets:
    """The data files that were asked for, in that order."""

    sets: tuple[RecordSet, ...]


def say_how(standby_ran: str) -> str:
    """How data files are held against each other: a server that was not seen to run wrote none of them anew."""
    if standby_ran:
        return f"byte for byte, and by their records where the policy says so: {standby_ran}"
    return "byte for byte: the standby's server was not seen to run"


def spell_word(path: bytes) -> str:
    """A path as a word of the gate's grammar."""
    return path.hex()


def read_word(word: str) -> bytes:
    """Read a path back. Raises ValueError, also for a path that does not lie below the root."""
    path = bytes.fromhex(word)
    if b"\0" in path or path.startswith(b"/") or {b"", b".", b".."} & set(path.split(b"/")):
        raise ValueError(f"{path[:LONGEST_PATH]!r} does not lie below the root")
    return path
