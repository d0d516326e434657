"""Faults in journals, the new queue and the setup."""

import os
from pathlib import Path

from dfwarm.simulator.finding import Place
from dfwarm.simulator.lines import PLATE, append_line, draw_row, is_final, read_lines

_TIPS = b"lib/DFtips"


def truncate_journal(study_dir: Path, seed: int) -> Place:
    """Lose the end of the oldest journal."""
    path, place = _oldest_journal(study_dir)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2 + seed % 7])
    return place


def rewrite_journal(study_dir: Path, seed: int) -> Place:
    """Change one old byte of the oldest journal; its size stays."""
    path, place = _oldest_journal(study_dir)
    content = bytearray(path.read_bytes())
    content[seed % (len(content) // 2)] ^= 1
    path.write_bytes(bytes(content))
    return place


def grow_new_queue(study_dir: Path, seed: int) -> Place:
    """Let a page arrive that nobody asked about, as the inbound server does at any time."""
    lines = read_lines(study_dir, PLATE)
    fields = lines[draw_row(lines, is_final, seed)].split(b"|")
    arrived = b"|".join([b"0", b"0", b"0000/0000000", *fields[3:]])
    return append_line(study_dir, b"data/DFin.dat", arrived)


def forbid_reading(study_dir: Path, _seed: int) -> Place:
    """
    Take every permission from a setup file, as on the deck's own log.

    Root reads it all the same, so only another user meets the error.
    """
    (study_dir / os.fsdecode(_TIPS)).chmod(0)
    return Place(_TIPS)


def _oldest_journal(study_dir: Path) -> tuple[Path, Place]:
    path = min((study_dir / "data").glob("*.jnl"))
    return path, Place(os.fsencode(path.relative_to(study_dir)))
