"""Faults in plate records: what DF_ICrecords is there to find."""

from pathlib import Path

from dfwarm.simulator.finding import Place
from dfwarm.simulator.lines import PLATE, append_line, change_line, draw_row, is_final, read_lines

_INITIALS, _STUDY, _PLATE, _SUBJECT, _CREATED = 7, 3, 4, 6, 13


def truncate_record(study_dir: Path, seed: int) -> Place:
    """Cut a record in the middle, as a crash while writing would."""
    row, fields = _draw(study_dir, seed)
    return change_line(study_dir, PLATE, row, b"|".join(fields[:10]) + b"\n")


def add_delimiter(study_dir: Path, seed: int) -> Place:
    """Let a text hold the delimiter, as a careless import would."""
    return _set(study_dir, seed, _INITIALS, b"A|B")


def set_wrong_study(study_dir: Path, seed: int) -> Place:
    """Give a record the number of another study."""
    return _set(study_dir, seed, _STUDY, b"998")


def set_wrong_plate(study_dir: Path, seed: int) -> Place:
    """Give a record the number of another plate."""
    return _set(study_dir, seed, _PLATE, b"499")


def spoil_stamp(study_dir: Path, seed: int) -> Place:
    """Give a record a time of creation that is none."""
    return _set(study_dir, seed, _CREATED, b"25/03/1 9:00")


def set_latin_text(study_dir: Path, seed: int) -> Place:
    """Put a Latin-1 letter in a text: legal, and no UTF-8."""
    return _set(study_dir, seed, _INITIALS, b"J\xfcrg")


def add_duplicate_primary(study_dir: Path, seed: int) -> Place:
    """Add a second primary record of the same key, with no image of its own."""
    _, fields = _draw(study_dir, seed)
    return append_line(study_dir, PLATE, _without_image(fields))


def add_superseded_version(study_dir: Path, seed: int) -> Place:
    """Append a newer version of a record and leave the old one, as a study server that is up does."""
    _, fields = _draw(study_dir, seed)
    fields[1] = b"%d" % (1 + int(fields[1]) % 7)
    return append_line(study_dir, PLATE, b"|".join(fields))


def add_orphan_secondary(study_dir: Path, seed: int) -> Place:
    """Add a secondary record whose key has no primary."""
    _, fields = _draw(study_dir, seed)
    fields[0], fields[_SUBJECT] = b"5", b"99999"
    return append_line(study_dir, PLATE, _without_image(fields))


def _draw(study_dir: Path, seed: int) -> tuple[int, list[bytes]]:
    lines = read_lines(study_dir, PLATE)
    row = draw_row(lines, is_final, seed)
    return row, lines[row].split(b"|")


def _set(study_dir: Path, seed: int, field: int, value: bytes) -> Place:
    row, fields = _draw(study_dir, seed)
    fields[field] = value
    return change_line(study_dir, PLATE, row, b"|".join(fields))


def _without_image(fields: list[bytes]) -> bytes:
    return b"|".join([*fields[:2], b"0000/0000000", *fields[3:]])
