"""Every entry of a real tree is described as it is, or is a gap; whatever its name, its depth or its kind."""

import hashlib
import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dfwarm.equipment import folder as listing
from dfwarm.equipment.hashing import hash_files, tasks_of
from dfwarm.equipment.remembered import Notebook, Nothing
from dfwarm.equipment.scan import scan
from dfwarm.equipment.share import share_out
from dfwarm.errors import PathUnreadable
from dfwarm.manifest.difference import compare
from dfwarm.manifest.entry import Entry, Kind
from dfwarm.manifest.listing import GapKind, Manifest
from dfwarm.manifest.mtree import render_mtree
from dfwarm.manifest.scope import Scope
from dfwarm.manifest.stream import decode, encode
from dfwarm.manifest.sums import render_sums
from shelf import Shelf

HOSTILE = (
    b"new\nline",
    b"\x1b[31mred",
    b"-rf",
    b"caf\xe9",
    b"caf\xc3\xa9",
    b"cafe\xcc\x81",
    b"trailing ",
    b" leading",
    b"back\\slash",
    b"*?[",
    b"\xff\xfe",
    b"x" * 255,
    b"\xe2\x80\xae",
)


def entries(manifest: Manifest) -> dict[bytes, Entry]:
    return {entry.path: entry for entry in manifest.entries()}


def study(root: Path, *, weeks: int = 3, pages: int = 5) -> Path:
    for week in range(weeks):
        place = root / "pages" / f"26{week:02d}"
        place.mkdir(parents=True)
        for page in range(pages):
            (place / f"{page:07d}").write_bytes(b"page %d" % page)
    (root / "data").mkdir()
    (root / "data" / "plt001.dat").write_bytes(b"1|2|3|\n" * 1000)
    return root


def test_a_tree_is_described_as_other_tools_see_it(tmp_path: Path) -> None:
    root = study(tmp_path / "s")
    (root / "link").symlink_to("/etc/passwd")
    found = entries(scan(os.fsencode(root), Nothing()))
    seen = {
        os.path.relpath(os.path.join(at, name), root) for at, below, files in os.walk(root) for name in (*below, *files)
    }
    assert {os.fsdecode(path) for path in found} == seen | {"."}
    for path, entry in found.items():
        status = os.lstat(os.path.join(os.fsencode(root), path))
        assert (entry.mode, entry.uid, entry.gid) == (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)
        if entry.kind is Kind.FILE:
            assert (
                entry.digest
                == hashlib.sha256(Path(os.fsdecode(os.path.join(os.fsencode(root), path))).read_bytes()).digest()
            )
            assert (entry.size, entry.mtime_ns) == (status.st_size, status.st_mtime_ns)
            assert abs(entry.read_at - time.time()) < 60
    assert (found[b"link"].target, found[b"link"].digest) == (b"/etc/passwd", b"")


@pytest.mark.hazard("H27")
@pytest.mark.hazard("H33")
def test_hostile_names_are_read_sent_and_compared_byte_for_byte(tmp_path: Path) -> None:
    for name in HOSTILE:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(name)
    found = scan(os.fsencode(tmp_path), Nothing())
    assert {path: entry.digest for path, entry in entries(found).items() if path != b"."} == {
        name: hashlib.sha256(name).digest() for name in HOSTILE
    }
    assert decode(b"".join(encode(found))) == found
    sums = b"".join(render_sums(found))
    check = ("sha256sum", "--check", "--strict", "--quiet")
    assert subprocess.run(check, input=sums, cwd=tmp_path, capture_output=True, check=False).stdout == b""


@pytest.mark.hazard("H32")
def test_pipes_and_sockets_are_listed_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o640)
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(str(tmp_path / "socket"))
        found = scan(os.fsencode(tmp_path), Nothing())
    kinds = {path: entry.kind for path, entry in entries(found).items()}
    assert kinds == {b".": Kind.DIRECTORY, b"pipe": Kind.FIFO, b"socket": Kind.SOCKET}
    assert found.gaps == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_is_listed_with_its_number(tmp_path: Path) -> None:
    try:
        os.mknod(tmp_path / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("this file system takes no devices")
    found = entries(scan(os.fsencode(tmp_path), Nothing()))[b"null"]
    assert (found.kind, found.size, found.attributes) == (Kind.DEVICE, 0, (("device", "character 1:3"),))


@pytest.mark.hazard("H62")
def test_a_path_longer_than_the_kernel_takes_is_read(tmp_path: Path) -> None:
    at = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1_000):
        os.mkdir("folder", dir_fd=at)
        below = os.open("folder", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    descriptor = os.open("leaf", os.O_WRONLY | os.O_CREAT, dir_fd=at)
    os.write(descriptor, b"deep")
    os.close(descriptor)
    os.close(at)
    shelf = Shelf()
    for _ in range(2):
        found = scan(os.fsencode(tmp_path), shelf)
        deepest = max(entries(found).values(), key=lambda entry: len(entry.path))
        assert deepest.path.count(b"/") == 1_000
        assert deepest.digest == hashlib.sha256(b"deep").digest()
        assert (len(found), found.gaps) == (1_002, ())
    subprocess.run(("rm", "-rf", str(tmp_path / "folder")), check=True)


def test_many_folders_shared_among_processes_give_what_one_process_gives(tmp_path: Path) -> None:
    root = os.fsencode(study(tmp_path, weeks=70, pages=16))
    shelf, alone = Shelf(), Nothing()
    first, second = scan(root, shelf, workers=3), scan(root, alone, workers=1)
    assert [block.digests for block in first.blocks] == [block.digests for block in second.blocks]
    assert (first.content_root, first.metadata_root) == (second.content_root, second.metadata_root)
    shelf.grow_old(3)
    third = scan(root, shelf, workers=3)
    assert third.content_root == first.content_root
    assert shelf.taught <= 1 + 70 // 7


def test_a_folder_of_ten_thousand_entries_is_read(tmp_path: Path) -> None:
    for number in range(10_000):
        os.close(os.open(tmp_path / f"{number:05d}", os.O_WRONLY | os.O_CREAT))
    found = scan(os.fsencode(tmp_path), Nothing())
    assert (len(found), found.files, found.gaps) == (10_001, 10_000, ())


@pytest.mark.hazard("H24")
def test_a_sparse_file_is_read_with_its_holes(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(3_000_000)
        file.seek(1_000_000)
        file.write(b"x")
    found = entries(scan(os.fsencode(tmp_path), Nothing()))[b"sparse"]
    assert found.digest == hashlib.sha256((tmp_path / "sparse").read_bytes()).digest()


@pytest.mark.hazard("H25")
def test_names_of_one_inode_are_a_group(tmp_path: Path) -> None:
    root = study(tmp_path / "s", weeks=2)
    os.link(root / "pages/2600/0000001", root / "pages/2601/again")
    os.link(root / "pages/2600/0000002", tmp_path / "outside")
    shelf = Shelf()
    expected = ((b"pages/2600/0000001", b"pages/2601/again"),)
    assert scan(os.fsencode(root), shelf).links == expected
    shelf.grow_old(10)
    assert scan(os.fsencode(root), shelf).links == expected
    (root / "pages/2601/new").write_bytes(b"")
    assert scan(os.fsencode(root), shelf).links == expected


@pytest.mark.hazard("H30")
def test_a_link_is_never_followed_and_a_folder_that_became_one_is_no_folder(tmp_path: Path) -> None:
    study(tmp_path / "s")
    secret = tmp_path / "elsewhere"
    secret.mkdir()
    (secret / "file").write_bytes(b"not ours")
    (tmp_path / "s" / "way").symlink_to(secret)
    found = entries(scan(os.fsencode(tmp_path / "s"), Nothing()))
    assert found[b"way"].kind is Kind.SYMLINK
    assert b"way/file" not in found


@pytest.mark.hazard("H29")
def test_access_lists_and_attributes_are_part_of_an_entry(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    try:
        os.setxattr(path, "user.note", b"a\nb")
    except OSError:
        pytest.skip("this file system takes no extended attributes")
    before = scan(os.fsencode(tmp_path), Nothing())
    assert entries(before)[b"file"].attributes == (("user.note", "a\\x0ab"),)
    lines = ((1, 6, 0xFFFFFFFF), (2, 4, 0), (4, 4, 0xFFFFFFFF), (16, 4, 0xFFFFFFFF), (32, 4, 0xFFFFFFFF))
    packed = (2).to_bytes(4, "little") + b"".join(
        tag.to_bytes(2, "little") + bits.to_bytes(2, "little") + number.to_bytes(4, "little")
        for tag, bits, number in lines
    )
    os.setxattr(path, "system.posix_acl_access", packed)
    after = scan(os.fsencode(tmp_path), Nothing())
    said = "user::rw-,user:root:r--,group::r--,mask::r--,other::r--"
    assert entries(after)[b"file"].attributes[0] == ("system.posix_acl_access", said)
    (found,) = compare(before, after, Scope()).differences
    assert any(said in detail for detail in found.details)


def _as_nobody(root: Path) -> Manifest:
    """Scan in a process that is not root, so that a right which is not there is not there."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.close(ours)
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        with os.fdopen(theirs, "wb") as answer:
            answer.writelines(encode(scan(os.fsencode(root), Nothing(), workers=1)))
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return decode(said)


@pytest.fixture
def open_place() -> Iterator[Path]:
    place = Path("/tmp") / f"dfwarm-scan-{os.getpid()}"  # noqa: S108 - an account without rights has to get there
    place.mkdir(mode=0o755)
    yield place
    shutil.rmtree(place)


@pytest.mark.hazard("H36")
def test_what_may_not_be_read_is_a_gap_and_the_rest_is_described(open_place: Path) -> None:
    study(open_place / "s")
    (open_place / "s/pages/2600").chmod(0o000)
    (open_place / "s/data/plt001.dat").chmod(0o000)
    found = _as_nobody(open_place / "s")
    (open_place / "s/pages/2600").chmod(0o755)
    assert [(gap.path, gap.kind) for gap in found.gaps] == [
        (b"data/plt001.dat", GapKind.UNREADABLE),
        (b"pages/2600", GapKind.UNREADABLE),
    ]
    assert entries(found)[b"data/plt001.dat"].is_unread
    compared = compare(scan(os.fsencode(open_place / "s"), Nothing()), found, Scope())
    assert {each.path for each in compared.differences} == {b"data/plt001.dat", b"pages/2600"} & {
        each.path for each in compared.differences
    }
    assert compared.compared == compared.expected - 6


def test_a_root_that_is_no_folder_or_not_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for name in ("file", "nothing"):
        with pytest.raises(PathUnreadable):
            scan(os.fsencode(tmp_path / name), Nothing())


@pytest.mark.hazard("H22")
def test_a_file_that_grows_for_ever_ends_as_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "growing"
    with path.open("wb") as file:
        file.truncate(60_000_000)
    writer = subprocess.Popen(("sh", "-c", "while :; do echo more >> growing; done"), cwd=tmp_path)
    try:
        while path.stat().st_size == 60_000_000:
            time.sleep(0.01)
        found = scan(os.fsencode(tmp_path), Nothing(), workers=1)
    finally:
        writer.kill()
        writer.wait()
    assert [(gap.path, gap.kind) for gap in found.gaps] == [(b"growing", GapKind.CHANGED)]
    assert entries(found)[b"growing"].is_unread


@pytest.mark.hazard("H21")
def test_a_tree_that_changes_under_the_walk_is_described_or_is_a_gap(tmp_path: Path) -> None:
    root = study(tmp_path, weeks=20, pages=20)
    stop = threading.Event()

    def churn() -> None:
        turn = 0
        while not stop.is_set():
            week = root / "pages" / f"26{turn % 20:02d}"
            week.rename(week.with_name("moved"))
            (root / "pages/moved/0000003").unlink(missing_ok=True)
            (root / "pages/moved").rename(week)
            (week / "0000003").write_bytes(b"new")
            turn += 1

    worker = threading.Thread(target=churn)
    worker.start()
    try:
        for _ in range(4):
            found = scan(os.fsencode(root), Nothing(), workers=1)
            decode(b"".join(encode(found)))
            gaps = {gap.path for gap in found.gaps}
            assert all(entry.path in gaps or entry.digest for entry in found.entries() if entry.is_unread)
            for entry in found.entries():
                if entry.kind is Kind.FILE and b"0000003" not in entry.path and entry.path.startswith(b"pages"):
                    page = int(entry.path[-7:])
                    assert entry.path in gaps or entry.digest == hashlib.sha256(b"page %d" % page).digest()
    finally:
        stop.set()
        worker.join()


def test_the_time_of_access_is_left_alone(tmp_path: Path) -> None:
    root = study(tmp_path)
    page = root / "pages/2600/0000001"
    os.utime(page, (1, page.stat().st_mtime))
    os.utime(root / "pages", (1, 1_600_000_000))
    scan(os.fsencode(root), Nothing())
    assert (page.stat().st_atime, (root / "pages").stat().st_atime) == (1, 1)


@pytest.mark.hazard("H49")
def test_a_process_that_is_lost_is_an_error_and_not_a_shorter_list() -> None:
    def work(task: int) -> int:
        if task == 5:
            os.kill(os.getpid(), 9)
        return task * task

    with pytest.raises(PathUnreadable, match="was lost"):
        dict(share_out(40, work, 2))
    assert dict(share_out(40, lambda task: -task, 3)) == {task: -task for task in range(40)}


def test_mtree_accepts_what_is_written_for_it(tmp_path: Path) -> None:
    if not shutil.which("mtree"):
        pytest.skip("mtree is not installed")
    root = study(tmp_path / "s")
    for name in HOSTILE[:9]:
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_bytes(name)
    (root / "link").symlink_to("data")
    specification = tmp_path / "spec"
    specification.write_bytes(b"".join(render_mtree(scan(os.fsencode(root), Nothing()))))
    check = ("mtree", "-f", str(specification), "-p", str(root))
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    page = root / "pages/2600/0000001"
    page.write_bytes(b"Page 1")
    said = subprocess.run(check, capture_output=True, check=False)
    assert said.returncode == 2
    assert b"0000001" in said.stdout and b"sha256" in said.stdout


def test_bsdtar_accepts_what_is_written_for_it(tmp_path: Path) -> None:
    if not shutil.which("bsdtar"):
        pytest.skip("bsdtar is not installed")
    root = study(tmp_path / "s")
    specification = tmp_path / "spec"
    found = scan(os.fsencode(root), Nothing())
    specification.write_bytes(b"".join(render_mtree(found)))
    said = subprocess.run(("bsdtar", "-tf", str(specification)), capture_output=True, check=True, cwd=root)
    assert len(said.stdout.splitlines()) == len(found)
    assert said.stderr == b""


class _Notebooks:
    def __init__(self, folder: Path) -> None:
        self.root = study(folder / "s")
        self.path = folder / "state" / "remembered.sqlite"
        for entry in (*self.root.rglob("*"), self.root):
            os.utime(entry, (1_700_000_000, 1_700_000_000))
        time.sleep(0)

    def scan(self) -> Manifest:
        return scan(os.fsencode(self.root), Notebook(self.path, os.fsencode(self.root)))


@pytest.fixture
def notebooks(tmp_path: Path) -> _Notebooks:
    return _Notebooks(tmp_path)


def test_a_notebook_remembers_between_scans_and_forgets_what_is_gone(notebooks: _Notebooks) -> None:
    first = notebooks.scan()
    shutil.rmtree(notebooks.root / "pages/2600")
    (notebooks.root / "data/new").write_bytes(b"new")
    second = notebooks.scan()
    assert len(second) == len(first) - 5
    known = Notebook(notebooks.path, os.fsencode(notebooks.root)).recall()
    assert sorted(known) == [b".", b"data", b"pages", b"pages/2601", b"pages/2602"]
    assert Notebook(notebooks.path, b"/another/root").recall() == {}
    assert notebooks.scan().content_root == second.content_root


@pytest.mark.parametrize("damage", ["truncate", "noise", "empty", "rows", "types", "format", "folder", "foreign"])
def test_a_notebook_that_cannot_be_used_costs_time_and_nothing_else(notebooks: _Notebooks, damage: str) -> None:
    root = notebooks.scan().content_root
    _damage(notebooks.path, damage)
    for _ in range(3):
        assert notebooks.scan().content_root == root
    if damage != "folder":
        assert len(Notebook(notebooks.path, os.fsencode(notebooks.root)).recall()) == 6


def _damage(path: Path, damage: str) -> None:
    whole = path.read_bytes()
    if damage == "truncate":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "noise":
        path.write_bytes(b"noise" * 999)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "folder":
        path.unlink()
        path.mkdir()
    else:
        statement = {
            "rows": "update folder set digests = zeroblob(length(digests))",
            "types": "update folder set names = 7, numbers = 'text', seen = null",
            "format": "update format set name = 'dfwarm-remembered/99'",
            "foreign": "update folder set checked = zeroblob(32)",
        }[damage]
        with closing(sqlite3.connect(path)) as base, base:
            base.execute(statement)


def test_a_notebook_that_another_scan_holds_is_no_error(notebooks: _Notebooks, monkeypatch: pytest.MonkeyPatch) -> None:
    root = notebooks.scan().content_root
    monkeypatch.setattr("dfwarm.equipment.remembered._BUSY_SECONDS", 0)
    with closing(sqlite3.connect(notebooks.path)) as other:
        other.execute("begin exclusive")
        assert notebooks.scan().content_root == root
    assert notebooks.path.exists()


def test_an_entry_that_goes_away_while_it_is_looked_at_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "l").symlink_to("a")
    descriptor = os.open(tmp_path, os.O_RDONLY)
    found = listing.glance(descriptor, b"week")
    (tmp_path / "l").unlink()
    close = listing.look_closely(descriptor, found)
    os.close(descriptor)
    assert close.names == [b"a"]
    assert [(gap.path, gap.kind) for gap in close.gaps] == [(b"week/l", GapKind.VANISHED)]
    assert close.seen == b""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_an_owner_without_a_name_is_said_by_number(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    os.chown(tmp_path / "file", 54_321, 54_322)
    found = entries(scan(os.fsencode(tmp_path), Nothing()))[b"file"]
    assert (found.owner, found.group, found.uid, found.gid) == ("#54321", "#54322", 54_321, 54_322)


@pytest.mark.hazard("H19")
def test_a_file_that_is_rewritten_while_it_is_read_is_a_gap_and_has_no_digest(tmp_path: Path) -> None:
    (tmp_path / "torn").write_bytes(b"old")
    descriptor = os.open(tmp_path, os.O_RDONLY)
    listed = listing.look_closely(descriptor, listing.glance(descriptor, b"."))
    os.close(descriptor)
    (tmp_path / "torn").write_bytes(b"new")
    ((_, reading),) = hash_files(os.fsencode(tmp_path), list(tasks_of(listed, [0])), workers=1)
    assert reading.digests == bytes(32)
    assert [(gap.path, gap.kind) for gap in reading.gaps] == [(b"torn", GapKind.CHANGED)]


@pytest.mark.parametrize("become", ["nothing", "link", "pipe", "folder"])
def test_a_file_that_became_something_else_is_a_gap(tmp_path: Path, become: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    descriptor = os.open(tmp_path, os.O_RDONLY)
    listed = listing.look_closely(descriptor, listing.glance(descriptor, b"."))
    os.close(descriptor)
    path.unlink()
    {
        "nothing": lambda: None,
        "link": lambda: path.symlink_to("/etc/passwd"),
        "pipe": lambda: os.mkfifo(path),
        "folder": path.mkdir,
    }[become]()
    ((_, reading),) = hash_files(os.fsencode(tmp_path), list(tasks_of(listed, [0])), workers=1)
    assert reading.digests == bytes(32)
    assert [gap.path for gap in reading.gaps] == [b"file"]


def test_a_folder_that_went_away_before_its_files_were_read_makes_a_gap_of_each(tmp_path: Path) -> None:
    root = study(tmp_path / "s", weeks=1)
    descriptor = os.open(root / "pages/2600", os.O_RDONLY)
    listed = listing.look_closely(descriptor, listing.glance(descriptor, b"pages/2600"))
    os.close(descriptor)
    shutil.rmtree(root / "pages/2600")
    ((_, reading),) = hash_files(os.fsencode(root), list(tasks_of(listed, range(5))), workers=1)
    assert reading.digests == bytes(32 * 5)
    assert [gap.path for gap in reading.gaps] == [b"pages/2600/%07d" % page for page in range(5)]
