"""Folders that a freeze need not open: how they are chosen, and that nothing which moves in one goes unseen."""

import os
import time
from pathlib import Path

import pytest

from dfwarm.datafax.layout import holds_images
from dfwarm.equipment.quiet import moved_in_quiet, quiet_folders, still_quiet
from dfwarm.equipment.remembered import Memory
from dfwarm.equipment.scan import scan
from dfwarm.equipment.walk import NOBODY
from dfwarm.gate.kept import Witness
from dfwarm.manifest.listing import Manifest

OLD, NEW = b"pages/0901", b"pages/2552"
LATER = time.time_ns() + 3600 * 1_000_000_000
"""A look that comes long after everything was written."""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    for folder in ("pages/0901", "pages/0902", "lib", "data", "pages/2552"):
        place = tmp_path / folder
        place.mkdir(parents=True)
        for number in range(4):
            (place / f"000{number}001").write_bytes(os.urandom(20))
        time.sleep(0.02)
    return tmp_path


def known(study: Path) -> dict[bytes, Memory]:
    """What is known of a study whose files are all old enough to be sure of."""
    witness = Witness(None, {})
    scan(os.fsencode(study), witness)
    return {path: Memory(m.seen, m.block, m.identities, b"", m.linked) for path, m in witness.now.items()}


def look(study: Path, memories: dict[bytes, Memory], busy: int = 4) -> tuple[Manifest, Witness, set[bytes]]:
    trusted = quiet_folders(memories, holds_images, LATER, busy_entries=busy)
    witness = Witness(None, memories)
    manifest = scan(os.fsencode(study), witness, trusted=trusted)
    return manifest, witness, set(still_quiet(trusted, witness.now))


def test_what_changed_last_is_busy_and_only_folders_of_page_images_are_ever_quiet(study: Path) -> None:
    memories = known(study)
    assert set(quiet_folders(memories, holds_images, LATER, busy_entries=4)) == {OLD, b"pages/0902"}
    assert set(quiet_folders(memories, holds_images, LATER, busy_entries=0)) == {OLD, b"pages/0902", NEW}
    assert not quiet_folders(memories, holds_images, LATER)


def test_a_folder_that_changed_a_moment_before_it_was_looked_at_is_not_quiet(study: Path) -> None:
    memories = known(study)
    assert not quiet_folders(memories, holds_images, time.time_ns(), busy_entries=0)


def test_a_folder_with_a_digest_that_is_not_sure_is_not_quiet(study: Path) -> None:
    memories = known(study)
    unsure = memories[OLD]
    memories[OLD] = Memory(unsure.seen, unsure.block, unsure.identities, bytes(8), unsure.linked)
    assert OLD not in quiet_folders(memories, holds_images, LATER, busy_entries=0)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_look_that_leaves_out_quiet_folders_gives_what_a_whole_one_gives(study: Path, workers: int) -> None:
    memories = known(study)
    (study / "pages/2552/0009001").write_bytes(b"new")
    trusted = quiet_folders(memories, holds_images, LATER, busy_entries=4)
    part = scan(os.fsencode(study), Witness(None, memories), trusted=trusted, workers=workers)
    whole = scan(os.fsencode(study), Witness(None, memories), trusted=NOBODY)
    assert (part.content_root, part.metadata_root) == (whole.content_root, whole.metadata_root)


@pytest.mark.parametrize("change", ["arrives", "goes", "is renamed", "the folder goes"])
def test_a_name_that_comes_or_goes_in_a_quiet_folder_is_seen_without_opening_it(study: Path, change: str) -> None:
    memories = known(study)
    image = study / "pages/0901/0001001"
    if change == "arrives":
        image.with_name("0009001").write_bytes(b"late")
    elif change == "goes":
        image.unlink()
    elif change == "is renamed":
        image.rename(image.with_name("X0001001"))
    else:
        image.parent.rename(study / "elsewhere")
    manifest, _, quiet = look(study, memories)
    assert OLD not in quiet
    whole = scan(os.fsencode(study), Witness(None, memories))
    assert manifest.content_root == whole.content_root


@pytest.mark.hazard("H19")
def test_whatever_moves_inside_a_quiet_folder_is_named_by_the_second_look(study: Path) -> None:
    memories = known(study)
    _, witness, quiet = look(study, memories)
    seen = {path: witness.now[path] for path in quiet}
    root = os.fsencode(study)
    assert not list(moved_in_quiet(root, seen, workers=1))
    image = study / "pages/0901/0001001"
    before = image.stat()
    image.write_bytes(os.urandom(20))
    os.utime(image, ns=(before.st_atime_ns, before.st_mtime_ns))  # the same size and time, as a liar would leave it
    (study / "pages/0902/0003001").unlink()
    (study / "pages/0902/0009001").write_bytes(b"it came after the folder above was looked at")
    assert set(moved_in_quiet(root, seen, workers=2)) == {b"pages/0901/0001001", b"pages/0902/0003001"}


def test_a_quiet_folder_that_cannot_be_opened_any_more_has_moved(study: Path) -> None:
    memories = known(study)
    (study / "pages/0901").rename(study / "away")
    assert list(moved_in_quiet(os.fsencode(study), {OLD: memories[OLD]}, workers=1)) == [OLD]
