"""A difference in plain words: its cause where one is known, the side that is wrong where it is proven."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dfwarm.errors import AnswerRefused
from dfwarm.evidence.causes import CAUSES, causes_of
from dfwarm.evidence.differences import RootDifference, parse_differences, render_differences
from dfwarm.evidence.explanation import explain
from dfwarm.manifest.difference import Difference, compare
from dfwarm.manifest.entry import Entry
from dfwarm.manifest.people import People
from dfwarm.manifest.scope import Scope
from dfwarm.plan.deviation import Deviation, weigh
from dfwarm.plan.repair import Remedy, plan_repair
from dfwarm.plan.wrong_side import SideJudgement, WrongSide, judge_side
from manifest_maker import MTIME, NOON, Made, Tree, folder, link, made

PAGE = Made(b"pages/2601/0001001", b"ink")
NOWHERE = SideJudgement(WrongSide.UNKNOWN, "nothing is known")


def differences(ours: list[Made], theirs: list[Made]) -> tuple[Difference, ...]:
    ways = [folder(b"pages"), folder(b"pages/2601"), folder(b"data")]
    return compare(made(*ways, *ours), made(*ways, *theirs), Scope()).differences


def one(ours: list[Made], theirs: list[Made]) -> Difference:
    (found,) = differences(ours, theirs)
    return found


def names(ours: list[Made], theirs: list[Made]) -> set[str]:
    found = differences(ours, theirs)
    paths = frozenset(each.path for each in found)
    return {cause.name for each in found for cause in causes_of(each, paths)}


JOURNAL = Made(b"data/2026.jnl", b"1\n2\n")
PLATE = Made(b"data/plt001.dat", b"1\n2\n")
LATER = MTIME + 90_000_000_000


@pytest.mark.parametrize(
    ("ours", "theirs", "name"),
    [
        ([PLATE], [replace(PLATE, content=b"2\n1\n", mtime_ns=LATER)], "server rewrote its file"),
        ([replace(PAGE, path=b"pages/2601/X0001001")], [PAGE], "deletion half done"),
        ([replace(PAGE, path=b"pages/2601/X0001002")], [PAGE], None),
        ([JOURNAL], [replace(JOURNAL, content=b"1\n", mtime_ns=MTIME - 1)], "journal grew"),
        ([PAGE], [replace(PAGE, content=b"pen", mtime_ns=MTIME + 800_000_000)], "clock grain"),
        ([PAGE], [replace(PAGE, content=b"pen")], "unseen by a quick check"),
        ([PAGE], [replace(PAGE, mode=0o100600)], None),
    ],
)
def test_a_known_cause_is_recognised_by_its_signs(ours: list[Made], theirs: list[Made], name: str | None) -> None:
    found = names(ours, theirs)
    assert (name in found) if name else not found


def test_an_owner_without_a_name_is_recognised() -> None:
    nameless = People(((0, "root"), (500, "#500")), ((0, "root"), (500, "studies")))
    found = compare(made(PAGE), Tree([PAGE], nameless).manifest(), Scope()).differences
    assert {cause.name for each in found for cause in causes_of(each, frozenset())} == {"name missing"}


def test_every_cause_has_a_case_above() -> None:
    assert len(CAUSES) == 6


def test_an_unseen_edit_is_explained_with_why_nobody_saw_it() -> None:
    difference = one([PAGE], [replace(PAGE, content=b"pen")])
    proven = (difference.production,) if difference.production else ()
    said = explain(difference, frozenset(), judge_side(difference, proven))
    assert said[0] == "* pages/2601/0001001 is other content."
    assert said[1].startswith("  Sha256 ")
    assert (
        "On production it is a file of datafax:studies, mode 0644, 3 bytes, last written 2023-11-14 22:13:20 UTC"
        in said[2]
    )
    assert any("a comparison by size and time passes it by" in line for line in said)
    assert said[-2].startswith("Which side is wrong: the standby (production holds what the last equivalent cycle")
    assert said[-1] == "What can be done: let production's entry replace the standby's."


def test_what_is_known_of_the_place_of_a_difference_is_said() -> None:
    said = explain(one([PAGE], [replace(PAGE, content=b"longer", read_at=0)]), frozenset(), NOWHERE)
    assert "They differ from byte 4 of 6 on at the latest." in said


def test_links_folders_and_nothing_are_told_apart() -> None:
    said = " ".join(
        line
        for ours, theirs in (
            ([link(b"l", b"a")], [link(b"l", b"b")]),
            ([folder(b"d")], [folder(b"d", mode=0o700)]),
            ([], [Made(b"odd", b"")]),
            ([Made(b"u", None, size=1)], [Made(b"u", b"")]),
            ([Made(b"never", b"", read_at=1 << 60)], []),
            ([Made(b"far", b"", mtime_ns=1 << 62)], [Made(b"far", b"", mtime_ns=-(1 << 62))]),
        )
        for line in explain(one(ours, theirs), frozenset(), NOWHERE)
    )
    for part in (
        "pointing to a.",
        "a directory of",
        "On production there is nothing",
        "bytes were not read",
        "Target a | b",
        "seconds after 1970",
    ):
        assert part in said


def entry(made_entry: Made) -> Entry:
    found = made(made_entry).find(made_entry.path)
    assert found is not None
    return found


ALTERED = replace(PAGE, content=b"pen")
WRITTEN = replace(PAGE, content=b"new ink", mtime_ns=LATER)


@pytest.mark.hazard("H18")
@pytest.mark.parametrize(
    ("ours", "theirs", "proven", "side", "remedy"),
    [
        ([PAGE], [ALTERED], [PAGE], WrongSide.STANDBY, Remedy.SEND),
        ([ALTERED], [PAGE], [PAGE], WrongSide.PRODUCTION, Remedy.KEEP_ASIDE),
        ([WRITTEN], [PAGE], [PAGE], WrongSide.BEHIND, Remedy.SEND),
        ([WRITTEN], [ALTERED], [PAGE], WrongSide.UNKNOWN, Remedy.ASK),
        ([ALTERED], [replace(PAGE, content=b"cut")], [PAGE], WrongSide.BOTH, Remedy.ASK),
        ([PAGE], [ALTERED], [], WrongSide.UNKNOWN, Remedy.ASK),
        ([PAGE], [], [PAGE], WrongSide.STANDBY, Remedy.SEND),
        ([PAGE], [], [], WrongSide.BEHIND, Remedy.SEND),
        ([], [PAGE], [PAGE], WrongSide.BEHIND, Remedy.DELETE),
        ([], [PAGE], [], WrongSide.UNKNOWN, Remedy.ASK),
    ],
)
def test_the_wrong_side_is_said_from_what_was_proven(
    ours: list[Made], theirs: list[Made], proven: list[Made], side: WrongSide, remedy: Remedy
) -> None:
    difference = one(ours, theirs)
    judgement = judge_side(difference, tuple(map(entry, proven)))
    assert judgement.side is side
    assert plan_repair(difference, judgement).remedy is remedy


def test_differences_come_back_from_the_record_as_they_were() -> None:
    found = tuple(
        RootDifference("STUDY_DIR", each) for each in differences([PAGE, WRITTEN], [ALTERED, link(b"\n", b"x")])
    )
    assert parse_differences(render_differences(found)) == found
    assert parse_differences(b"") == ()
    with pytest.raises(AnswerRefused):
        parse_differences(b"{}\n")


def deviation(path: bytes, days: int) -> Deviation:
    return Deviation(
        "STUDY_DIR", path, "the site knows", "data management", NOON - timedelta(days=1), NOON + timedelta(days=days)
    )


def test_an_accepted_difference_counts_until_its_day() -> None:
    found = differences([PAGE, Made(b"data/a", b"1")], [ALTERED])
    accepted, over = deviation(b"pages/2601", 89), deviation(b"data", 0)
    weighed = weigh(found, (accepted, over, deviation(b"pages", 3)), NOON)
    assert [each.path for each in weighed.open] == [b"data/a"]
    assert [(each.path, by) for each, by in weighed.accepted] == [(PAGE.path, accepted)]
    assert weighed.expired == (over,)
    assert accepted.say() == "pages/2601: accepted by data management until 2027-02-20 (the site knows)"


def test_a_deviation_covers_its_path_and_what_lies_below_and_nothing_before_its_day() -> None:
    accepted = deviation(b"data", 9)
    assert accepted.covers(b"data", NOON) and accepted.covers(b"data/a", NOON)
    assert not accepted.covers(b"database", NOON)
    assert not accepted.covers(b"data", NOON - timedelta(days=2))
