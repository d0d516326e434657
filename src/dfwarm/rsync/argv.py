"""What rsync is asked to do: the designated options, each with its reason."""

from dataclasses import dataclass

from dfwarm.rsync.version import RsyncVersion

OUT_FORMAT = "%t [%p] %i %l %n%L"
"""Time, process, itemized code, length, name and link target: the deck's log with the length added."""

PARTIAL_DIR = ".dfwarm-partial"
"""Where rsync keeps what it has of a file whose transfer was cut. It is never compared and never left behind."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option, why it is there, and the capability that both ends need for it (none where every rsync has it)."""

    words: tuple[str, ...]
    reason: str
    needs: str = ""


DESIGNATED: tuple[Option, ...] = (
    Option(("--archive",), "folders, links, modes, times, owners and groups, as they are; owners by their names"),
    Option(("--hard-links",), "a file with two names stays one file"),
    Option(("--fsync",), "what rsync calls done is on the disk", needs="fsync"),
    Option((f"--partial-dir={PARTIAL_DIR}",), "a cut transfer leaves no half file under a study's own name"),
    Option(("--8-bit-output",), "names are printed as they are; only control characters are escaped"),
    Option(("--itemize-changes",), "one line for each path that is touched: the transfer is documentation"),
    Option((f"--out-format={OUT_FORMAT}",), "the line says when, by which process, what, how long and which path"),
    Option(("--stats",), "totals to hold the lines against"),
)

FORBIDDEN = frozenset({"-u", "--update", "--append", "--append-verify", "--inplace", "--ignore-existing", "--existing"})
"""Options that can leave an older or a mixed file on the standby and still end with status 0."""


@dataclass(frozen=True, slots=True)
class TransferOptions:
    """What one transfer is asked for beyond the designated options. `exclusions` are anchored at the root."""

    exclusions: tuple[bytes, ...] = ()
    io_timeout_seconds: int = 300
    bandwidth_kib: int = 0
    is_listed: bool = False
    is_dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Ends:
    """Where a transfer goes from and to, each as rsync names it, and the remote shell between them."""

    source: str
    target: str
    remote_shell: tuple[str, ...]


def plan_transfer(ends: Ends, options: TransferOptions, versions: tuple[RsyncVersion, RsyncVersion]) -> tuple[str, ...]:
    """
    The whole argv.

    A listed transfer takes the paths from standard input, separated by NUL: each is sent whatever its size and time
    say, and each that production does not have is deleted. Any other one compares both trees itself.
    """
    return (
        "rsync",
        *(word for option in DESIGNATED if _can(option, versions) for word in option.words),
        f"--timeout={options.io_timeout_seconds}",
        *((f"--bwlimit={options.bandwidth_kib}",) if options.bandwidth_kib else ()),
        *(("--dry-run",) if options.is_dry_run else ()),
        *_selection(options),
        *(("-e", _quote(ends.remote_shell)) if ends.remote_shell else ()),
        "--",
        ends.source.rstrip("/") + "/",
        ends.target.rstrip("/") + "/",
    )


def _selection(options: TransferOptions) -> tuple[str, ...]:
    if options.is_listed:
        return ("--files-from=-", "--from0", "--ignore-times", "--delete-missing-args", "--force")
    excluded = tuple(f"--exclude={_escape(path)}" for path in options.exclusions)
    return ("--delete-delay", *excluded)


def _can(option: Option, versions: tuple[RsyncVersion, RsyncVersion]) -> bool:
    return not option.needs or all(option.needs in version.capabilities for version in versions)


def _escape(path: bytes) -> str:
    """A path as a pattern: the characters that mean something in a pattern stand for themselves."""
    text = path.decode("utf-8", "surrogateescape")
    return "".join(f"\\{character}" if character in "*?[\\" else character for character in text)


def _quote(words: tuple[str, ...]) -> str:
    """Quote the remote shell as rsync reads it: blanks split, quotes hold together, a quote is doubled inside."""
    return " ".join(f"'{word.replace(chr(39), chr(39) * 2)}'" if _needs_quotes(word) else word for word in words)


def _needs_quotes(word: str) -> bool:
    return not word or any(character in " '\"" for character in word)
