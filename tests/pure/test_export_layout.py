"""What an export is made of, and what is refused before any of one is unpacked."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.errors import ExportRefused
from dfwarm.evidence.export.guard import MOST_BYTES, MOST_MEMBERS, Member, refuse_unsafe
from dfwarm.evidence.export.layout import (
    Listed,
    bundle_folder,
    find_bundles,
    strangers,
    wrap_in_bag,
    write_readme,
)
from dfwarm.terms import CycleId, Outcome, StudyNumber

CYCLE = CycleId(StudyNumber(35), 42)
SOUND = Member("035/035-00042/statement.json", 900, 400, 0, 8, 0, 0o100644)
SECOND = replace(SOUND, name="README.txt", offset=1_000)


def refuse(*members: Member, file_bytes: int = 1 << 40) -> str:
    with pytest.raises(ExportRefused) as refused:
        refuse_unsafe(members, file_bytes)
    return str(refused.value)


def test_a_sound_export_passes() -> None:
    refuse_unsafe((SOUND, SECOND), 2_000)
    refuse_unsafe((replace(SOUND, mode=0), replace(SECOND, method=0)), 2_000)
    refuse_unsafe((replace(SOUND, size=1 << 20, packed=10),), 2_000)


@pytest.mark.requirement("URS-EVD-05")
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("../evil", "leads out of the folder"),
        ("035/../../evil", "leads out of the folder"),
        ("/etc/passwd", "absolute name"),
        ("C:/evil", "absolute name"),
        ("035\\evil", "backslash"),
        ("035/035-00042/", "folder entry"),
        ("035//statement.json", "no export has"),
        ("./README.txt", "no export has"),
        ("README.txt\0.exe", "no export has"),
        ("README\u202etxt", "no export has"),
        ("", "no export has"),
        ("setup.exe", "no file of an export"),
        ("035/036-00042/statement.json", "no file of an export"),
        ("data/README.txt", "no file of an export"),
        ("035/035-00042/.hidden", "no file of an export"),
    ],
)
def test_a_name_that_no_export_has_is_refused(name: str, says: str) -> None:
    assert says in refuse(replace(SOUND, name=name))


@pytest.mark.parametrize(
    ("member", "says"),
    [
        (replace(SOUND, flags=0x1), "encrypted"),
        (replace(SOUND, flags=0x40), "encrypted"),
        (replace(SOUND, method=14), "packed by method 14"),
        (replace(SOUND, mode=0o120777), "link or no plain file"),
        (replace(SOUND, mode=0o040755), "link or no plain file"),
        (replace(SOUND, size=2_000_000, packed=19_000), "swells"),
        (replace(SOUND, offset=1), "something lies before it"),
    ],
)
def test_a_member_that_no_export_has_is_refused(member: Member, says: str) -> None:
    assert says in refuse(member)


def test_a_file_that_holds_nothing_too_much_or_the_same_twice_is_refused() -> None:
    assert "holds nothing" in refuse()
    assert "members, more than" in refuse(*[SOUND] * (MOST_MEMBERS + 1))
    large = replace(SOUND, size=MOST_BYTES, packed=MOST_BYTES)
    assert "would swell" in refuse(large, replace(SECOND, offset=MOST_BYTES + 100))
    assert "is there twice" in refuse(SOUND, replace(SOUND, offset=1_000))
    assert "is there twice" in refuse(SOUND, replace(SOUND, name=SOUND.name.replace("stat", "STAT"), offset=1_000))
    assert "a file and a folder" in refuse(SOUND, replace(SECOND, name=f"{SOUND.name}/more"))
    assert "shares its bytes" in refuse(SOUND, replace(SECOND, offset=300))
    assert "cut short" in refuse(SOUND, SECOND, file_bytes=1_200)


@given(st.text(alphabet="./\\ab:0-\0\u202e", max_size=12))
def test_no_name_that_passes_leads_anywhere_else(name: str) -> None:
    try:
        refuse_unsafe((replace(SOUND, name=name),), 2_000)
    except ExportRefused:
        return
    raise AssertionError(name)


def test_a_bundle_is_found_by_its_folder_also_in_a_bag() -> None:
    folder = bundle_folder(CYCLE)
    names = frozenset({f"{folder}statement.json", f"{folder}reports/DFstatus.raw", "README.txt", "log/035/checkpoint"})
    assert find_bundles(names) == {folder: frozenset({"statement.json", "reports/DFstatus.raw"})}
    assert strangers(names) == ()
    bag = frozenset({f"data/{name}" for name in names} | {"bagit.txt", "bag-info.txt", "manifest-sha256.txt"})
    assert find_bundles(bag) == {f"data/{folder}": frozenset({"statement.json", "reports/DFstatus.raw"})}
    assert strangers(bag) == ()
    assert strangers(bag | {"README.txt"}) == ("README.txt",)
    assert strangers(names | {"manifest-sha256.txt"}) == ("manifest-sha256.txt",)


def test_a_bag_names_its_payload_in_order() -> None:
    tags = wrap_in_bag({"b": ("2" * 64, 5), "a": ("1" * 64, 7)})
    assert tags["bag-info.txt"].endswith(b"Payload-Oxum: 12.2\n")
    assert tags["manifest-sha256.txt"].decode() == f"{'1' * 64}  data/a\n{'2' * 64}  data/b\n"


def test_the_readme_names_each_cycle_and_says_which_is_not_sealed() -> None:
    at = datetime(2026, 11, 3, 2, tzinfo=UTC)
    text = write_readme(
        "pair", (Listed(CYCLE, at, Outcome.EQUIVALENT, "a" * 64), Listed(CYCLE, at, Outcome.DISCREPANT, ""))
    )
    assert "CYCLES IN THIS EXPORT (2)" in text
    assert f"035-00042  2026-11-03T02:00:00Z  EQUIVALENT\n    statement {'a' * 64}" in text
    assert "DISCREPANT\n    NOT SEALED" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_member_may_begin_where_the_one_before_ends_and_no_byte_earlier() -> None:
    end = 30 + len(SOUND.name) + SOUND.packed
    refuse_unsafe((SOUND, replace(SECOND, offset=end)), 2_000)
    with pytest.raises(ExportRefused, match="shares its bytes"):
        refuse_unsafe((SOUND, replace(SECOND, offset=end - 1)), 2_000)
