"""The circumstances of a cycle that its statement names: who the parties were, what was in scope."""

from dataclasses import dataclass, field
from datetime import datetime

from dfwarm.terms import Side


@dataclass(frozen=True, slots=True)
class RootFolder:
    """One root of the study on one side, by its key."""

    key: str
    folder: bytes


@dataclass(frozen=True, slots=True)
class PartyRecord:
    """
    One side as it was found. What was not learnt is empty.

    `host_keys` are the fingerprints of the keys that are pinned for it; a side on the controller's own host has none.
    """

    side: Side
    hostname: str
    machine_id: str = ""
    host_keys: tuple[str, ...] = ()
    os: str = ""
    account: str = ""
    zone: str = ""
    roots: tuple[RootFolder, ...] = ()
    datafax: str = ""
    software: str = ""
    python: str = ""
    rsync: str = ""
    ssh: str = ""


@dataclass(frozen=True, slots=True)
class TimelineRecord:
    """When what happened. What did not happen has no time."""

    preflight_began_at: datetime | None = None
    frozen_at: datetime | None = None
    manifest_completed_production_at: datetime | None = None
    transfer_ended_at: datetime | None = None
    manifest_completed_standby_at: datetime | None = None
    released_at: datetime | None = None
    verified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ManifestRecord:
    """
    The listings of one root, as files of the bundle.

    Digests are SHA-256 of the plain texts, before compression, of what is in scope. Where a side's text is the same
    as the other's only one of the two is kept.
    """

    root: str
    production_sums: str
    standby_sums: str
    production_mtree: str
    standby_mtree: str


@dataclass(frozen=True, slots=True)
class ContentRecord:
    """What was listed on production: counts in scope and what moved since the last cycle that proved equality."""

    directories: int = 0
    links: int = 0
    manifests: tuple[ManifestRecord, ...] = ()
    added: int = 0
    changed: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class ControlRecord:
    """The negative control: where a difference of one bit was seeded, in how many roots, and whether it was found."""

    seeded_path: bytes
    expected: int
    is_detected: bool


@dataclass(frozen=True, slots=True)
class RawReport:
    """The text of a report on a side as it was printed, by its SHA-256."""

    name: str
    side: Side
    sha256: str


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """The program itself: digests in hex, empty where they are not known."""

    digest: str = ""
    sbom_digest: str = ""
    installation_report_digest: str = ""
    operation_report_digest: str = ""
    qualified_for: str = ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All of it. A record of an earlier release has none."""

    kind: str = "manual"
    parties: tuple[PartyRecord, ...] = ()
    timeline: TimelineRecord = field(default_factory=TimelineRecord)
    content: ContentRecord = field(default_factory=ContentRecord)
    control: tuple[ControlRecord, ...] = ()
    raw_reports: tuple[RawReport, ...] = ()
    build: BuildRecord = field(default_factory=BuildRecord)
