"""What moved between two listings of a root, and the journal that was written last."""

import os
from collections.abc import Mapping

from dfwarm.datafax.journal import last_entry
from dfwarm.datafax.registration import Registration
from dfwarm.equipment.remembered import Memory
from dfwarm.facts.capture import NewestEntry
from dfwarm.gate.kept import Witness
from dfwarm.gate.roots import read_conf
from dfwarm.manifest.block import integers

NEVER_DUE_DAYS = 36_500
"""At a time point no byte is read again just because its turn has come."""


def moved_paths(witness: Witness, *, has_identities: bool = True) -> set[bytes]:
    """
    Every entry that is new, or of which a number moved, or whose bytes were not known before.

    A copy has other inodes and change times than its original: without identities they say nothing.
    """
    found: set[bytes] = set()
    for folder, memory in witness.changed.items():
        before = witness.known.get(folder)
        known = _rows(before, has_identities=has_identities) if before else {}
        block = memory.block
        found.update(
            block.path_of(name)
            for name, row in _rows(memory, has_identities=has_identities).items()
            if known.get(name) != row
        )
    return found


def _rows(memory: Memory, *, has_identities: bool) -> dict[bytes, tuple[object, ...]]:
    block = memory.block
    width = len(block.readings)
    columns = [block.column(number) for number in range(5)]
    if has_identities:
        columns += (integers(memory.identities[place * width : (place + 1) * width]) for place in range(3))
    targets = block.targets_by_row()
    digests = (block.digest_of(row) for row in range(len(block)))
    rows = zip(digests, *columns, strict=True)
    return {
        name: (*row, targets.get(number, b""))
        for number, (name, row) in enumerate(zip(block.list_names(), rows, strict=True))
    }


def newest_entry(registration: Registration, study_dir: bytes, roots: Mapping[str, bytes]) -> NewestEntry:
    """The journal that was written last, its size, and the time of its last line, of a study or its snapshot."""
    conf = read_conf(registration)
    live = os.path.join(registration.study_dir, conf.expand("DATABASE_DIR") or b"data")
    within = live.removeprefix(registration.study_dir.rstrip(b"/") + b"/")
    folder = roots.get("DATABASE_DIR") or os.path.join(study_dir, within)
    newest: tuple[int, bytes] = (0, b"")
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(b".jnl"):
                    newest = max(newest, (entry.stat(follow_symlinks=False).st_mtime_ns, entry.name))
        if not newest[1]:
            return NewestEntry(b"", 0, "")
        with open(os.path.join(folder, newest[1]), "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 65_536))
            tail = file.read()
    except OSError:
        return NewestEntry(b"", 0, "")
    return NewestEntry(newest[1], size, last_entry(tail))
