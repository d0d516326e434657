"""The transfer in study words: one line for each change, by class and area."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from dfwarm.datafax.layout import area_of, live_image_of
from dfwarm.rsync.itemize import Change, Node, Update
from dfwarm.rsync.log import Log
from dfwarm.spelling import spell
from dfwarm.terms import Area


class ChangeClass(StrEnum):
    """What a change was."""

    NEW = "new"
    UPDATED = "updated"
    ATTRIBUTES_ONLY = "attributes only"
    DELETED = "deleted"
    DELETED_CRF = "deleted CRF"
    HARD_LINK = "hard link"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class TransferLine:
    """One line of `transfer.jsonl`. `size` is in bytes, -1 where there is none to say."""

    change_class: ChangeClass
    area: Area
    path: bytes
    size: int
    is_directory: bool = False


def read_transfer(log: Log, prefix: bytes = b"") -> tuple[TransferLine, ...]:
    """
    Turn the lines of rsync into study language.

    The deletion of `N` together with a new `XN` in one folder is one deleted CRF. `prefix` is what rsync prints
    before the paths of a study, as `035/` in the deck's log.
    """
    lines = [_line(change, prefix) for change in log.changes]
    deleted = {line.path for line in lines if line.change_class is ChangeClass.DELETED}
    created = {line.path for line in lines if line.change_class in (ChangeClass.NEW, ChangeClass.HARD_LINK)}
    renamed = {live_image_of(path) for path in created} & deleted
    told = (_as_deleted_crf(line, renamed) for line in lines if line.path not in renamed)
    errors = (TransferLine(ChangeClass.ERROR, Area.OTHER, message, -1) for message in log.messages)
    return (*told, *errors)


def count_changes(lines: Iterable[TransferLine]) -> Mapping[str, int]:
    """Count by class and area, as `new page image`. Folders are not counted: they follow their files."""
    counted = Counter(f"{line.change_class} {line.area}" for line in lines if not line.is_directory)
    return dict(sorted(counted.items()))


def say_changes(lines: Iterable[TransferLine], *, named_at_most: int = 10) -> tuple[str, ...]:
    """Say what changed in a few sentences, with the names of deleted CRFs and new schema versions."""
    told = tuple(line for line in lines if not line.is_directory)
    deleted = [spell(live_image_of(line.path)) for line in told if line.change_class is ChangeClass.DELETED_CRF]
    schemas = [
        spell(line.path.rpartition(b"/")[2])
        for line in told
        if line.area is Area.SCHEMA_HISTORY and line.change_class is ChangeClass.NEW
    ]
    counts = Counter(
        (line.change_class, line.area) for line in told if line.change_class is not ChangeClass.DELETED_CRF
    )
    sentences = [
        f"{count:,} {area} {_files(count)} {change_class}" for (change_class, area), count in sorted(counts.items())
    ]
    if deleted:
        sentences.append(f"{len(deleted):,} CRF deleted: {_some(deleted, named_at_most)}")
    if schemas:
        sentences.append(f"setup saved: {_some(schemas, named_at_most)}")
    return tuple(sentences)


def _line(change: Change, prefix: bytes) -> TransferLine:
    path = change.path.removeprefix(prefix)
    is_directory = change.node is Node.DIRECTORY
    return TransferLine(_class_of(change), area_of(path), path, change.size, is_directory)


def _class_of(change: Change) -> ChangeClass:
    if change.update is Update.DELETED:
        return ChangeClass.DELETED
    if change.update is Update.HARD_LINK:
        return ChangeClass.HARD_LINK
    if change.is_new:
        return ChangeClass.NEW
    return ChangeClass.ATTRIBUTES_ONLY if change.update is Update.ATTRIBUTES else ChangeClass.UPDATED


def _as_deleted_crf(line: TransferLine, renamed: set[bytes]) -> TransferLine:
    if line.change_class in (ChangeClass.NEW, ChangeClass.HARD_LINK) and live_image_of(line.path) in renamed:
        return replace(line, change_class=ChangeClass.DELETED_CRF)
    return line


def _files(count: int) -> str:
    return "file" if count == 1 else "files"


def _some(names: list[str], most: int) -> str:
    rest = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
