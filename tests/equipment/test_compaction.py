"""Listings of old bundles: kept as what changed, given back byte for byte, by dfwarm and by a plain shell."""

import hashlib
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive_maker import STUDY, make_record
from dfwarm.equipment.archive import Archive
from dfwarm.equipment.compaction import bases_of, compact, restore
from dfwarm.equipment.kept_listing import read_whole
from dfwarm.errors import CopyFailed
from dfwarm.evidence.members import cut, pack_member
from dfwarm.terms import CycleId

NAME = "production.sha256.gz"
FAR = datetime(2030, 1, 1, tzinfo=UTC)


def listing(day: int) -> bytes:
    lines = [b"%064x  ./pages/%03d/page%05d.tif\n" % (number * 7919, number // 40, number) for number in range(1_500)]
    lines[day * 10 % 1_500] = b"f" * 64 + lines[day * 10 % 1_500][64:]
    return b"".join(map(pack_member, cut(lines)))


def archive_of(folder: Path, count: int) -> Archive:
    archive = Archive(folder / "records")
    for day in range(1, count + 1):
        content = listing(day)
        sums = f"{hashlib.sha256(content).hexdigest()}  {NAME}\n".encode()
        archive.write(make_record(day), {NAME: content, "SHA256SUMS": sums})
    return archive


def place(archive: Archive, day: int) -> Path:
    return archive.place(CycleId(STUDY, day))


def test_listings_become_small_and_come_back_byte_for_byte(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, 34)
    done = list(compact(archive, STUDY, FAR))
    whole = [day for day in range(1, 35) if (place(archive, day) / NAME).exists()]
    assert whole == [1, 32], "one whole listing at the beginning of each month: 1 October and 1 November"
    assert len(done) == 32
    assert all(each.after * 2 < each.before for each in done)
    assert list(compact(archive, STUDY, FAR)) == []
    for day in (1, 2, 31, 34):
        assert read_whole(place(archive, day) / NAME) == listing(day)
    assert bases_of(place(archive, 31)) == {"035-00030"}


@pytest.mark.requirement("URS-EVD-05")
def test_a_plain_shell_gives_a_listing_back_and_sha256sum_holds_it(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, 5)
    list(compact(archive, STUDY, FAR))
    command = f"sh {NAME}.rebuild > {NAME} && sha256sum -c SHA256SUMS"
    for day in (5, 3):
        done = subprocess.run(["sh", "-c", command], cwd=place(archive, day), capture_output=True, check=False)
        assert (done.returncode, done.stdout) == (0, f"{NAME}: OK\n".encode())


def test_only_old_and_sealed_bundles_are_touched(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, 6)
    (place(archive, 4) / "SHA256SUMS").unlink()
    assert [each.cycle.sequence for each in compact(archive, STUDY, make_record(5).ended_at)] == [2, 3]


def test_a_listing_that_is_not_the_sealed_one_is_left_as_it_is(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, 3)
    (place(archive, 2) / NAME).write_bytes(listing(3))
    with pytest.raises(CopyFailed, match="not the listing that was sealed"):
        list(compact(archive, STUDY, FAR))
    assert (place(archive, 2) / NAME).read_bytes() == listing(3)


def test_a_bundle_is_made_whole_again_and_stays_so_without_its_base(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, 4)
    list(compact(archive, STUDY, FAR))
    assert restore(place(archive, 3)) == 1
    assert sorted(path.name for path in place(archive, 3).iterdir()) == ["SHA256SUMS", "cycle.json", NAME]
    (place(archive, 2) / f"{NAME}.pieces").unlink()
    assert read_whole(place(archive, 4) / NAME) == listing(4)
    with pytest.raises(OSError, match="pieces"):
        read_whole(place(archive, 2) / NAME)


def test_a_recipe_over_altered_pieces_gives_nothing_back(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, 2)
    list(compact(archive, STUDY, FAR))
    pieces = place(archive, 2) / f"{NAME}.pieces"
    pieces.write_bytes(bytes([pieces.read_bytes()[0] ^ 1]) + pieces.read_bytes()[1:])
    with pytest.raises(CopyFailed, match="not the listing that was sealed"):
        restore(place(archive, 2))


def test_a_compaction_that_was_cut_off_is_done_again(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, 3)
    list(compact(archive, STUDY, FAR))
    (place(archive, 2) / NAME).write_bytes(listing(2))  # as if it died before the listing went
    assert [each.cycle.sequence for each in compact(archive, STUDY, FAR)] == [2]
    assert read_whole(place(archive, 3) / NAME) == listing(3)


def test_listings_that_share_nothing_stay_whole(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "records")
    for day in (1, 2):
        content = pack_member(hashlib.sha512(bytes([day])).digest() * 3)
        sums = f"{hashlib.sha256(content).hexdigest()}  {NAME}\n".encode()
        archive.write(make_record(day), {NAME: content, "SHA256SUMS": sums})
    assert list(compact(archive, STUDY, FAR)) == []
    assert (place(archive, 2) / NAME).exists()


def test_a_file_that_is_not_there_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_whole(tmp_path / NAME)
    assert make_record(1).ended_at + timedelta(days=1) < FAR
