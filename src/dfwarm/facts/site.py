"""What one host says of its own DataFax: where it stands, how it is stopped and asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dfwarm.facts.snapshot import SnapshotSource
from dfwarm.terms import Side

PLACEHOLDERS = ("study", "study_dir", "datafax_dir")

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class Release(StrEnum):
    """The line of DataFax or DFdiscover releases; each has its own control commands."""

    DATAFAX_4 = "4"
    DATAFAX_2014 = "2014"
    DFDISCOVER_5 = "5"


class StopScope(StrEnum):
    """What "stop DataFax" means on a side: one study, or the whole server as in the deck."""

    STUDY = "study"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class CommandOverrides:
    """The site's own control commands; an empty one means the command of the release."""

    start: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    restrict: tuple[str, ...] = ()
    inbound_off: tuple[str, ...] = ()
    inbound_on: tuple[str, ...] = ()
    inbound_query: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportCommand:
    """A report by its name and the command that prints it."""

    name: str
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HostSite:
    """
    One side's DataFax as its own host knows it.

    An empty `users` or `server_status` is a question that the site chose not to ask; the letter says so. `state` is
    the folder where this host remembers digests; every byte is read again within `reproof_days`. `config` is the file
    that this was read from, for the watchdog.
    """

    side: Side
    datafax_dir: bytes
    release: Release
    stop: StopScope
    commands: CommandOverrides = CommandOverrides()
    reports: tuple[ReportCommand, ...] = ()
    has_vendor_reports: bool = True
    users: tuple[str, ...] = ()
    server_status: bytes = b""
    state: str = ""
    reproof_days: int = 7
    config: str = field(default="", compare=False)
    staging: str = ""
    call_log: str = ""
    authorized_keys: str = ""
    snapshot: SnapshotSource | None = None

    def report_commands(self, vendor: tuple[ReportCommand, ...]) -> tuple[ReportCommand, ...]:
        """The reports to run: the vendor's unless switched off, where the site's replace those of the same name."""
        reports = {report.name: report for report in vendor} if self.has_vendor_reports else {}
        return tuple((reports | {report.name: report for report in self.reports}).values())

    def fill(self, argv: tuple[str, ...], *, study: str, study_dir: bytes) -> tuple[str, ...]:
        """Put the study and its folders into a command. A placeholder of another name raises ValueError."""
        values = {"study": study, "study_dir": _text(study_dir), "datafax_dir": _text(self.datafax_dir)}
        return tuple(_fill_word(word, values) for word in argv)


def unknown_placeholders(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The placeholders of a command that no value stands for."""
    return tuple(name for word in argv for name in _PLACEHOLDER.findall(word) if name not in PLACEHOLDERS)


def _fill_word(word: str, values: Mapping[str, str]) -> str:
    if unknown := unknown_placeholders((word,)):
        raise ValueError(f"no value for {{{unknown[0]}}}")
    return _PLACEHOLDER.sub(lambda match: values[match[1]], word)


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
