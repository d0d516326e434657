"""Other places for evidence: they take, they never replace, and what they hold is read back and held."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive_maker import fill_archive
from dfwarm.equipment.audit import AuditTrail
from dfwarm.equipment.outbox import Outbox
from dfwarm.equipment.places import DropBox, Folder, Place
from dfwarm.equipment.receipts import Receipts
from dfwarm.errors import CopyFailed
from dfwarm.evidence.receipt import Receipt, ReceiptKind
from dfwarm.procedures.copying import Copying
from dfwarm.simulator.sshd import LoopbackSshd, loopback_sshd
from history_forge import Forge, forge

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[tuple[LoopbackSshd, Path]]:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    with loopback_sshd(tmp_path / "ssh", f"/usr/bin/rrsync -wo -no-del -no-overwrite {inbox}") as sshd:
        yield sshd, inbox


def copying(state: Path, *places: Place, now: datetime = NOW) -> Copying:
    forged = Forge(state)
    trail = AuditTrail(state / "audit.jsonl", lambda: now)
    receipts, outbox = Receipts(state / "receipts.jsonl"), Outbox(state / "outbox")
    return Copying(places, receipts, outbox, forged.archive, forged.history, trail, lambda: now)


def vault(folder: Path) -> Folder:
    folder.mkdir()
    return Folder("vault", folder)


@pytest.mark.requirement("URS-EVD-06")
@pytest.mark.requirement("URS-EVD-11")
def test_evidence_is_copied_once_with_receipts_and_read_back(tmp_path: Path) -> None:
    state, place = tmp_path / "state", vault(tmp_path / "vault")
    forge(state, 3)
    copying(state, place).audit.append("note", "x")
    (done,) = copying(state, place).copy(is_thorough=False)
    assert (done.trouble, done.waiting, done.held) == ("", 0, 5)
    assert (place.folder / "records/035/035-00002/statement.json").stat().st_mode & 0o777 == 0o400
    assert (place.folder / "log/035/00000003/checkpoint").exists()
    assert copying(state, place).copy(is_thorough=True)[0].held == 5
    assert copying(state, place).read_back(10**6, 100).copies == ()
    later = copying(state, place, now=NOW + timedelta(days=20))
    assert [each.says for each in later.read_back(10**6, 100).copies] == [()] * 5
    copy = place.folder / "records/035/035-00002/statement.json"
    copy.chmod(0o600)
    copy.write_bytes(b"altered")
    found = copying(state, place).read_back(0, 100)
    assert [(each.parcel, each.says) for each in found.altered] == [
        ("records/035/035-00002", ("statement.json is altered",))
    ]
    (told,) = copying(state, place).states(10**9)
    assert told.mismatches == ("records/035/035-00002: statement.json is altered",)
    assert told.due == 1


def test_a_file_that_came_later_is_added_and_one_that_changed_is_refused(tmp_path: Path) -> None:
    state, place = tmp_path / "state", vault(tmp_path / "vault")
    fill_archive(state, 2)
    copying(state, place).copy(is_thorough=False)
    (state / "records/035/035-00001/reviews").mkdir()
    (state / "records/035/035-00001/reviews/one.json").write_text("{}")
    copying(state, place).copy(is_thorough=False)
    assert (place.folder / "records/035/035-00001/reviews/one.json").exists()
    (state / "records/035/035-00001/letter.txt").write_text("another")
    (done,) = copying(state, place).copy(is_thorough=False)
    assert "is there already and is another file" in done.trouble
    assert (place.folder / "records/035/035-00001/letter.txt").read_text() == "letter\n"


def test_a_place_that_is_away_costs_nothing_and_is_served_when_it_is_back(tmp_path: Path) -> None:
    state, place = tmp_path / "state", Folder("vault", tmp_path / "vault")
    fill_archive(state, 2)
    other = vault(tmp_path / "other")
    told = copying(state, place, Folder("other", other.folder)).after_cycle()
    assert told == (f"archive: vault: {place.folder} is not there; is its disk mounted?; 2 parcels wait",)
    assert (other.folder / "records/035/035-00001").is_dir()
    with pytest.raises(CopyFailed, match="is not there"):
        place.read("records/035/035-00001")
    place.folder.mkdir()
    assert copying(state, place).after_cycle() == ()
    assert len(place.read("records/035/035-00001")) == 2
    (state / "receipts.jsonl").write_text("junk\n")
    assert copying(state, place).after_cycle()[0].startswith("archive: receipts")


def test_a_receipt_that_a_crash_cut_short_never_was_one(tmp_path: Path) -> None:
    state, place = tmp_path / "state", vault(tmp_path / "vault")
    fill_archive(state, 2)
    copying(state, place).copy(is_thorough=False)
    path = state / "receipts.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    (done,) = copying(state, place).copy(is_thorough=False)
    assert (done.held, done.waiting, done.trouble) == (2, 0, "")
    assert len(Receipts(path).all()) == 2


def test_a_place_that_cannot_be_read_keeps_no_other_from_being_read(tmp_path: Path) -> None:
    state, place, other = tmp_path / "state", vault(tmp_path / "vault"), tmp_path / "other"
    fill_archive(state, 2)
    other.mkdir()
    copying(state, place, Folder("other", other)).copy(is_thorough=False)
    place.folder.rename(tmp_path / "away")
    found = copying(state, place, Folder("other", other)).read_back(0, 10)
    assert found.troubles == (f"vault: {place.folder} is not there; is its disk mounted?",)
    assert [(each.place, each.says) for each in found.copies] == [("other", ())] * 2


def test_two_processes_add_receipts_to_one_file(tmp_path: Path) -> None:
    one, other = Receipts(tmp_path / "receipts.jsonl"), Receipts(tmp_path / "receipts.jsonl")
    receipt = Receipt(NOW, "vault", "log/035", ReceiptKind.READ_BACK, {}, "")
    for receipts in (one, other, one):
        receipts.add(receipt)
    assert Receipts(tmp_path / "receipts.jsonl").all() == (receipt,) * 3


@pytest.mark.requirement("URS-EVD-06")
def test_a_drop_box_takes_and_neither_gives_replaces_nor_deletes(
    tmp_path: Path, box: tuple[LoopbackSshd, Path]
) -> None:
    sshd, inbox = box
    state = tmp_path / "state"
    fill_archive(state, 2)
    place = DropBox("box", sshd.reach, (), 60)
    assert copying(state, place).after_cycle() == ()
    copy = inbox / "records/035/035-00001/letter.txt"
    assert copy.read_text() == "letter\n"
    (state / "records/035/035-00001/letter.txt").write_text("another text")
    copying(state, place).after_cycle()
    assert copy.read_text() == "letter\n"
    with pytest.raises(CopyFailed, match="no key that may read"):
        place.read("records/035/035-00001")
    with pytest.raises(CopyFailed, match="rsync ended with status"):
        DropBox("box", sshd.reach, (sshd.reach.identity_file,), 60).read("records/035/035-00001")


def test_a_drop_box_is_read_with_another_key(tmp_path: Path, box: tuple[LoopbackSshd, Path]) -> None:
    sshd, inbox = box
    reader = tmp_path / "reader"
    shutil.copy(sshd.folder / "host_ed25519", reader)
    reader.chmod(0o600)
    public = (sshd.folder / "host_ed25519.pub").read_text()
    with (sshd.folder / "authorized_keys").open("a") as file:
        file.write(f'restrict,command="/usr/bin/rrsync -ro {inbox}" {public}')
    state = tmp_path / "state"
    fill_archive(state, 1)
    place = DropBox("box", sshd.reach, (reader,), 60)
    assert copying(state, place).after_cycle() == ()
    assert [each.says for each in copying(state, place).read_back(0, 5).copies] == [()]


def test_without_places_nothing_is_packed(tmp_path: Path) -> None:
    fill_archive(tmp_path, 1)
    assert copying(tmp_path).after_cycle() == ()
    assert not (tmp_path / "outbox").exists()
