"""The designated options of rsync, each with its reason, and those that are never asked for."""

from dataclasses import dataclass

OUT_FORMAT = "%t [%p] %i %l %n%L"
"""Time, process, itemized code, length, name and link target: the deck's log with the length added."""

PARTIAL_DIR = ".dfwarm-partial"
"""Where rsync keeps what it has of a file whose transfer was cut: beside the file, until it is whole."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option, why it is there, and the capability that both ends need for it (none where every rsync has it)."""

    words: tuple[str, ...]
    reason: str
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Abstention:
    """Options that a transfer never has, and why. A dangerous one can leave wrong bytes behind a status of 0."""

    words: tuple[str, ...]
    reason: str
    is_dangerous: bool = False


DESIGNATED: tuple[Option, ...] = (
    Option(("--archive",), "folders, links, modes, times, owners and groups, as they are; owners by their names"),
    Option(("--hard-links",), "a file with two names stays one file"),
    Option(
        ("--8-bit-output",), "names are printed as they are; only control characters are escaped", needs="8-bit-output"
    ),
    Option(("--itemize-changes",), "one line for each path that is touched: the transfer is documentation"),
    Option((f"--out-format={OUT_FORMAT}",), "the line says when, by which process, what, how long and which path"),
    Option(
        ("--outbuf=L",), "each line is written when it happens, so progress is seen and nothing waits", needs="outbuf"
    ),
    Option(
        ("--modify-window=-1",),
        "times are compared to the nanosecond: an edit within the same second is sent, a folder's time comes along",
        needs="modify-window-ns",
    ),
    Option(("--stats",), "totals to hold the lines against"),
)
"""Asked for in every transfer, where both ends can."""

PARTIAL = Option(
    (f"--partial-dir={PARTIAL_DIR}",),
    "a cut transfer leaves no half file under a study's own name, and the next one goes on from what arrived",
    needs="partial-dir",
)
"""Goes with WHOLE, and with LISTED unless the target is remote: rrsync makes one at the root, which nobody removes."""

WHOLE: tuple[Option, ...] = (
    Option(
        ("--no-inc-recursive",),
        "the whole list is known before the first change, so links and deletions are decided on all of it",
        needs="no-inc-recursive",
    ),
    Option(
        (f"--filter=R {PARTIAL_DIR}/",),
        "what a cut transfer left behind goes, also where its file is gone from production",
        needs="partial-dir",
    ),
)
"""Asked for where rsync compares both trees itself."""

DELETES = Option(
    ("--delete-delay",),
    "what production no longer has goes, but only after everything has arrived: a cut transfer deletes nothing",
    needs="delete-delay",
)
"""Goes with WHOLE, always: an rsync that is too old for it is refused."""

LISTED: tuple[Option, ...] = (
    Option(("--files-from=-", "--from0"), "exactly the paths that the manifests say; NUL between them fits every name"),
    Option(("--ignore-times",), "a listed path is sent whatever its size and time say: they can lie"),
    Option(("--force",), "a folder may give way to a file of its name"),
)
"""Asked for where the paths come from standard input, as the difference of two manifests."""

DELETES_LISTED = Option(
    ("--delete-missing-args",),
    "a listed path that production does not have goes from the standby, and no other one",
    needs="delete-missing-args",
)
"""Goes with LISTED, unless the source is remote: rrsync serves a read-only root and refuses the very word."""

ACLS = Option(("--acls",), "access control lists come along where a side holds any", needs="acls")
XATTRS = Option(("--xattrs",), "extended attributes come along where a side holds any", needs="xattrs")

ABSTAINED: tuple[Abstention, ...] = (
    Abstention(("-u", "--update"), "keeps a newer, altered file on the standby", is_dangerous=True),
    Abstention(
        ("--append", "--append-verify"),
        "leaves an old beginning before a new end when a journal's prefix changed; the equal times then hide it",
        is_dangerous=True,
    ),
    Abstention(
        ("--inplace",), "shows half a file under its name when cut, and writes through hard links", is_dangerous=True
    ),
    Abstention(("--ignore-existing", "--existing", "--size-only"), "passes over files that differ", is_dangerous=True),
    Abstention(("--ignore-errors",), "deletes although production could not be read whole", is_dangerous=True),
    Abstention(
        ("--remove-source-files", "--remove-sent-files"), "writes to production, which is only read", is_dangerous=True
    ),
    Abstention(("--insecure-links",), "follows a symbolic link of another account out of the root", is_dangerous=True),
    Abstention(
        ("--numeric-ids",), "the numbers of an account differ between hosts; the names are what the studies mean"
    ),
    Abstention(
        ("--delay-updates",),
        "needs room for every changed file twice and leaves .~tmp~ folders when cut, and gains nothing: the standby's"
        " server is down while rsync writes",
    ),
    Abstention(
        ("--fsync",),
        "waits for the disk once a file; after every transfer, and before the listing that proves it, the standby's"
        " gate forces the whole file system to the disk instead, folders too, in a tenth of the time",
    ),
    Abstention(("--open-noatime",), "fails on a file of another account, although it can be read"),
    Abstention(("-s", "--secluded-args"), "is refused by rrsync; since 3.2.4 rsync escapes its arguments by itself"),
    Abstention(("--progress", "--info=progress2"), "mixes carriage returns into the log; the lines themselves tell it"),
)

FORBIDDEN = frozenset(word for abstention in ABSTAINED if abstention.is_dangerous for word in abstention.words)
"""Options that can leave an older, a mixed or an unread file and still end with status 0."""
