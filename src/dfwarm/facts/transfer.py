"""The transfer in study words: one line for each change, by class and area."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from dfwarm.datafax.layout import area_of, image_identifier, live_image_of
from dfwarm.rsync.itemize import Change, Node, Update
from dfwarm.rsync.log import Log
from dfwarm.rsync.stderr import read_line
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
    """
    One line of `transfer.jsonl`.

    `path` is relative to the study; that of a deleted CRF is the image's new one, with its `X`. `size` is in bytes,
    -1 where there is none to say. `attributes` are what differed before. `target` is what a symlink points at or
    the other name of a hard link. `says` holds rsync's own words for an error.
    """

    change_class: ChangeClass
    area: Area
    path: bytes
    size: int
    is_directory: bool = False
    attributes: tuple[str, ...] = ()
    target: bytes = b""
    says: str = ""


_NOUNS: Mapping[Area, tuple[str, str]] = {
    Area.DATA: ("data file", "data files"),
    Area.JOURNAL: ("journal", "journals"),
    Area.PAGE_IMAGE: ("page image", "page images"),
    Area.SETUP: ("setup file", "setup files"),
    Area.EDIT_CHECK: ("edit check file", "edit check files"),
    Area.SCHEMA_HISTORY: ("stored setup", "stored setups"),
    Area.RETRIEVAL: ("retrieval file", "retrieval files"),
    Area.REPORT: ("report file", "report files"),
    Area.WORK: ("work file", "work files"),
    Area.OTHER: ("other file", "other files"),
}
_SENTENCES: Mapping[ChangeClass, str] = {
    ChangeClass.NEW: "{count} new {noun}",
    ChangeClass.UPDATED: "{count} {noun} changed",
    ChangeClass.ATTRIBUTES_ONLY: "{count} {noun} with other attributes only",
    ChangeClass.DELETED: "{count} {noun} deleted",
    ChangeClass.DELETED_CRF: "{count} CRF deleted",
    ChangeClass.HARD_LINK: "{count} {noun} linked",
    ChangeClass.ERROR: "complaints of rsync: {count}",
}
_SETUP_SAVED = "setup saved"
_UNNAMED = frozenset({(ChangeClass.NEW, Area.PAGE_IMAGE)})
"""Changes of every day, whose names nobody wants in a letter; they are all in `transfer.jsonl`."""


def read_transfer(log: Log, prefix: bytes = b"", within: bytes = b"") -> tuple[TransferLine, ...]:
    """
    Turn the lines of rsync into study language.

    The deletion of `N` together with a new `XN` in one folder is one deleted CRF. `prefix` is what rsync prints
    before the paths of a study, as `035/` in the deck's log; `within` is where a root that lies elsewhere belongs in
    the study, as `pages/`.
    """
    lines = [_line(change, prefix, within) for change in log.changes]
    deleted = {line.path for line in lines if line.change_class is ChangeClass.DELETED}
    created = {line.path for line in lines if line.change_class in (ChangeClass.NEW, ChangeClass.HARD_LINK)}
    renamed = {live_image_of(path) for path in created} & deleted
    told = (
        _as_deleted_crf(line, renamed)
        for line in lines
        if line.change_class is not ChangeClass.DELETED or line.path not in renamed
    )
    return (*told, *(_error(message, prefix, within) for message in log.messages))


def count_changes(lines: Iterable[TransferLine]) -> Mapping[str, int]:
    """Count by class and area, as `new page image`. Folders are not counted: they follow their files."""
    counted = Counter(f"{line.change_class} {line.area}" for line in lines if not line.is_directory)
    return dict(sorted(counted.items()))


def say_changes(lines: Iterable[TransferLine], *, named_at_most: int = 10) -> tuple[str, ...]:
    """Say what changed in a few sentences: deleted CRFs first, then area by area in the order of a study."""
    groups: defaultdict[tuple[ChangeClass, Area], list[TransferLine]] = defaultdict(list)
    for line in lines:
        if not line.is_directory:
            groups[line.change_class, line.area].append(line)
    return tuple(_say(*group, groups[group], named_at_most) for group in sorted(groups, key=_order))


def _line(change: Change, prefix: bytes, within: bytes) -> TransferLine:
    path = _within_study(change.path, prefix, within)
    return TransferLine(
        _class_of(change),
        area_of(path),
        path,
        change.size,
        change.node is Node.DIRECTORY,
        tuple(sorted(attribute.says for attribute in change.attributes)),
        change.target,
    )


def _within_study(path: bytes, prefix: bytes, within: bytes) -> bytes:
    if within and path == b".":
        return within.rstrip(b"/")
    return within + path.removeprefix(prefix)


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


def _error(message: bytes, prefix: bytes, within: bytes) -> TransferLine:
    """A remark of rsync's. Its path, where it names one, is the host's own and is kept as it stands."""
    remark = read_line(message)
    area = Area.OTHER if remark.path.startswith(b"/") else area_of(_within_study(remark.path, prefix, within))
    return TransferLine(ChangeClass.ERROR, area, remark.path, -1, says=remark.say())


def _order(group: tuple[ChangeClass, Area]) -> tuple[bool, int, int]:
    change_class, area = group
    return change_class is not ChangeClass.DELETED_CRF, list(Area).index(area), list(ChangeClass).index(change_class)


def _say(change_class: ChangeClass, area: Area, lines: list[TransferLine], named_at_most: int) -> str:
    names = sorted(_name(line) for line in lines)
    if (change_class, area) == (ChangeClass.NEW, Area.SCHEMA_HISTORY):
        return f"{_SETUP_SAVED} (schema {_some(names, named_at_most)})"
    noun = _NOUNS[area][len(lines) > 1]
    sentence = _SENTENCES[change_class].format(count=f"{len(lines):,}", noun=noun)
    return sentence if (change_class, area) in _UNNAMED else f"{sentence} ({_some(names, named_at_most)})"


def _name(line: TransferLine) -> str:
    """The shortest name that a person of the study knows the path by."""
    if line.change_class is ChangeClass.ERROR:
        return line.says
    if line.area is Area.PAGE_IMAGE and (identifier := image_identifier(line.path)):
        return spell(identifier)
    return spell(line.path if line.area is Area.OTHER else line.path.partition(b"/")[2] or line.path)


def _some(names: list[str], most: int) -> str:
    rest = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
