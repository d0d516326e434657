"""The verb `manifest`: every entry below one root of a study, as a stream."""

import os
from pathlib import Path
from typing import BinaryIO

from dfwarm.equipment.remembered import Notebook, Nothing, Remembered
from dfwarm.equipment.scan import scan
from dfwarm.facts.site import HostSite
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.stream import encode

MOST_WORKERS = 8

_LISTED: dict[bytes, Manifest] = {}


def answer_manifest(site: HostSite, folder: bytes, answer: BinaryIO, *, is_full: bool) -> None:
    """Write the manifest of a folder. A full one reuses no digest and reads every byte."""
    manifest = scan(folder, _memory(site, folder, is_full=is_full), workers=workers(), within_days=site.reproof_days)
    _LISTED[folder] = manifest
    answer.writelines(encode(manifest))


def last_listed(folder: bytes) -> Manifest | None:
    """The manifest of a folder that this process answered last."""
    return _LISTED.get(folder)


def workers() -> int:
    """One process for each processor that this one may use, two at least: while one waits for the disk one hashes."""
    return min(MOST_WORKERS, max(2, len(os.sched_getaffinity(0))))


def _memory(site: HostSite, folder: bytes, *, is_full: bool) -> Remembered:
    if is_full or not site.state:
        return Nothing()
    return Notebook(Path(site.state) / "remembered.sqlite", folder)
