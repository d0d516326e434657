"""Faults in the bytes of a line: what a crash, a careless import or another system's line ends leave behind."""

import os
from pathlib import Path

from dfwarm.simulator.finding import Place
from dfwarm.simulator.lines import PLATE, append_line, change_line, draw_row, is_final, read_lines

_STATUS, _LEVEL, _RASTER, _SUBJECT, _INITIALS, _CHOICE, _MODIFIED = 0, 1, 2, 6, 7, 9, 14


def cut_last_line(study_dir: Path, _seed: int) -> Place:
    """Leave the last line without its end, as a crash while writing would."""
    lines = read_lines(study_dir, PLATE)
    (study_dir / os.fsdecode(PLATE)).write_bytes(b"".join(lines)[:-1])
    return Place(PLATE, len(lines))


def add_blank_line(study_dir: Path, _seed: int) -> Place:
    """Add a line with nothing in it."""
    return append_line(study_dir, PLATE, b"\n")


def end_with_carriage_return(study_dir: Path, seed: int) -> Place:
    """End a line as another system does."""
    row, fields = _draw(study_dir, seed)
    return change_line(study_dir, PLATE, row, b"|".join(fields)[:-1] + b"\r\n")


def set_nul_byte(study_dir: Path, seed: int) -> Place:
    """Put a byte in a text that no program writes, as a bad disk would."""
    return _set(study_dir, seed, _INITIALS, b"A\0B")


def set_long_text(study_dir: Path, seed: int) -> Place:
    """Make a record longer than the vendor's import takes."""
    return _set(study_dir, seed, _INITIALS, b"A" * 5_000)


def set_endless_text(study_dir: Path, seed: int) -> Place:
    """Make a line longer than any reader keeps."""
    return _set(study_dir, seed, _INITIALS, b"A" * 100_000)


def drop_last_delimiter(study_dir: Path, seed: int) -> Place:
    """Take the delimiter from the end of a record."""
    row, fields = _draw(study_dir, seed)
    return change_line(study_dir, PLATE, row, b"|".join(fields[:-1]) + b"\n")


def set_illegal_status(study_dir: Path, seed: int) -> Place:
    """Give a record a status that there is not."""
    return _set(study_dir, seed, _STATUS, b"9")


def set_illegal_level(study_dir: Path, seed: int) -> Place:
    """Give a record a level that there is not."""
    return _set(study_dir, seed, _LEVEL, b"8")


def set_illegal_subject(study_dir: Path, seed: int) -> Place:
    """Give a record the subject 0, which nobody is."""
    return _set(study_dir, seed, _SUBJECT, b"0")


def spoil_modification(study_dir: Path, seed: int) -> Place:
    """Give a record a time of modification that is none."""
    return _set(study_dir, seed, _MODIFIED, b"25/02/30x10:00:00")


def set_impossible_image(study_dir: Path, seed: int) -> Place:
    """Let a record ask for an image by a name that none can have."""
    lines = read_lines(study_dir, PLATE)
    row = draw_row(lines, lambda fields: is_final(fields) and fields[_RASTER][4:5] != b"/", seed)
    fields = lines[row].split(b"|")
    fields[_RASTER] = b"../../passwd"
    return change_line(study_dir, PLATE, row, b"|".join(fields))


def set_code_outside_list(study_dir: Path, seed: int) -> Place:
    """Give a choice a code that its list does not have."""
    return _set(study_dir, seed, _CHOICE, b"7")


def _draw(study_dir: Path, seed: int) -> tuple[int, list[bytes]]:
    lines = read_lines(study_dir, PLATE)
    row = draw_row(lines, is_final, seed)
    return row, lines[row].split(b"|")


def _set(study_dir: Path, seed: int, field: int, value: bytes) -> Place:
    row, fields = _draw(study_dir, seed)
    fields[field] = value
    return change_line(study_dir, PLATE, row, b"|".join(fields))
