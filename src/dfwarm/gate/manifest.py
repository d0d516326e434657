"""The verb `manifest`: every entry below one root of a study, as a stream."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dfwarm.equipment.listings import Held, hold
from dfwarm.equipment.remembered import Kept, Notebook, Nothing, Remembered
from dfwarm.equipment.scan import scan
from dfwarm.facts.site import HostSite
from dfwarm.gate.kept import Witness, keep
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.stream import Blocks, encode
from dfwarm.terms import Side

MOST_WORKERS = 8


@dataclass(frozen=True, slots=True)
class Listed:
    """
    The last listing of a folder in this conversation.

    `copies` is where files that moved before it were copied as they were then, by their paths; empty where none were.
    `place` is the snapshot that was listed instead of the folder itself.
    """

    manifest: Manifest
    copies: bytes = b""
    place: bytes = b""


_LISTED: dict[bytes, Listed] = {}
_KEPT: dict[bytes, Kept] = {}
"""What this gate remembers of each root for as long as its session stands."""


def answer_manifest(site: HostSite, folder: bytes, answer: BinaryIO, *, is_full: bool, known: str) -> None:
    """
    Write the manifest of a folder. A full one reuses no digest and reads every byte.

    `known` names the blocks that the asker holds; where they are those that were remembered here they are not sent.
    """
    memory = _memory(site, folder)
    held = _held(memory, known)
    witness = Witness(Nothing() if is_full else memory)
    manifest = scan(folder, witness, workers=workers(), within_days=site.reproof_days)
    note_listed(folder, Listed(manifest))
    if site.side is Side.PRODUCTION:
        keep(folder, witness.now)
    answer.writelines(encode(manifest, held.blocks))


def note_listed(folder: bytes, listed: Listed) -> None:
    """Note the listing that the reports of this conversation shall speak of."""
    _LISTED[folder] = listed


def last_listed(folder: bytes) -> Listed | None:
    """The listing of a folder that was noted last."""
    return _LISTED.get(folder)


def workers() -> int:
    """One process for each processor that this one may use, two at least: while one waits for the disk one hashes."""
    return min(MOST_WORKERS, max(2, len(os.sched_getaffinity(0))))


def held_blocks(site: HostSite, folder: bytes, known: str) -> Blocks:
    """The blocks of the last listing of a root that was remembered, where the asker holds it by this name."""
    return _held(_memory(site, folder), known).blocks


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
