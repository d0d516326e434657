"""Faults among queries: what DF_ICqcs is there to find."""

from pathlib import Path

from dfwarm.simulator.finding import Place
from dfwarm.simulator.lines import PLATE, QUERIES, REASONS, append_line, change_line, draw_row, is_final, read_lines

_UNASKED_FIELD = 97
_RESOLVED, _NEW = 5, 1
_STAMP = b"jack 25/03/28 12:00:00"


def add_free_floating_query(study_dir: Path, seed: int) -> Place:
    """Ask about a field of a record that is not there."""
    fields = _draw_final(study_dir, seed)
    fields[6] = b"99999"
    return append_line(study_dir, QUERIES, _query(fields, _RESOLVED))


def add_duplicate_query(study_dir: Path, seed: int) -> Place:
    """Ask twice about one field, both resolved."""
    asked = _query(_draw_final(study_dir, seed), _RESOLVED)
    append_line(study_dir, QUERIES, asked)
    return append_line(study_dir, QUERIES, asked)


def add_unresolved_on_final(study_dir: Path, seed: int) -> Place:
    """Ask a new query about a record that is final."""
    return append_line(study_dir, QUERIES, _query(_draw_final(study_dir, seed), _NEW))


def set_illegal_usage(study_dir: Path, seed: int) -> Place:
    """Ask a query that is neither external nor internal."""
    return append_line(study_dir, QUERIES, _query(_draw_final(study_dir, seed), _RESOLVED)[:-2] + b"9\n")


def spoil_creation(study_dir: Path, seed: int) -> Place:
    """Let a query say that it was asked in a month that there is not."""
    return _spoil(study_dir, seed, 18, b"jack 25/13/28 12:00:00")


def spoil_modification(study_dir: Path, seed: int) -> Place:
    """Let a query say when it was changed, but not by whom."""
    return _spoil(study_dir, seed, 19, b"25/03/28 12:00:00")


def spoil_resolution(study_dir: Path, seed: int) -> Place:
    """Let a query say by whom it was resolved, but not when."""
    return _spoil(study_dir, seed, 20, b"jack")


def spoil_reason(study_dir: Path, seed: int) -> Place:
    """Let a reason say a time of creation that is none."""
    lines = read_lines(study_dir, REASONS)
    row = draw_row(lines, lambda _: True, seed)
    fields = lines[row].split(b"|")
    fields[10] = b"jill 25/3/28"
    return change_line(study_dir, REASONS, row, b"|".join(fields))


def _spoil(study_dir: Path, seed: int, field: int, stamp: bytes) -> Place:
    fields = _query(_draw_final(study_dir, seed), _RESOLVED).split(b"|")
    fields[field] = stamp
    return append_line(study_dir, QUERIES, b"|".join(fields))


def _draw_final(study_dir: Path, seed: int) -> list[bytes]:
    lines = read_lines(study_dir, PLATE)
    return lines[draw_row(lines, is_final, seed)].split(b"|")


def _query(record: list[bytes], status: int) -> bytes:
    """A query of 22 fields with code 2, illegal, about a field that the study's own queries never ask about."""
    study, plate, visit, subject = record[3:7]
    resolved = _STAMP if status == _RESOLVED else b""
    return b"%d|2|0000/0000000|%s|%s|%s|%s|%d|1||1||Weight|060.0|2|1|Please verify||%s|%s|%s|1\n" % (
        status, study, plate, visit, subject, _UNASKED_FIELD, _STAMP, _STAMP, resolved,
    )  # fmt: skip
