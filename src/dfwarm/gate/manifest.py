"""The verb `manifest`: every entry below one root of a study, as a stream."""

import os
from pathlib import Path
from typing import BinaryIO

from dfwarm.equipment.listings import Held, hold
from dfwarm.equipment.remembered import Kept, Notebook, Nothing, Remembered
from dfwarm.equipment.scan import scan
from dfwarm.facts.site import HostSite
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.stream import encode

MOST_WORKERS = 8

_LISTED: dict[bytes, Manifest] = {}
_KEPT: dict[bytes, Kept] = {}
"""What this gate remembers of each root for as long as its session stands."""


def answer_manifest(site: HostSite, folder: bytes, answer: BinaryIO, *, is_full: bool, known: str) -> None:
    """
    Write the manifest of a folder. A full one reuses no digest and reads every byte.

    `known` names the blocks that the asker holds; where they are those that were remembered here they are not sent.
    """
    memory = _memory(site, folder)
    held = _held(memory, known)
    remembered: Remembered = Nothing() if is_full else memory
    manifest = scan(folder, remembered, workers=workers(), within_days=site.reproof_days)
    _LISTED[folder] = manifest
    answer.writelines(encode(manifest, held.blocks))


def last_listed(folder: bytes) -> Manifest | None:
    """The manifest of a folder that this process answered last."""
    return _LISTED.get(folder)


def workers() -> int:
    """One process for each processor that this one may use, two at least: while one waits for the disk one hashes."""
    return min(MOST_WORKERS, max(2, len(os.sched_getaffinity(0))))


def _memory(site: HostSite, folder: bytes) -> Remembered:
    if not site.state:
        return Nothing()
    return _KEPT.setdefault(folder, Kept(Notebook(Path(site.state) / "remembered.sqlite", folder)))


def _held(memory: Remembered, known: str) -> Held:
    """The remembered blocks, where the asker holds the very same."""
    if not known:
        return Held()
    held = hold(each.block for each in memory.recall().values())
    return held if held.name == known else Held()
