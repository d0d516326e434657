"""What a controller was told last is held, so that a gate says only what changed; losing it costs time and no more."""

import io
import os
from pathlib import Path

import pytest

from dfwarm.equipment import draft
from dfwarm.equipment.listings import Held, Listings, hold
from dfwarm.equipment.remembered import Kept, Notebook
from dfwarm.equipment.scan import scan
from dfwarm.errors import PathUnreadable
from dfwarm.facts.site import HostSite, Release, StopScope
from dfwarm.gate.flush import flush_root
from dfwarm.gate.manifest import answer_manifest
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.stream import decode
from dfwarm.terms import Side, StudyNumber

KEY = (Side.STANDBY, StudyNumber(35), "STUDY_DIR")


def study(folder: Path) -> Path:
    root = folder / "study"
    for week in ("2601", "2602"):
        (root / "pages" / week).mkdir(parents=True)
        for page in range(200):
            (root / "pages" / week / f"{page:07d}").write_bytes(os.urandom(40))
    for entry in (*root.rglob("*"), root):
        os.utime(entry, (1_700_000_000, 1_700_000_000))
    return root


class Gate:
    """A gate's verb, asked as a cycle asks it."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.site = HostSite(
            Side.STANDBY, os.fsencode(folder), Release.DFDISCOVER_5, StopScope.STUDY, state=str(folder / "state")
        )
        self.root = os.fsencode(root)

    def say(self, known: str = "", *, is_full: bool = False) -> bytes:
        answer = io.BytesIO()
        answer_manifest(self.site, self.root, answer, is_full=is_full, known=known)
        return answer.getvalue()


def of(manifest: Manifest) -> Held:
    return hold(block for block in manifest.blocks if block.folder)


def test_a_gate_says_again_only_the_folders_that_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft, "GRAIN_NS", -(10**12))  # as if the files had been written long ago
    root = study(tmp_path)
    gate = Gate(tmp_path, root)
    first = decode(gate.say())
    held = of(first)
    (root / "pages/2602/0000007").write_bytes(b"written anew")
    named, whole = gate.say(held.name), gate.say()
    second = decode(named, held.blocks)
    assert len(named) * 3 < len(whole) * 2
    assert second.content_root == decode(whole).content_root != first.content_root
    assert decode(gate.say("0" * 64)).content_root == second.content_root, "a name that is not known here: all of it"
    held = of(second)
    assert len(gate.say(held.name)) < 600
    full = decode(gate.say(held.name, is_full=True), held.blocks)
    assert full.content_root == second.content_root


def test_a_gate_that_remembers_nothing_says_everything(tmp_path: Path) -> None:
    gate = Gate(tmp_path, study(tmp_path))
    gate.site = HostSite(Side.STANDBY, b"/x", Release.DFDISCOVER_5, StopScope.STUDY)
    held = of(decode(gate.say()))
    assert decode(gate.say(held.name)).files == 400


def test_a_listing_lasts_until_the_next_cycle(tmp_path: Path) -> None:
    manifest = scan(os.fsencode(study(tmp_path)), Kept(Notebook(tmp_path / "nb", os.fsencode(tmp_path / "study"))))
    listings = Listings(tmp_path / "listings")
    assert listings.held(KEY) == Held()
    listings.keep(KEY, manifest)
    assert listings.held(KEY) == of(manifest)
    assert not (tmp_path / "listings").exists()
    listings.save()
    written = {path.suffix: path for path in (tmp_path / "listings").iterdir()}
    assert written.keys() == {".manifest", ".name"}
    assert not any(path.stat().st_mode & 0o077 for path in written.values())
    again = Listings(tmp_path / "listings")
    assert again.name_of(KEY) == of(manifest).name
    assert again.held(KEY) == of(manifest)
    assert again.name_of(KEY) == of(manifest).name


def test_the_name_of_a_listing_is_known_without_reading_it(tmp_path: Path) -> None:
    manifest = scan(os.fsencode(study(tmp_path)), Kept(Notebook(tmp_path / "nb", os.fsencode(tmp_path / "study"))))
    listings = Listings(tmp_path / "listings")
    assert listings.name_of(KEY) == ""
    listings.keep(KEY, manifest)
    listings.save()
    (tmp_path / "listings" / "035.STUDY_DIR.standby.manifest").unlink()
    assert Listings(tmp_path / "listings").name_of(KEY) == of(manifest).name
    (tmp_path / "listings" / "035.STUDY_DIR.standby.name").write_bytes(b"\xff no name of a listing")
    assert Listings(tmp_path / "listings").name_of(KEY) == ""


@pytest.mark.parametrize("damage", ["altered", "truncated", "gone", "other"])
def test_a_listing_that_was_damaged_is_none(tmp_path: Path, damage: str) -> None:
    listings = Listings(tmp_path / "listings")
    listings.keep(KEY, scan(os.fsencode(study(tmp_path)), Kept(Notebook(tmp_path / "nb", b"/x"))))
    listings.save()
    (path,) = (tmp_path / "listings").glob("*.manifest")
    content = bytearray(path.read_bytes())
    if damage == "altered":
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif damage == "truncated":
        path.write_bytes(content[:-9])
    elif damage == "other":
        path.write_bytes(b"something else")
    else:
        path.unlink()
    assert Listings(tmp_path / "listings").held(KEY) == Held()


def test_a_folder_that_takes_no_listing_costs_time_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "listings").write_bytes(b"a file where a folder belongs")
    listings = Listings(tmp_path / "listings")
    listings.keep(KEY, scan(os.fsencode(study(tmp_path)), Kept(Notebook(tmp_path / "nb", b"/x"))))
    listings.save()
    assert listings.held(KEY).blocks


@pytest.mark.hazard("H54")
def test_a_root_is_forced_to_its_disk_or_the_answer_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"1")
    assert flush_root(os.fsencode(tmp_path)).folder == os.fsencode(tmp_path)
    with pytest.raises(PathUnreadable, match="forced to its disk"):
        flush_root(os.fsencode(tmp_path / "not here"))
