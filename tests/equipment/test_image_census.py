import os
import stat
from pathlib import Path

import pytest

from dfwarm.datafax.image import ImageKind
from dfwarm.datafax.reports.census import ImageCensus, ImageFolder
from dfwarm.equipment import image_census
from dfwarm.equipment.image_census import ImageTrees, take_census
from dfwarm.equipment.image_kinds import KindNotebook
from dfwarm.equipment.remembered import Nothing
from dfwarm.equipment.scan import scan
from dfwarm.manifest.block import Block
from dfwarm.simulator.plan import DECK, SMALL
from dfwarm.simulator.study import write_study

PNG = b"\x89PNG\r\n\x1a\n"


def study(folder: Path, **files: bytes) -> Path:
    for name, content in files.items():
        path = folder / "pages" / "0842" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def take(folder: Path, **more: object) -> ImageCensus:
    return take_census(ImageTrees(os.fsencode(folder)), **more)  # type: ignore[arg-type]


def seen(folder: ImageFolder) -> dict[bytes, ImageKind]:
    return dict(zip(folder.list_names(), folder.list_kinds(), strict=True))


def blocks_of(folder: Path) -> dict[bytes, Block]:
    manifest = scan(os.fsencode(folder), Nothing(), workers=1, within_days=30)
    return {block.folder: block for block in manifest.blocks}


def test_each_file_of_a_week_has_its_name_its_size_and_the_kind_that_its_first_bytes_say(tmp_path: Path) -> None:
    folder = study(tmp_path, a=b"", b=b"%PDF-1.4 and more", c=b"hello", d=b"\x59\xa6\x6a\x95" + bytes(96))
    (week,) = take(folder).standard
    assert (week.path, week.size_column.tolist()) == (b"pages/0842", [0, 17, 5, 100])
    assert list(seen(week).values()) == [ImageKind.EMPTY, ImageKind.PDF, ImageKind.UNKNOWN, ImageKind.SUN_RASTER]


@pytest.mark.hazard("H32")
@pytest.mark.hazard("H30")
def test_pipes_links_and_folders_in_a_week_are_never_opened(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(PNG)
    folder = study(tmp_path / "035", a=PNG)
    week = folder / "pages" / "0842"
    os.mkfifo(week / "pipe")
    (week / "folder").mkdir()
    (week / "link").symlink_to(outside)
    os.mknod(week / "socket", stat.S_IFSOCK | 0o600)
    (found,) = take(folder).standard
    assert seen(found) == {b"a": ImageKind.PNG} | dict.fromkeys(
        (b"folder", b"link", b"pipe", b"socket"), ImageKind.NO_FILE
    )
    for path in (week / "pipe", week / "folder", week / "link", week / "socket"):
        assert seen(found)[os.fsencode(path.name)] is ImageKind.NO_FILE


@pytest.mark.hazard("H30")
def test_a_week_behind_a_link_is_a_gap_and_nothing_is_read_behind_it(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "0060002").write_bytes(PNG)
    folder = study(tmp_path / "035", a=PNG)
    (folder / "pages" / "0843").symlink_to(elsewhere)
    found = take(folder)
    assert [week.path for week in found.standard] == [b"pages/0842"]
    assert found.unknown_weeks == {b"0843"}
    assert found.gaps == ("pages/0843: a symbolic link, which is not followed",)


def test_a_folder_of_images_that_is_a_link_is_a_gap_and_one_that_is_not_there_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "035"
    folder.mkdir()
    assert take(folder) == ImageCensus((), is_listed=False)
    (folder / "pages").symlink_to(tmp_path)
    found = take(folder)
    assert (found.is_listed, found.gaps) == (False, ("pages: a symbolic link, which is not followed",))
    (folder / "pages").unlink()
    (folder / "pages").write_bytes(b"")
    assert take(folder).gaps == ("pages: Not a directory",)


def test_what_lies_beside_the_weeks_and_trees_that_look_like_images_are_told(tmp_path: Path) -> None:
    folder = study(tmp_path, a=PNG)
    (folder / "pages" / "core").write_bytes(b"x")
    (folder / "pages" / "2025").write_bytes(b"x")
    (folder / "pages_hd" / "0842").mkdir(parents=True)
    (folder / "pages_hd" / "0842" / "0060002").write_bytes(PNG)
    (folder / "images" / "0842").mkdir(parents=True)
    found = take(folder)
    assert [(beside.path, beside.list_names()) for beside in found.beside] == [(b"pages", [b"2025", b"core"])]
    assert [week.path for week in found.high] == [b"pages_hd/0842"]
    assert found.notes == ("images has folders that are named like weeks; no report looks into it",)


def test_a_study_whose_images_lie_elsewhere_is_looked_at_there(tmp_path: Path) -> None:
    folder = study(tmp_path / "disk", a=PNG)
    (tmp_path / "035").mkdir()
    trees = ImageTrees(os.fsencode(tmp_path / "035"), os.fsencode(folder / "pages"))
    assert [week.path for week in take_census(trees).standard] == [b"pages/0842"]


def test_a_million_folders_that_are_no_weeks_are_counted_and_some_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_census, "BESIDE_AT_MOST", 3)
    folder = study(tmp_path, a=PNG)
    for number in range(10):
        (folder / "pages" / f"folder{number}").mkdir()
    found = take(folder)
    assert len(found.beside[0].list_names()) == 3
    assert found.gaps == ("pages: 7 further entries that are no week were not named",)


def test_a_file_that_may_not_be_read_is_unreadable_and_stops_nothing(tmp_path: Path) -> None:
    folder = study(tmp_path, a=PNG, b=PNG)
    week = folder / "pages" / "0842"
    (week / "a").unlink()
    (week / "a").symlink_to("b")
    known = {b"pages/0842": blocks_of(study(tmp_path / "other", a=PNG, b=PNG))[b"pages/0842"]}
    (found,) = take(folder, known=known).standard
    assert list(seen(found).values()) == [ImageKind.UNREADABLE, ImageKind.PNG]


def test_a_week_that_a_manifest_knows_is_looked_at_once_and_again_when_a_byte_of_it_changes(tmp_path: Path) -> None:
    folder = tmp_path / "035"
    write_study(folder, SMALL)
    plain = take(folder)
    notebook = tmp_path / "state" / "kinds.sqlite"
    assert take(folder, known=blocks_of(folder), memory=KindNotebook(notebook)) == plain
    image = next(path for path in sorted((folder / "pages").rglob("*")) if path.is_file())
    before, known = image.stat(), blocks_of(folder)
    image.write_bytes(b"\0" * 8 + image.read_bytes()[8:])
    os.utime(image, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert take(folder, known=known, memory=KindNotebook(notebook)) == plain, "nothing was opened again"
    changed = take(folder, known=blocks_of(folder), memory=KindNotebook(notebook))
    assert changed == take(folder)
    assert changed != plain


def test_a_memory_that_does_not_prove_itself_is_forgotten(tmp_path: Path) -> None:
    folder = study(tmp_path / "035", a=PNG)
    notebook = tmp_path / "kinds.sqlite"
    take(folder, known=blocks_of(folder), memory=KindNotebook(notebook))
    content = notebook.read_bytes()
    for place in range(0, len(content), 97):
        notebook.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        found = take(folder, known=blocks_of(folder), memory=KindNotebook(notebook))
        assert seen(found.standard[0]) == {b"a": ImageKind.PNG}
        notebook.unlink(missing_ok=True)


def test_a_full_memory_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dfwarm.equipment.image_kinds.ROWS_AT_MOST", 1)
    notebook = tmp_path / "kinds.sqlite"
    for key in (b"one", b"two"):
        memory = KindNotebook(notebook)
        memory.learn(key, b"\0")
        memory.keep()
    assert (KindNotebook(notebook).recall(b"one"), KindNotebook(notebook).recall(b"two")) == (b"", b"\0")


def test_how_many_processes_look_makes_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_census, "SHARED_FROM_WEEKS", 1)
    folder = tmp_path / "035"
    write_study(folder, DECK)
    (folder / "pages" / "0802").symlink_to(tmp_path)
    (folder / "pages" / "0801").symlink_to(tmp_path)
    alone = take(folder)
    assert take(folder, workers=2) == alone
    assert len(alone.gaps) == 2
