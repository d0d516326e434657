"""A time point needs two looks that agree: the listing before it is one of them only while nothing at all moved since."""

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from gate_cast import STUDY, a_server, site_of

from dfwarm.equipment.walk import NOBODY
from dfwarm.facts.capture import Captured
from dfwarm.facts.site import HostSite
from dfwarm.gate.capture import capture
from dfwarm.gate.kept import forget, keep_quiet, take_quiet
from dfwarm.gate.manifest import answer_manifest
from dfwarm.gate.since import take_begin

CYCLE = "035-00001"


@dataclass(frozen=True, slots=True)
class Listed:
    """A study that this conversation has listed."""

    site: HostSite
    study: Path

    def list_it(self) -> None:
        answer_manifest(self.site, os.fsencode(self.study), io.BytesIO(), is_full=False, known="")

    def catch(self) -> Captured:
        return capture(self.site, STUDY, CYCLE)


@pytest.fixture
def listed(tmp_path: Path) -> Iterator[Listed]:
    with a_server(tmp_path / "server") as made:
        study = made.study_dir(STUDY)
        for path in study.rglob("*"):  # long before anything is read, as on a real server
            os.utime(path, ns=(1_700_000_000_000_000_000,) * 2, follow_symlinks=False)
        found = Listed(site_of(made, state=str(tmp_path / "state"), staging=str(tmp_path / "staging")), study)
        found.list_it()
        take_begin(STUDY)  # of reports that another test ran in this process
        yield found
    forget()


def grow(study: Path) -> None:
    with (study / "data" / "plt001.dat").open("ab") as file:
        file.write(b"1|2|\n")


def rewrite_with_the_old_time(study: Path) -> None:
    path = study / "data" / "plt001.dat"
    before = path.stat()
    path.write_bytes(bytes(reversed(path.read_bytes())))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def rename_as_deleted(study: Path) -> None:
    page = next(path for path in sorted((study / "pages").rglob("*")) if path.is_file() and path.name[0] != "X")
    page.rename(page.with_name(f"X{page.name}"))


def come_and_go(study: Path) -> None:
    (study / "data" / "fleeting").write_bytes(b"1")
    (study / "data" / "fleeting").unlink()


MOVES: dict[str, Callable[[Path], None]] = {
    "a file grew": grow,
    "a file was written anew, its time set back": rewrite_with_the_old_time,
    "a file came": lambda study: (study / "work" / "new").touch(),
    "a file came and went": come_and_go,
    "a file went": lambda study: (study / "data" / "plt001.dat").unlink(),
    "a page was renamed": rename_as_deleted,
    "a folder came": lambda study: (study / "pages" / "9901").mkdir(),
    "a mode changed": lambda study: (study / "data" / "plt001.dat").chmod(0o600),
    "the root's own mode changed": lambda study: study.chmod(0o700),
    "a second name came": lambda study: (study / "work" / "other").hardlink_to(study / "data" / "plt001.dat"),
}


def test_where_nothing_moved_the_listing_before_it_is_the_first_look(listed: Listed) -> None:
    caught = listed.catch()
    assert not caught.moved
    assert caught.looked_at is not None
    assert caught.looked_at <= caught.as_of <= caught.until
    assert caught.looks == 1
    assert not any(root.paths for root in caught.roots)


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES.keys())
def test_whatever_moved_since_the_listing_makes_two_looks_of_its_own(
    listed: Listed, move: Callable[[Path], None]
) -> None:
    move(listed.study)
    caught = listed.catch()
    assert caught.looked_at is None
    assert caught.looks == 2
    assert caught.first_look_at == caught.as_of


def test_what_is_put_aside_is_never_without_a_look_after_it(listed: Listed) -> None:
    """A second try finds nothing new, but the copies of the first one are made again and have to be proven."""
    (listed.study / "work" / "new").write_bytes(b"1")
    assert listed.catch().looks == 2
    again = listed.catch()
    assert any(root.paths for root in again.roots)
    assert again.looks == 2


def test_a_listing_that_could_not_read_everything_is_no_look(listed: Listed, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = listed.study / "data" / "plt001.dat"
    real = os.readv

    def lose(descriptor: int, buffers: list[memoryview]) -> int:
        if os.readlink(f"/proc/self/fd/{descriptor}") == str(gone):
            raise OSError(5, "Input/output error")
        return real(descriptor, buffers)

    gone.write_bytes(b"1|2|\n")
    monkeypatch.setattr(os, "readv", lose)
    listed.list_it()
    assert listed.catch().looks == 2


def test_a_new_listing_forgets_which_folders_a_freeze_was_not_to_open(listed: Listed) -> None:
    keep_quiet(os.fsencode(listed.study), {b"pages/0901": (1, 2, 3)})
    listed.list_it()
    assert take_quiet(os.fsencode(listed.study)) is NOBODY
