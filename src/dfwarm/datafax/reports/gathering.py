"""
Gather what is read of one file, block by block, and close it into a partial.

Memory is bounded whatever the file: rows and faults beyond a number are only counted, and the partial says so.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfwarm.datafax.image import Reference, read_reference
from dfwarm.datafax.record import Key
from dfwarm.datafax.reports.exact import Columns, Exact
from dfwarm.datafax.reports.finding import ROW, TEXTS_AT_MOST, FindingTable
from dfwarm.datafax.reports.partial import FileKind, Flag, Partial, Reading, pack_key
from dfwarm.datafax.reports.rule import NO_RECORD, RULES

RECORDS_AT_MOST = 16_000_000
"""Records of one file that are kept for the rules that need all of them: some 400 MB."""

FAULTS_AT_MOST = 1_000_000
"""Faults of one file that are located; more are counted."""

_COMMON = {"key": "<u8", "line": "<u4", "offset": "<u8", "fields": "<u2", "status": "u1", "level": "u1", "flags": "u1"}
_MEANT = {"plate": "<u2", "field": "<u4"}
_ASKED = {"code": "<u4", "usage": "u1"}
COLUMNS = {
    FileKind.PLATE: _COMMON,
    FileKind.NEW_QUEUE: _COMMON | {"plate": "<u2"},
    FileKind.QUERIES: _COMMON | _MEANT | _ASKED,
    FileKind.REASONS: _COMMON | _MEANT,
}
"""The columns of each kind of file but for the images."""

Column = NDArray[Any]
TOGETHER = 1_000
"""Records that were read plainly and are taken in one go."""


class Gathering:
    """The rows and faults of one file so far."""

    def __init__(self, file: bytes, reading: Reading) -> None:
        self._file = file
        self._reading = reading
        self._columns: dict[str, list[Column]] = {name: [] for name in COLUMNS[reading.kind]}
        self._images: list[Column] = []
        self._image_rows: list[Column] = []
        self._records = 0
        self._faults: list[tuple[int, int, int, int, int, int]] = []
        self._texts: list[str] = []
        self._faulty = 0
        self._unlocated = 0
        self._pending: list[tuple[int, int, Columns]] = []

    def take_rows(self, columns: dict[str, Column], has_image: NDArray[np.bool_], images: Column) -> None:
        """Take the records of a block; `images` go with those that have one."""
        count = len(columns["status"])
        room = RECORDS_AT_MOST - self._records
        if count > room:
            self._unlocated += count - room
            columns = {name: column[:room] for name, column in columns.items()}
            images, has_image, count = images[: np.count_nonzero(has_image[:room])], has_image[:room], room
        for name, dtype in COLUMNS[self._reading.kind].items():
            self._columns[name].append(columns[name].astype(dtype))
        self._image_rows.append(np.flatnonzero(has_image) + self._records)
        self._images.append(images)
        self._records += count

    def take_exact(self, number: int, offset: int, exact: Exact) -> None:
        """Take a line that was read plainly."""
        rules = [rule for rule, _ in exact.faults]
        self._faulty += bool(NO_RECORD.intersection(rules)) or not exact.columns
        for rule, text in exact.faults:
            self._take_fault(number, offset, RULES.index(rule), exact.key, text)
        for row in exact.columns:
            self._pending.append((number, offset, row))
        if len(self._pending) >= TOGETHER:
            self._take_pending()

    def _take_pending(self) -> None:
        """Take the records that were read plainly, many at once."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        rows = [row for _, _, row in pending]
        columns = {
            "key": np.array([pack_key(row.key.visit, row.key.subject) for row in rows], "u8"),
            "line": np.array([number for number, _, _ in pending], "u8"),
            "offset": np.array([offset for _, offset, _ in pending], "u8"),
            "fields": np.array([min(row.fields, 65_535) for row in rows]),
            "status": np.array([row.status for row in rows]),
            "level": np.array([row.level for row in rows]),
            "flags": np.array([self._flags(row) for row in rows]),
            "plate": np.array([row.key.plate for row in rows]),
            "field": np.array([row.field for row in rows]),
            "code": np.array([row.code for row in rows]),
            "usage": np.array([row.usage for row in rows]),
        }
        has_image = np.array([_is_kept(row) for row in rows])
        images = np.array([row.raster.ljust(12)[:12] for row in rows if _is_kept(row)], "S12")
        self.take_rows(columns, has_image, images)

    def _flags(self, row: Columns) -> int:
        is_missed = row.status == 0 and self._reading.kind is FileKind.PLATE
        return (0 if row.is_utf8 else Flag.NOT_UTF8) | (Flag.MISSED if is_missed else 0)

    def close(self, content: bytes, size: int, lines: int) -> Partial:
        """Put the records in order and make the partial."""
        self._take_pending()
        columns = {name: _join(parts, COLUMNS[self._reading.kind][name]) for name, parts in self._columns.items()}
        rows, images = _join(self._image_rows, "<u4"), _join(self._images, "S12")
        order = _order(columns)
        if len(order):
            columns = {name: column[order] for name, column in columns.items()}
            place = np.empty(len(order), "<u4")
            place[order] = np.arange(len(order), dtype="<u4")
            rows = place[rows]
            kept = np.argsort(rows, kind="stable")
            rows, images = rows[kept], images[kept]
        if self._reading.kind is FileKind.PLATE:
            columns["flags"] = columns["flags"] | _superseded(columns, rows, images)
        packed = tuple((name, dtype, columns[name].tobytes()) for name, dtype in COLUMNS[self._reading.kind].items())
        faults = np.array(self._faults, ROW)
        return Partial(
            self._file, self._reading, content, size, lines, self._faulty, self._unlocated,
            FindingTable(self._file, faults.tobytes(), tuple(self._texts)),
            (*packed, ("image_row", "<u4", rows.tobytes()), ("image", "S12", images.tobytes())),
        )  # fmt: skip

    def _take_fault(self, number: int, offset: int, rule: int, key: Key, text: str) -> None:
        if len(self._faults) >= FAULTS_AT_MOST:
            self._unlocated += 1
            return
        self._faults.append((number, offset, rule, key.plate & 0xFFFFFFFF, key.visit & 0xFFFFFFFF, key.subject))
        if len(self._texts) < TEXTS_AT_MOST:
            self._texts.append(text)


def _join(parts: list[Column], dtype: str) -> Column:
    """One column of its parts, which are let go."""
    whole = np.concatenate([np.empty(0, dtype), *parts]).astype(dtype, copy=False)
    parts.clear()
    return whole


def _is_kept(row: Columns) -> bool:
    """Whether the partial keeps the raster: it names an image, or it tells secondaries apart."""
    return row.status in (4, 5, 6) or read_reference(row.raster) is Reference.IMAGE


def _order(columns: dict[str, Column]) -> NDArray[np.intp]:
    """The order by plate, key, field and line; empty where the rows lie in it."""
    keys, lines, plates, fields = columns["key"], columns["line"], columns.get("plate"), columns.get("field")
    if plates is None and bool(((keys[1:] > keys[:-1]) | ((keys[1:] == keys[:-1]) & (lines[1:] > lines[:-1]))).all()):
        return np.empty(0, np.intp)
    order = np.argsort(lines, kind="stable")
    if fields is not None and plates is not None and (packed := _packed(plates, keys, fields)) is not None:
        return order[np.argsort(packed[order], kind="stable")]
    for column in (fields, keys, plates):
        order = order if column is None else order[np.argsort(column[order], kind="stable")]
    return order


def _packed(plates: Column, keys: Column, fields: Column) -> Column | None:
    """Plate, visit, subject and field in one number of the same order; nothing where that needs more than 64 bits."""
    subjects, visits = keys & np.uint64((1 << 48) - 1), keys >> np.uint64(48)
    parts = [plates.astype(np.uint64), visits, subjects, fields.astype(np.uint64)]
    widths = [int(part.max(initial=0)).bit_length() for part in parts]
    if sum(widths) > 64:
        return None
    packed = np.zeros(len(keys), np.uint64)
    for part, width in zip(parts, widths, strict=True):
        packed = packed << np.uint64(width) | part
    return packed


def _superseded(columns: dict[str, Column], rows: Column, images: Column) -> NDArray[np.uint8]:
    """Flag every record that a later line of the file replaces."""
    flags = np.zeros(len(columns["key"]), np.uint8)
    primaries = np.flatnonzero(columns["status"] <= 3)
    keys = columns["key"][primaries]
    flags[primaries[:-1][keys[1:] == keys[:-1]]] = Flag.SUPERSEDED
    is_secondary = columns["status"][rows] >= 4
    secondaries, rasters = rows[is_secondary], images[is_secondary]
    order = np.lexsort((columns["line"][secondaries], rasters, columns["key"][secondaries]))
    secondaries, rasters = secondaries[order], rasters[order]
    keys = columns["key"][secondaries]
    is_same = (keys[1:] == keys[:-1]) & (rasters[1:] == rasters[:-1])
    flags[secondaries[:-1][is_same]] = Flag.SUPERSEDED
    return flags
