"""Faults among page images: what DF_ICimages is there to find."""

import os
from pathlib import Path

from dfwarm.simulator.finding import Place
from dfwarm.simulator.lines import PLATE, change_line, draw_row, has_image, is_final, read_lines

_UNUSED = b"pages/0901/ZZZZ001"


def drop_image(study_dir: Path, seed: int) -> Place:
    """Remove an image that a record asks for."""
    path = _draw(study_dir, seed)
    _at(study_dir, path).unlink()
    return Place(path)


def hide_image(study_dir: Path, seed: int) -> Place:
    """Give an image the X of a deleted CRF while its record stays."""
    path = _draw(study_dir, seed)
    image = _at(study_dir, path)
    image.rename(image.with_name("X" + image.name))
    return Place(path)


def add_orphan_image(study_dir: Path, seed: int) -> Place:
    """Add an image that no record asks for."""
    return _add(study_dir, _UNUSED, b"\x89PNG\r\n\x1a\n%d" % seed)


def add_badly_named_image(study_dir: Path, seed: int) -> Place:
    """Add an image whose name is no image's name."""
    return _add(study_dir, b"pages/0901/scan of page.png", b"\x89PNG\r\n\x1a\n%d" % seed)


def empty_image(study_dir: Path, seed: int) -> Place:
    """Leave an image with no bytes, as a full disk would."""
    path = _draw(study_dir, seed)
    _at(study_dir, path).write_bytes(b"")
    return Place(path)


def spoil_image_kind(study_dir: Path, seed: int) -> Place:
    """Overwrite the first bytes of an image, by which its kind is known."""
    path = _draw(study_dir, seed)
    image = _at(study_dir, path)
    image.write_bytes(b"\0" * 16 + image.read_bytes()[16:])
    return Place(path)


def put_pipe_for_image(study_dir: Path, seed: int) -> Place:
    """Put a pipe in the place of an image: whoever opens it waits for ever."""
    path = _draw(study_dir, seed)
    _at(study_dir, path).unlink()
    os.mkfifo(_at(study_dir, path))
    return Place(path)


def add_lone_high_resolution(study_dir: Path, seed: int) -> Place:
    """Add a high-resolution image whose standard image is not there."""
    return _add(study_dir, b"pages_hd/0901/ZZZZ002", b"\x89PNG\r\n\x1a\n%d" % seed)


def share_image(study_dir: Path, seed: int) -> Place:
    """Let a record that had no image ask for the image of another key."""
    lines = read_lines(study_dir, PLATE)
    owner = lines[draw_row(lines, has_image, seed)].split(b"|")
    row = draw_row(lines, _has_no_image, seed)
    fields = lines[row].split(b"|")
    return change_line(study_dir, PLATE, row, b"|".join([*fields[:2], owner[2], *fields[3:]]))


def _has_no_image(fields: list[bytes]) -> bool:
    return is_final(fields) and not has_image(fields)


def _draw(study_dir: Path, seed: int) -> bytes:
    lines = read_lines(study_dir, PLATE)
    return b"pages/" + lines[draw_row(lines, has_image, seed)].split(b"|")[2]


def _add(study_dir: Path, path: bytes, content: bytes) -> Place:
    image = _at(study_dir, path)
    image.parent.mkdir(parents=True, exist_ok=True)
    image.write_bytes(content)
    return Place(path)


def _at(study_dir: Path, path: bytes) -> Path:
    return study_dir / os.fsdecode(path)
