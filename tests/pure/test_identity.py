"""What is strange about a root, and how two sides can be one."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dfwarm.facts.identity import Identified, Identity, RootIdentity, entanglement, strangeness
from dfwarm.terms import Side, StudyNumber

ROOT = RootIdentity("STUDY_DIR", b"/opt/studies/035", b"/data/studies/035", "uuid:1", 7)
PAGES = RootIdentity("PAGE_DIR", b"/pages/035", b"/pages/035", "uuid:2", 8)
ADOPTED = Identity("pair", Side.STANDBY, StudyNumber(35), (ROOT, PAGES), datetime(2026, 11, 1, tzinfo=UTC))


def strange(*seen: RootIdentity, pair: str = "pair", side: Side = Side.STANDBY) -> tuple[str, ...]:
    return strangeness(ADOPTED, pair, side, seen)


def test_what_is_as_it_was_adopted_is_not_strange() -> None:
    assert strange(ROOT, PAGES) == strange(PAGES, replace(ROOT, entries=99)) == ()


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        ((ROOT,), "root PAGE_DIR is no root of the study any more"),
        ((ROOT, PAGES, replace(PAGES, key="DATABASE_DIR")), "root DATABASE_DIR was never adopted"),
        ((replace(ROOT, real=b"/else"), PAGES), "/opt/studies/035 leads to /else, and led to /data/studies/035"),
        ((replace(ROOT, file_system="uuid:9"), PAGES), "lies on disk uuid:9, and lay on uuid:1"),
        ((replace(ROOT, inode=9), PAGES), "is another folder than the one that was adopted, on the same disk"),
    ],
)
def test_what_is_not_as_it_was_adopted_is_said(seen: tuple[RootIdentity, ...], says: str) -> None:
    (found,) = strange(*seen)
    assert says in found


def test_another_pair_and_another_side_are_both_said() -> None:
    found = strange(ROOT, PAGES, pair="other", side=Side.PRODUCTION)
    assert found[0] == "it was adopted for pair pair, not other"
    assert found[1] == "it was adopted as standby, and is now asked as production: the sides are swapped"


def side(*roots: RootIdentity, machine: str = "m", host: str = "h") -> Identified:
    return Identified(machine, host, roots, is_adopted=True, problems=())


def test_two_hosts_are_never_one_whatever_their_folders_are_called() -> None:
    assert entanglement(side(ROOT), side(ROOT, machine="other")) == ()
    assert entanglement(side(ROOT), side(ROOT, host="other")) == ()


def test_on_one_host_the_same_folder_and_one_inside_the_other_are_seen() -> None:
    (same,) = entanglement(side(ROOT), side(replace(ROOT, real=b"/mnt/bind", folder=b"/mnt/bind")))
    assert same == "production's /opt/studies/035 and the standby's /mnt/bind are one and the same folder"
    inner = replace(ROOT, real=b"/data/studies/035/pages", inode=9)
    assert "lie inside each other" in entanglement(side(ROOT), side(inner))[0]
    assert "lie inside each other" in entanglement(side(inner), side(ROOT))[0]
    assert entanglement(side(ROOT), side(replace(ROOT, real=b"/data/studies/0350", inode=9))) == ()
