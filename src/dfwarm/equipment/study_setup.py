"""Read what a study's own setup says: plates, fields, choices, missing codes. No link is followed."""

import os
from dataclasses import dataclass

from dfwarm.datafax.maps import MISSING_WITHOUT_MAP, Code, parse_missing_map
from dfwarm.datafax.setup import PlateSetup, Setup, infer_setup
from dfwarm.datafax.setup_json import BYTES_AT_MOST, is_json, parse_setup
from dfwarm.equipment.descent import Descent
from dfwarm.equipment.study_files import open_study_file
from dfwarm.errors import SetupUnreadable

_HEADER_FIELDS, _TRAILER_FIELDS = 7, 3
_MAP_AT_MOST = 1 << 20


@dataclass(frozen=True, slots=True)
class StudySetup:
    """A study's setup, the codes that stand for a missing value anywhere, and what the reader must know of both."""

    setup: Setup
    missing: tuple[bytes, ...]
    notes: tuple[str, ...]

    def choices(self, plate: int) -> tuple[tuple[int, tuple[bytes, ...]], ...]:
        """The user's fields of a plate that have a list of codes: place from 1, and all that may stand there."""
        known = self.setup.by_number.get(plate)
        return tuple(self._choices(known)) if known else ()

    def _choices(self, plate: PlateSetup) -> list[tuple[int, tuple[bytes, ...]]]:
        users = range(_HEADER_FIELDS + 1, plate.field_count - _TRAILER_FIELDS + 1)
        return [
            (field.place, tuple(sorted({*_padded(field.codes), *self.missing})))
            for field in plate.fields
            if field.codes and field.place in users
        ]


def read_setup(study_dir: bytes) -> StudySetup:
    """Read `lib/DFsetup` and `lib/DFmissing_map`. Raises SetupUnreadable where DFsetup is JSON and broken."""
    text = _read(study_dir, b"DFsetup", BYTES_AT_MOST + 1)
    if isinstance(text, str) or not is_json(text):
        why = text if isinstance(text, str) else "is not of the JSON kind"
        setup, notes = infer_setup({}), [f"lib/DFsetup {why}, so field counts are inferred and no choice is checked"]
    else:
        setup, notes = _parse(study_dir, text), []
    codes: tuple[Code, ...] = MISSING_WITHOUT_MAP
    map_text = _read(study_dir, b"DFmissing_map", _MAP_AT_MOST)
    if isinstance(map_text, bytes):
        missing_map = parse_missing_map(map_text)
        codes = missing_map.rows
        notes += [f"lib/DFmissing_map line {fault.line:,}: {fault.why}" for fault in missing_map.faults]
    notes += [f"lib/DFsetup: {fault}" for fault in setup.faults]
    return StudySetup(setup, tuple(code.code for code in codes), tuple(notes))


def setup_for_all(study_dir: bytes) -> tuple[StudySetup, tuple[str, ...]]:
    """The setup, or where it is broken none, with the gap that this makes in every report that needs it."""
    try:
        return read_setup(study_dir), ()
    except SetupUnreadable as error:
        return StudySetup(infer_setup({}), (b"*",), ()), (f"{error}, so the rules of the setup were not held",)


def _parse(study_dir: bytes, text: bytes) -> Setup:
    try:
        return parse_setup(text)
    except SetupUnreadable as error:
        raise SetupUnreadable(f"{os.fsdecode(study_dir)}/{error}") from error


def _read(study_dir: bytes, name: bytes, most: int) -> bytes | str:
    """The first bytes of a file in `lib`, or why there are none."""
    try:
        with Descent(study_dir) as descent:
            folder = descent.open(b"lib")
            try:
                descriptor = open_study_file(folder, name)
            finally:
                os.close(folder)
        with os.fdopen(descriptor, "rb") as file:
            return file.read(most)
    except FileNotFoundError:
        return "is not there"
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def _padded(codes: tuple[str, ...]) -> set[bytes]:
    """The codes, and the same padded with zeros to the length of the longest."""
    longest = max(map(len, codes))
    return {code.rjust(width, "0").encode() for code in codes for width in range(len(code), longest + 1)}
