"""The scope policy: what it treats otherwise, who approved it, and what it forbids until somebody has."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.datafax.layout import place_of, within_study
from dfwarm.errors import AnswerRefused
from dfwarm.evidence.scope import RootRecord, RootSetAside, record_scope, render_coverage, render_set_aside
from dfwarm.facts.ledger import GENESIS, Act, Line
from dfwarm.manifest.difference import compare
from dfwarm.manifest.listing import Gap, GapKind
from dfwarm.manifest.policy import Policy, Rule
from dfwarm.manifest.scope import Scope
from dfwarm.plan.scope import (
    BUILT_IN,
    DIGEST,
    HOSTS_OWN,
    ScopeOrder,
    built_in_policy,
    describe_approval,
    describe_scope,
    last_approval,
    layout_rules,
    order_scope,
)
from dfwarm.terms import Treatment
from manifest_maker import Made, Tree, folder, made

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BUILT = built_in_policy()
OTHER = replace(BUILT, name="site", version="2", rules=(*BUILT.rules, Rule(Treatment.EXCLUDE, b"/work/core", "a dump")))
PARTS = st.sampled_from(
    [
        b"data",
        b"work",
        b"drf",
        b"df",
        b"lib",
        b"pages",
        b"0842",
        b"plt001.dat",
        b"plt001.idx",
        b".idx",
        b"2611.jnl",
        b"DFserver.cf",
        b"a_output.html",
        b"_output.xml",
        b"x\ny.dat",
        b"odd",
    ]
)


def line(act: Act, **detail: str) -> Line:
    return Line(NOON, act, "", detail, GENESIS)


def approved(policy: Policy, *before: Line) -> tuple[Line, ...]:
    order = order_scope(policy, before)
    return (*before, line(Act.APPROVAL, **describe_approval(order, by="qa-1", reason="reviewed")))


def begun(order: ScopeOrder) -> Line:
    return line(Act.CYCLE_BEGUN, **describe_scope(order))


@given(st.lists(PARTS, min_size=1, max_size=4).map(b"/".join))
def test_the_built_in_policy_treats_every_path_as_the_table_of_the_study_directory_does(path: bytes) -> None:
    rule = Scope(BUILT.rules).rule(path)
    found = rule.treatment if rule else Treatment.COMPARE
    below_a_file = Scope((HOSTS_OWN,)).omits(path) and path != b"lib/DFserver.cf"
    assert below_a_file or found is place_of(path).treatment


def test_the_built_in_policy_says_of_every_part_of_the_layout_that_is_treated_otherwise() -> None:
    said = {rule.pattern for rule in BUILT.rules}
    assert said == {rule.pattern for rule in layout_rules(*Treatment)}
    assert {b"/work", b"/drf", b"/data/?*.idx", b"/data/*.dat", b"/lib/DFserver.cf"} <= said


@pytest.mark.parametrize(
    ("key", "path", "is_left_out"),
    [
        ("STUDY_DIR", b"work/DFX_keys", True),
        ("WORKING_DIR", b"DFX_keys", True),
        ("WORKING_DIR", b".", True),
        ("DATABASE_DIR", b"plt001.idx", True),
        ("DATABASE_DIR", b"plt001.dat", False),
        ("DATABASE_DIR", b".", False),
        ("PAGE_DIR", b"work/x", False),
    ],
)
def test_the_rules_hold_below_a_root_that_lies_elsewhere_too(key: str, path: bytes, is_left_out: bool) -> None:
    scope = Scope(BUILT.rules, within_study(key))
    assert scope.excludes(path) is is_left_out
    parent, _, name = path.rpartition(b"/")
    assert scope.touches(parent or b".", name) is is_left_out
    assert scope.takes_by_records(path) is (path == b"plt001.dat")


def test_what_is_excluded_outranks_what_is_replicated_and_that_what_is_compared_by_records() -> None:
    rules = tuple(
        Rule(treatment, b"/data/a.dat", treatment.value)
        for treatment in (Treatment.BY_RECORDS, Treatment.REPLICATE, Treatment.EXCLUDE)
    )
    assert Scope(rules).reason(b"data/a.dat") == Treatment.EXCLUDE.value
    assert Scope(rules[:2]).reason(b"data/a.dat") == Treatment.REPLICATE.value
    assert Scope(rules[:1]).reason(b"data/a.dat") == ""
    assert not Scope(rules[:1]).excludes(b"data/a.dat")


@pytest.mark.hazard("H36")
def test_what_is_replicated_and_cannot_be_read_is_a_gap_since_it_cannot_come_along() -> None:
    here, moving = Made(b"work/a", b"1"), Gap(b"work/b", GapKind.CHANGED, "its size moved")
    gaps = (Gap(b"work/a", GapKind.UNREADABLE, "Permission denied"), moving)
    found = compare(Tree([here], gaps=gaps).manifest(), made(here), Scope(BUILT.rules))
    assert [gap.path for gap in found.gaps] == [b"work/a"]


@pytest.mark.hazard("H10")
@pytest.mark.requirement("URS-SCO-01")
def test_a_changed_policy_is_not_approved_until_somebody_answers_for_it() -> None:
    order = order_scope(OTHER, ())
    assert not order.is_approved
    assert "scope policy not approved: site version 2" in order.problem
    assert [each[:2] for each in order.changes()] == ["- ", "+ ", "+ "]
    ledger = approved(OTHER)
    assert order_scope(OTHER, ledger).is_approved
    assert order_scope(OTHER, ledger).problem == ""
    assert last_approval(ledger).by == "qa-1"
    assert not order_scope(BUILT, ledger).is_approved, "going back is a change too"
    assert ledger[0].detail["previous"] == BUILT.digest
    assert order_scope(BUILT, approved(BUILT, *ledger)).is_approved


def test_the_built_in_policy_counts_as_approved_as_long_as_it_is_the_one_of_the_first_cycle() -> None:
    first = order_scope(BUILT, ())
    assert first.is_approved
    assert order_scope(BUILT, (begun(first),)).is_approved
    earlier = line(Act.CYCLE_BEGUN, **{DIGEST: "0" * 64, BUILT_IN: "true"})
    assert not order_scope(BUILT, (earlier, begun(first))).is_approved, "another release brought another policy"


def test_a_cycle_that_went_by_an_unapproved_policy_approves_nothing() -> None:
    begun_with = begun(order_scope(OTHER, ()))
    assert begun_with.detail[BUILT_IN] == "false"
    assert not order_scope(OTHER, (begun_with,)).is_approved
    assert order_scope(BUILT, (begun_with,)).is_approved


def test_an_approval_that_does_not_fit_its_policy_is_refused() -> None:
    (forged,) = approved(OTHER)
    with pytest.raises(AnswerRefused):
        order_scope(OTHER, (replace(forged, detail={**forged.detail, "digest": BUILT.digest}),))


def test_until_it_is_approved_nothing_is_sent_that_the_approved_policy_excludes() -> None:
    order = order_scope(replace(OTHER, rules=()), approved(OTHER))
    assert [rule.pattern for rule in order.withheld] == [b"/lib/DFserver.cf", b"/work/core"]
    assert order_scope(replace(OTHER, rules=()), approved(replace(OTHER, rules=()))).withheld == ()


def test_any_change_has_another_digest() -> None:
    changed = (
        replace(BUILT, name="x"),
        replace(BUILT, version="2"),
        replace(BUILT, roots=("STUDY_DIR",)),
        replace(BUILT, rules=BUILT.rules[1:]),
        replace(BUILT, rules=(replace(HOSTS_OWN, reason="other"), *BUILT.rules[1:])),
        replace(BUILT, rules=(replace(HOSTS_OWN, treatment=Treatment.REPLICATE), *BUILT.rules[1:])),
    )
    assert len({policy.digest for policy in (BUILT, *changed)}) == len(changed) + 1


@pytest.mark.hazard("H11")
@pytest.mark.requirement("URS-SCO-03")
def test_the_record_counts_and_digests_what_was_left_out_on_both_sides() -> None:
    ours = made(folder(b"work"), Made(b"work/a", b"1"), Made(b"work/b", b"2"), Made(b"x", b"3"))
    theirs = made(folder(b"work"), Made(b"work/a", b"9"), Made(b"x", b"3"))
    left_out = tuple(RootSetAside("STUDY_DIR", each) for each in compare(ours, theirs, Scope(BUILT.rules)).set_aside)
    record = record_scope(order_scope(BUILT, ()), (RootRecord("STUDY_DIR", "/a", "/b"),), left_out, ("120",))
    counts = {rule.pattern: (rule.production, rule.standby) for rule in record.rules}
    assert counts["/work"] == (3, 2)
    assert record.left_out == 3
    assert record.production_set_aside != record.standby_set_aside
    assert (record.problem, record.unscoped_studies) == ("", ("120",))


def test_roots_that_the_policy_does_not_name_are_a_problem() -> None:
    policy = replace(OTHER, roots=("STUDY_DIR", "PAGE_DIR"))
    order = order_scope(policy, approved(policy))
    roots = tuple(RootRecord(key, "/a", "/b") for key in ("STUDY_DIR", "PAGE_DIR", "DATABASE_DIR"))
    assert record_scope(order, roots[:2], (), ()).problem == ""
    assert "DATABASE_DIR" in record_scope(order, roots, (), ()).problem
    assert "roots" in record_scope(order, roots[:1], (), ()).problem


def test_what_was_left_out_is_written_a_line_each_with_the_whole_policy_beside_it() -> None:
    ours = made(folder(b"work"), Made(b"work/a", b"1"))
    left_out = tuple(RootSetAside("STUDY_DIR", each) for each in compare(ours, made(), Scope(BUILT.rules)).set_aside)
    lines = render_set_aside(left_out).splitlines()
    assert len(lines) == len(left_out) == 2
    order = order_scope(BUILT, ())
    told = render_coverage(order, record_scope(order, (), left_out, ()), ("checked 1 of 1 expected",))
    assert b'"name": "built-in"' in told
    assert b"checked 1 of 1 expected" in told
