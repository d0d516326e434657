"""The change budgets as a truth table, and what must hold whatever the plan."""

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm import wire
from dfwarm.errors import ApprovalRefused
from dfwarm.facts.ledger import GENESIS, Act, Line
from dfwarm.plan.budget import (
    ALWAYS_ALLOWED_CHANGES,
    ALWAYS_ALLOWED_DELETES,
    RULES,
    Changes,
    Item,
    Items,
    Limits,
    Sizes,
    judge_changes,
)
from dfwarm.plan.hold import (
    HeldPlan,
    describe_hold_approval,
    describe_use,
    digest_of,
    judge_beyond,
    open_approval,
    read_plan,
    refuse_approval,
)
from dfwarm.terms import CycleId, StudyNumber

LIMITS = Limits(shrink_basis_points=1000, delete_basis_points=200)
SIZES = Sizes(1000, 900, 1000, 1000, 10**9, 10**9, 900)
QUIET = Changes("STUDY_DIR", SIZES)
THEN = datetime(2026, 11, 24, 2, tzinfo=UTC)
HELD = CycleId(StudyNumber(35), 7)


def items(count: int, word: str = "a") -> Items:
    return tuple(Item(f"pages/2601/{word}{number}".encode(), "ff") for number in range(count))


def breached(changes: Changes, limits: Limits = LIMITS) -> list[str]:
    return [breach.rule for breach in judge_changes(changes, limits)]


@pytest.mark.hazard("H01")
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_an_empty_production_is_always_refused_and_nobody_can_approve_it(standby: int, earlier: int) -> None:
    found = judge_changes(Changes("", Sizes(1, 0, standby, earlier)), LIMITS)
    assert (found[0].rule, found[0].can_be_approved) == ("source", False)


@pytest.mark.hazard("H01")
def test_a_production_that_lost_half_is_held() -> None:
    lost = replace(QUIET, sizes=Sizes(500, 400, 1000, 1000, 10**9, 10**9), deletes=items(500))
    said = [breach.says for breach in judge_changes(lost, LIMITS)]
    assert any("shrank from 1,000 to 500" in each for each in said)
    assert any("500 of 1,000 entries would be deleted" in each for each in said)
    lost = replace(QUIET, sizes=Sizes(1000, 900, 1000, 1000, 5 * 10**8, 10**9))
    assert breached(lost) == ["shrinkage"]


def test_the_first_copy_and_a_day_of_work_pass() -> None:
    assert judge_changes(Changes("", Sizes(1000, 900, 1, 0, 10**9, 0)), LIMITS) == ()
    day = replace(QUIET, sizes=Sizes(1010, 910, 1000, 1000, 10**9, 10**9, 900), deletes=items(5), changed=items(200))
    assert judge_changes(day, LIMITS) == ()


@given(st.integers(1, 10**6), st.integers(0, 2000))
def test_deletions_pass_up_to_share_and_number_and_not_beyond(standby: int, deletes: int) -> None:
    allowed = min(500, max(ALWAYS_ALLOWED_DELETES, standby * 200 // 10_000))
    changes = Changes("", Sizes(standby, standby, standby, standby), deletes=items(deletes))
    assert bool(breached(changes)) == (deletes > allowed)


@given(st.integers(1, 10**4), st.integers(0, 3000))
def test_changed_files_pass_up_to_their_share_and_not_beyond(files: int, changed: int) -> None:
    sizes = Sizes(files, files, files, files, standby_files=files)
    allowed = max(ALWAYS_ALLOWED_CHANGES, files * 2500 // 10_000)
    assert bool(breached(Changes("", sizes, changed=items(changed)))) == (changed > allowed)


CLASSES = {
    "journal deletions": ("journal_deletes", "journal_deletes", 0),
    "data deletions": ("data_deletes", "data_deletes", 0),
    "setup deletions": ("setup_deletes", "setup_deletes", 0),
    "folders": ("lost_folders", "lost_folders", 0),
    "garbled images": ("garbled_images", "garbled_images", 0),
    "strange images": ("strange_images", "strange_images", 5),
}


@pytest.mark.hazard("H01")
@pytest.mark.parametrize("rule", CLASSES)
def test_each_class_has_a_limit_of_its_own(rule: str) -> None:
    name, limit, usual = CLASSES[rule]
    assert breached(replace(QUIET, **{name: items(usual)})) == []
    assert breached(replace(QUIET, **{name: items(usual + 1)})) == [rule]
    assert breached(replace(QUIET, **{name: items(9)}), replace(LIMITS, **{limit: 9})) == []


@pytest.mark.hazard("H20")
def test_a_journal_that_did_not_only_grow_is_held() -> None:
    (found,) = judge_changes(replace(QUIET, broken_journals=(Item(b"data/2601.jnl", "is shorter"),)), LIMITS)
    assert (found.rule, found.says) == ("journals", "journal data/2601.jnl is shorter")


def test_every_rule_has_a_name_of_its_own_and_every_sort_of_item_a_rule() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    sorts = [field.name for field in fields(Changes) if field.type is Items or field.name == "changed"]
    flood = {name: items(2000) for name in sorts}
    assert len(sorts) == 9
    assert len(set(breached(replace(QUIET, **flood)))) == 9


plans = st.builds(
    Changes,
    root=st.sampled_from(["STUDY_DIR", "PAGE_DIR"]),
    sizes=st.builds(
        Sizes, *[st.integers(1, 3000)] * 4, production_bytes=st.integers(0, 10**7), standby_bytes=st.integers(0, 10**7)
    ),
    deletes=st.integers(0, 700).map(items),
    journal_deletes=st.integers(0, 2).map(items),
    setup_deletes=st.integers(0, 2).map(items),
    changed=st.integers(0, 90).map(items),
    garbled_images=st.integers(0, 2).map(items),
    broken_journals=st.integers(0, 2).map(items),
)


@given(plans)
def test_what_was_approved_passes_and_is_judged_without_it_as_before(plan: Changes) -> None:
    held = HeldPlan("1", LIMITS, (plan,), judge_changes(plan, LIMITS))
    assert judge_beyond((plan,), held, LIMITS) == ()
    assert judge_beyond((plan,), None, LIMITS) == judge_changes(plan, LIMITS)
    assert wire.load(HeldPlan, held.encode()) == held


@given(plans, st.sampled_from(["journal_deletes", "data_deletes", "setup_deletes", "garbled_images", "lost_folders"]))
def test_one_thing_more_than_was_approved_is_held_again(plan: Changes, sort: str) -> None:
    held = HeldPlan("1", LIMITS, (plan,), ())
    more = replace(plan, **{sort: (*getattr(plan, sort), Item(b"lib/one-more", "00"))})
    assert [breach.says for breach in judge_beyond((more,), held, LIMITS)]
    other = replace(plan, root="REPORTS_DIR", journal_deletes=items(1))
    assert judge_beyond((other,), held, LIMITS) == judge_changes(other, LIMITS)


def test_a_changed_file_that_changed_again_was_not_approved() -> None:
    plan = replace(QUIET, garbled_images=(Item(b"pages/2601/0001001", "aa"),))
    again = replace(QUIET, garbled_images=(Item(b"pages/2601/0001001", "bb"),))
    assert judge_beyond((again,), HeldPlan("1", LIMITS, (plan,), ()), LIMITS)


def test_a_loss_that_grew_beyond_the_approved_one_is_held_again() -> None:
    plan = replace(QUIET, sizes=Sizes(500, 400, 1000, 1000))
    held = HeldPlan("1", LIMITS, (plan,), ())
    assert judge_beyond((replace(QUIET, sizes=Sizes(450, 400, 1000, 1000)),), held, LIMITS) == ()
    assert judge_beyond((replace(QUIET, sizes=Sizes(300, 200, 1000, 1000)),), held, LIMITS)


def line(act: Act, cycle: str, **detail: str) -> Line:
    return Line(THEN, act, cycle, detail, GENESIS)


APPROVED = line(Act.APPROVAL, "", **describe_hold_approval(HELD, "d" * 64, by="qa-1", reason="purged"))
OTHERS = (line(Act.APPROVAL, "", subject="scope"), line(Act.CYCLE_CLOSED, "036-00009", outcome="EQUIVALENT"))


def test_an_approval_is_open_until_it_is_used_or_a_cycle_proved_equality() -> None:
    study = HELD.study
    approval = open_approval((APPROVED, *OTHERS), study)
    assert approval is not None
    assert (approval.held, approval.by, approval.reason) == (HELD, "qa-1", "purged")
    used = line(Act.APPROVAL, "035-00008", **describe_use(approval))
    assert open_approval((APPROVED, used), study) is None
    for outcome, is_open in (("INCONCLUSIVE", True), ("DISCREPANT", True), ("EQUIVALENT", False)):
        closed = line(Act.CYCLE_CLOSED, "035-00008", outcome=outcome)
        assert (open_approval((APPROVED, closed), study) is not None) == is_open
    assert open_approval((APPROVED,), StudyNumber(36)) is None
    assert open_approval((), study) is None


def test_an_approval_of_other_bytes_is_none() -> None:
    content = HeldPlan("1", LIMITS, (QUIET,), ()).encode()
    approval = open_approval(
        (line(Act.APPROVAL, "", **describe_hold_approval(HELD, digest_of(content), by="qa-1", reason="r")),), HELD.study
    )
    assert approval is not None
    assert read_plan(approval, content).plan.roots == (QUIET,)
    with pytest.raises(ApprovalRefused, match="not the one that qa-1 approved"):
        read_plan(approval, content + b" ")


@pytest.mark.parametrize("name", ["root", "Root", "data  manager", "Data Manager "])
def test_whoever_ran_or_configured_it_does_not_approve_it(name: str) -> None:
    with pytest.raises(ApprovalRefused, match="somebody else"):
        refuse_approval((), HELD, name, frozenset({"root", "Data Manager", ""}))


def test_a_plan_is_approved_once_and_not_after_a_later_proof() -> None:
    known = frozenset({"root"})
    refuse_approval(OTHERS, HELD, "qa-1", known)
    with pytest.raises(ApprovalRefused, match="once is all"):
        refuse_approval((APPROVED,), HELD, "qa-2", known)
    for cycle, is_refused in (("035-00006", False), ("035-00008", True)):
        closed = line(Act.CYCLE_CLOSED, cycle, outcome="EQUIVALENT")
        if is_refused:
            with pytest.raises(ApprovalRefused, match="is no more"):
                refuse_approval((closed,), HELD, "qa-1", known)
        else:
            refuse_approval((closed,), HELD, "qa-1", known)
