"""
Write an export as a zip file. The same evidence gives the same bytes, whenever and by whomever it is exported.

Members stand in the order of their names with one time, one mode and no folders; what packs too tightly is stored, so
that the guard that reads an export never takes it for a bomb.
"""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dfwarm.equipment.durable import sync_folder
from dfwarm.errors import ExportRefused
from dfwarm.evidence.export.guard import MOST_RATIO, SMALL_BYTES
from dfwarm.evidence.export.layout import PAYLOAD, TAG_SUMS, strangers, wrap_in_bag

_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16
_UNIX = 3
_PACKED = (".gz", ".pdf", ".tsr", ".tsr2")


@dataclass(frozen=True, slots=True)
class Item:
    """One file of an export. `pieces` gives all of it, each time that it is asked."""

    name: str
    pieces: Callable[[], Iterator[bytes]]


def item_of(name: str, content: bytes) -> Item:
    """A small file whose bytes are at hand."""
    return Item(name, lambda: iter((content,)))


def write_export(target: Path, items: tuple[Item, ...], *, is_bag: bool) -> None:
    """Write the items whole or not at all. Raises ExportRefused where the target is there or a name is no export's."""
    wrapped = (*(Item(PAYLOAD + item.name, item.pieces) for item in items), *_tags(items)) if is_bag else items
    if strange := strangers(frozenset(item.name for item in wrapped)):
        raise ExportRefused(f"{strange[0]!r} is no file of an export", hint="Look at that folder of the archive.")
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with aside.open("xb") as file:
            with zipfile.ZipFile(file, "w") as archive:
                for item in sorted(wrapped, key=lambda each: each.name):
                    _add(archive, item)
            file.flush()
            os.fsync(file.fileno())
        os.link(aside, target)
    except OSError as error:
        hint = "Name another file with -o; one that is there is not replaced."
        raise ExportRefused(f"{target} cannot be written: {error.strerror}", hint=hint) from error
    finally:
        aside.unlink(missing_ok=True)
    sync_folder(target.resolve().parent)


def _tags(items: tuple[Item, ...]) -> tuple[Item, ...]:
    tags = wrap_in_bag({item.name: _digest_and_size(item) for item in items})
    sums = "".join(f"{hashlib.sha256(tags[name]).hexdigest()}  {name}\n" for name in sorted(tags))
    return tuple(item_of(name, content) for name, content in {**tags, TAG_SUMS: sums.encode()}.items())


def _digest_and_size(item: Item) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for piece in item.pieces():
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _add(archive: zipfile.ZipFile, item: Item) -> None:
    info = zipfile.ZipInfo(item.name, _TIME)
    info.create_system, info.external_attr = _UNIX, _MODE
    info.compress_type = zipfile.ZIP_STORED if _is_better_stored(item) else zipfile.ZIP_DEFLATED
    info.file_size = sum(map(len, item.pieces()))
    with archive.open(info, "w") as member:
        for piece in item.pieces():
            member.write(piece)


def _is_better_stored(item: Item) -> bool:
    if item.name.endswith(_PACKED):
        return True
    packer = zlib.compressobj()
    size = packed = 0
    for piece in item.pieces():
        size, packed = size + len(piece), packed + len(packer.compress(piece))
    packed += len(packer.flush())
    return size > SMALL_BYTES // 2 and size * 2 > MOST_RATIO * packed
