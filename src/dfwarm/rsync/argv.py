"""What rsync is asked to do: the whole argv of a transfer."""

from dataclasses import dataclass

from dfwarm.errors import SourceRefused, ToolMissing
from dfwarm.rsync.options import (
    ACLS,
    DELETES,
    DELETES_LISTED,
    DESIGNATED,
    LISTED,
    PARTIAL,
    WHOLE,
    XATTRS,
    Option,
)
from dfwarm.rsync.version import RsyncVersion

NO_LIMIT = -1


@dataclass(frozen=True, slots=True)
class TransferOptions:
    """
    What one transfer is asked for beyond the designated options.

    `exclusions` are paths anchored at the root. `has_acls` and `has_xattrs` say that a side holds any: they cost 1.4
    times the run. `max_deletes` is a belt beneath the budget, which is judged before: rsync stops there with 25, after
    it has deleted that many.
    """

    exclusions: tuple[bytes, ...] = ()
    io_timeout_seconds: int = 300
    bandwidth_kib: int = 0
    is_listed: bool = False
    is_dry_run: bool = False
    has_acls: bool = False
    has_xattrs: bool = False
    max_deletes: int = NO_LIMIT


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
    say, and each that the source does not have is deleted. From a remote source nothing is deleted so: give it the
    paths that production has, then plan a second, local one from an empty folder with those that it has not. Any
    other transfer compares both trees itself. Raises ToolMissing where an rsync is too old for what must not be left
    out, and SourceRefused where an end is not a folder named from the root.
    """
    return (
        "rsync",
        *_words(DESIGNATED, versions),
        f"--timeout={options.io_timeout_seconds}",
        *((f"--bwlimit={options.bandwidth_kib}",) if options.bandwidth_kib else ()),
        *((f"--max-delete={options.max_deletes}",) if options.max_deletes != NO_LIMIT else ()),
        *(("--dry-run",) if options.is_dry_run else ()),
        *(_demand(ACLS, versions) if options.has_acls else ()),
        *(_demand(XATTRS, versions) if options.has_xattrs else ()),
        *_selection(ends, options, versions),
        *(("-e", _quote(ends.remote_shell)) if ends.remote_shell else ()),
        "--",
        _folder(ends.source),
        _folder(ends.target),
    )


def left_out(versions: tuple[RsyncVersion, RsyncVersion]) -> tuple[Option, ...]:
    """The designated options that one end is too old for: the record says them, so that nobody thinks they held."""
    return tuple(option for option in (*DESIGNATED, PARTIAL, *WHOLE) if not _can(option, versions))


def is_remote(place: str) -> bool:
    """Whether rsync takes a place for one on another host: a colon before any slash."""
    return ":" in place.partition("/")[0]


def _selection(ends: Ends, options: TransferOptions, versions: tuple[RsyncVersion, RsyncVersion]) -> tuple[str, ...]:
    if options.is_listed:
        deletes = () if is_remote(ends.source) else _demand(DELETES_LISTED, versions)
        partial = () if is_remote(ends.target) else _words((PARTIAL,), versions)
        return (*_words(LISTED, versions), *partial, *deletes)
    excluded = tuple(f"--exclude={_escape(path)}" for path in options.exclusions)
    return (*_words((PARTIAL, *WHOLE), versions), *_demand(DELETES, versions), *excluded)


def _folder(place: str) -> str:
    """A folder as rsync copies its content and not itself. An empty name would mean the root or somebody's home."""
    path = place.partition(":")[2] if is_remote(place) else place
    parts = path.rstrip("/").split("/")
    if len(parts) < 2 or parts[0] or ".." in parts:
        raise SourceRefused(
            f"{place!r} cannot be an end of a transfer",
            hint="Name the study's folder from the root, as /opt/studies/035.",
        )
    return place.rstrip("/") + "/"


def _words(options: tuple[Option, ...], versions: tuple[RsyncVersion, RsyncVersion]) -> tuple[str, ...]:
    return tuple(word for option in options if _can(option, versions) for word in option.words)


def _can(option: Option, versions: tuple[RsyncVersion, RsyncVersion]) -> bool:
    return not option.needs or all(version.can(option.needs) for version in versions)


def _demand(option: Option, versions: tuple[RsyncVersion, RsyncVersion]) -> tuple[str, ...]:
    """An option that may not be left out in silence."""
    for version in versions:
        if not version.can(option.needs):
            says = f"rsync {version.text} cannot do {' '.join(option.words)}"
            raise ToolMissing(says, hint="Install a newer rsync on that host.")
    return option.words


def _escape(path: bytes) -> str:
    """
    A path as a pattern that fits it alone, from the root.

    rsync reads a backslash as an escape only in a pattern that has a wildcard character.
    """
    text = "/" + path.decode("utf-8", "surrogateescape").lstrip("/")
    if not any(character in "*?[" for character in text):
        return text
    return "".join(f"\\{character}" if character in "*?[\\" else character for character in text)


def _quote(words: tuple[str, ...]) -> str:
    """Quote the remote shell as rsync reads it: blanks split, quotes hold together, a quote is doubled inside."""
    return " ".join(f"'{word.replace(chr(39), chr(39) * 2)}'" if _needs_quotes(word) else word for word in words)


def _needs_quotes(word: str) -> bool:
    return not word or any(character in " '\"" for character in word)
