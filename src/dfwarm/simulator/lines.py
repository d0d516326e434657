"""Lines of a simulated data file, read and written back whole."""

import os
import random
from collections.abc import Callable
from pathlib import Path

from dfwarm.simulator.finding import Place

PLATE = b"data/plt001.dat"
QUERIES = b"data/DFqc.dat"
REASONS = b"data/DFreason.dat"


def read_lines(study_dir: Path, name: bytes) -> list[bytes]:
    """Every line of a data file with its newline."""
    return (study_dir / os.fsdecode(name)).read_bytes().splitlines(keepends=True)


def write_lines(study_dir: Path, name: bytes, lines: list[bytes]) -> None:
    """Write a data file anew."""
    (study_dir / os.fsdecode(name)).write_bytes(b"".join(lines))


def append_line(study_dir: Path, name: bytes, line: bytes) -> Place:
    """Put a line at the end of a data file."""
    lines = [*read_lines(study_dir, name), line]
    write_lines(study_dir, name, lines)
    return Place(name, len(lines))


def change_line(study_dir: Path, name: bytes, row: int, line: bytes) -> Place:
    """Put another line in the place of one; `row` counts from 0."""
    lines = read_lines(study_dir, name)
    lines[row] = line
    write_lines(study_dir, name, lines)
    return Place(name, row + 1)


def draw_row(lines: list[bytes], fits: Callable[[list[bytes]], bool], seed: int) -> int:
    """Draw one of the lines whose fields fit. A study without any can not play this fault."""
    rows = [row for row, line in enumerate(lines) if fits(line.split(b"|"))]
    if not rows:
        raise LookupError("the simulated study has no record that this fault can be put on")
    return random.Random(seed).choice(rows)


def is_final(fields: list[bytes]) -> bool:
    """Tell whether this is a final primary record."""
    return fields[0] == b"1"


def has_image(fields: list[bytes]) -> bool:
    """Tell whether this is a final record with a page image."""
    return is_final(fields) and fields[2][4:5] == b"/" and not fields[2].startswith(b"0000")
