"""Readiness: the rule clause by clause, the report that follows from its facts, and its three renderings."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.equipment.signer import HeldKey
from dfwarm.errors import BundleRefused, DfwarmError, FormatNewer
from dfwarm.evidence import sshsig
from dfwarm.evidence.columns import columns
from dfwarm.evidence.readiness.clause import Effect, Word
from dfwarm.evidence.readiness.content import describe
from dfwarm.evidence.readiness.facts import UNKNOWN, OpenDeviation, PairMonth, PlaceFact, RulingFact
from dfwarm.evidence.readiness.files import DATA, PAGE, SIGNATURE, SUMS, TEXT, check_files, render_files, render_sums
from dfwarm.evidence.readiness.pair_clauses import PAIR_CLAUSES
from dfwarm.evidence.readiness.plots import Bar, Plot, draw
from dfwarm.evidence.readiness.report import read_report, write_report
from dfwarm.evidence.readiness.rule import weigh
from dfwarm.evidence.readiness.spread import Spread, spread
from dfwarm.evidence.readiness.study_clauses import STUDY_CLAUSES
from dfwarm.evidence.seal import SealState
from dfwarm.evidence.signers import Signer
from dfwarm.evidence.trust import Trust
from dfwarm.facts.drill import DrillKind, DrillResult
from dfwarm.plan.gaps import GapKind
from dfwarm.terms import Outcome, Side
from readiness_cast import AUTHORITY, BAD, BEGIN, CYCLES, DAY, DRILL, END, GOOD, KEY, STUDY, gap, of, with_cycle

B, R = Effect.BLOCK, Effect.REMARK
TABLE: tuple[tuple[str, Effect, PairMonth], ...] = (
    ("studies", B, replace(GOOD, studies=())),
    ("audit trail", B, replace(GOOD, trail=("line 7 does not fit the one before it",))),
    ("keys", B, replace(GOOD, keys=())),
    ("keys", B, replace(GOOD, keys=(replace(KEY, ends_at=END - DAY),))),
    ("keys", B, replace(GOOD, keys=(replace(KEY, is_revoked=True),))),
    ("keys", B, replace(GOOD, keys=(replace(KEY, begins_at=END + DAY),))),
    ("authority", B, replace(GOOD, rulings=(RulingFact(BEGIN - DAY, Side.STANDBY, "standby rules, epoch 2"),))),
    ("authority moved", R, replace(GOOD, rulings=(RulingFact(BEGIN + DAY, Side.PRODUCTION, "production rules"),))),
    ("holds", B, of(open_hold="035-00071")),
    ("key ends", R, replace(GOOD, keys=(replace(KEY, ends_at=END + 59 * DAY),))),
    ("key ends", R, replace(GOOD, authorities=(replace(AUTHORITY, ends_at=END + 59 * DAY),))),
    ("key ends", R, replace(GOOD, authorities=(replace(AUTHORITY, ends_at=END - DAY),))),
    ("open cycle", R, replace(GOOD, open_cycle="035-00072")),
    ("copies", R, replace(GOOD, places=())),
    ("copies", R, replace(GOOD, places=(PlaceFact("vault", 9, 1, 0, ()),))),
    ("copies", R, replace(GOOD, places=(PlaceFact("vault", 9, 0, 2, ()),))),
    ("copies", R, replace(GOOD, places=(PlaceFact("vault", 9, 0, 0, ("x is missing",)),))),
    ("month", R, replace(GOOD, is_over=False)),
    ("cycles", B, of(cycles=())),
    ("last verdict", B, of(last_outcome=Outcome.DISCREPANT)),
    ("last verdict", B, of(last_outcome=Outcome.INCONCLUSIVE)),
    ("last verdict", B, of(last_outcome=None)),
    ("recovery point", B, of(age_seconds=GOOD.promised_seconds + 1)),
    ("recovery point", B, of(proven_as_of=None, age_seconds=UNKNOWN)),
    ("recovery point", B, of(age_seconds=-7)),
    *(
        ("gaps", B, of(gaps=(gap(9, kind),)))
        for kind in (GapKind.MISSING, GapKind.FAILED, GapKind.INCONCLUSIVE, GapKind.UNRECORDED)
    ),
    ("explained gaps", R, of(gaps=(gap(9, GapKind.MISSING, explained="planned (dr-lead)"),))),
    ("late cycles", R, of(gaps=(gap(9, GapKind.LATE, "035-00049"),))),
    ("history", B, of(history=("chain: 035-00043 is missing",))),
    ("evidence", B, with_cycle(3, problem="step 2, digests: x is altered")),
    ("recovery point missed", R, with_cycle(3, achieved_seconds=GOOD.promised_seconds + 1)),
    ("freeze", R, with_cycle(3, held_milli=20_001)),
    ("differences", R, with_cycle(3, outcome=Outcome.DISCREPANT)),
    ("deviations", R, of(deviations=(OpenDeviation("work/x: accepted", BEGIN, END + DAY),))),
    ("reviews", R, with_cycle(3, reviewers=())),
    ("seals", R, with_cycle(3, seal=SealState.UNSEALED)),
    ("time-stamps", R, with_cycle(3, seal=SealState.TOKEN_PENDING)),
    ("time-stamps", R, with_cycle(3, seal=SealState.UNSTAMPED)),
    ("drills", R, of(drills=())),
    ("drills", R, of(drills=(replace(DRILL, held_at=END - 367 * DAY),))),
    ("drills", R, of(drills=(replace(DRILL, held_at=END + DAY),))),
    ("drills", R, of(drills=(replace(DRILL, kind=DrillKind.TABLETOP),))),
    ("drills", R, of(drills=(replace(DRILL, result=DrillResult.FAILED),))),
    ("drills", R, of(drills=(replace(DRILL, result=DrillResult.CONDITIONS),))),
)


def text_of(facts: PairMonth) -> str:
    return render_files(write_report(facts))[TEXT].decode()


@pytest.mark.requirement("URS-OPS-03")
def test_a_month_in_which_all_went_well_is_ready_without_a_word_more() -> None:
    report = write_report(GOOD)
    assert (report.word, report.reasons) == (Word.READY, ())


@pytest.mark.requirement("URS-OPS-03")
@pytest.mark.parametrize(("clause", "effect", "facts"), TABLE, ids=lambda value: str(value)[:20])
def test_each_clause_speaks_for_itself_and_has_its_own_weight(clause: str, effect: Effect, facts: PairMonth) -> None:
    report = write_report(facts)
    assert [(reason.clause, reason.effect) for reason in report.reasons] == [(clause, effect)]
    assert report.word is (Word.NOT_READY if effect is B else Word.REMARKS)


def test_the_table_knows_every_clause_of_the_rule() -> None:
    assert {clause for clause, _, _ in TABLE} == {clause.name for clause in (*PAIR_CLAUSES, *STUDY_CLAUSES)}


@pytest.mark.parametrize(
    "facts",
    [
        of(age_seconds=GOOD.promised_seconds),
        with_cycle(3, achieved_seconds=GOOD.promised_seconds, held_milli=20_000),
        replace(GOOD, keys=(replace(KEY, ends_at=END), KEY)),
        replace(GOOD, keys=(replace(KEY, ends_at=END + 61 * DAY),)),
        replace(GOOD, is_sealing=False, keys=(), authorities=()),
        of(drills=(replace(DRILL, held_at=END - 366 * DAY),)),
        replace(GOOD, rulings=(RulingFact(BEGIN - DAY, Side.PRODUCTION, "production rules, epoch 3"),)),
        of(drills=(replace(DRILL, result=DrillResult.FAILED), replace(DRILL, held_at=DRILL.held_at + DAY))),
        with_cycle(3, budget_seconds=0, held_milli=90_000),
    ],
    ids=lambda _: "",
)
def test_what_is_just_within_a_limit_is_ready(facts: PairMonth) -> None:
    assert write_report(facts).word is Word.READY


def test_what_blocks_outweighs_and_precedes_what_is_remarked() -> None:
    effects = [reason.effect for reason in weigh(BAD)]
    assert write_report(BAD).word is Word.NOT_READY
    assert effects == sorted(effects, key=lambda effect: effect is R)
    assert {B, R} == set(effects)


def test_one_bad_study_makes_the_pair_not_ready() -> None:
    facts = replace(GOOD, studies=(STUDY, replace(STUDY, study=36, last_outcome=Outcome.DISCREPANT)))
    assert [(reason.study, reason.clause) for reason in write_report(facts).reasons] == [(36, "last verdict")]


def test_many_of_a_kind_are_named_in_part_and_counted() -> None:
    gaps = tuple(gap(day, GapKind.MISSING) for day in range(1, 13))
    said = [reason.says for reason in weigh(of(gaps=gaps))]
    assert len(said) == 6
    assert said[-1] == "7 more gaps; the report's data names each of them"
    refused = of(cycles=tuple(replace(each, seal=SealState.UNSEALED) for each in CYCLES))
    assert next(iter(weigh(refused))).says.endswith("035-00045 and 26 more")


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=300))
def test_ninety_five_of_a_hundred_lie_within_the_usual_amount(amounts: list[int]) -> None:
    found = spread(amounts)
    assert found.largest == max(amounts)
    assert found.usual in amounts
    assert sum(amount <= found.usual for amount in amounts) * 100 >= 95 * len(amounts)
    assert sum(amount < found.usual for amount in amounts) * 100 < 95 * len(amounts)


def test_of_no_amounts_the_count_says_so() -> None:
    assert spread(()) == Spread(0, 0, 0)


@pytest.mark.parametrize("facts", [GOOD, BAD, replace(GOOD, studies=(), keys=(), places=(), is_sealing=False)])
def test_a_report_is_read_as_it_was_written(facts: PairMonth) -> None:
    report = write_report(facts)
    assert read_report(report.encode()) == report


def test_a_report_whose_word_does_not_follow_from_its_facts_is_refused() -> None:
    content = write_report(BAD).encode()
    with pytest.raises(BundleRefused, match="its own facts say otherwise"):
        read_report(content.replace(b'"word":"NOT READY"', b'"word":"READY"'))
    with pytest.raises(BundleRefused, match="form of RFC 8785"):
        read_report(content + b"\n")
    with pytest.raises(BundleRefused, match="no readiness report"):
        read_report(b"{}")
    with pytest.raises(FormatNewer):
        read_report(content.replace(b'"ruleVersion":"2"', b'"ruleVersion":"1"'))


@pytest.mark.parametrize("facts", [GOOD, BAD], ids=["good", "bad"])
def test_the_text_has_eighty_columns_and_an_end(facts: PairMonth) -> None:
    text = text_of(facts)
    assert max(map(columns, text.splitlines())) <= 80
    assert "end of readiness report toronto 2026-10" in text.splitlines()[-1]
    assert text.splitlines()[1].endswith("READY")


@pytest.mark.requirement("URS-OPS-03")
def test_the_text_says_what_an_inspector_asks_for() -> None:
    text = " ".join(text_of(BAD).split())
    for words in (
        "RPO achieved at most 2 d 0 h, 95 % within 2 d 0 h (promised 1 d 1 h; 27 cycles)",
        "freeze at most 23.4 s, 95 % within 13.9 s (budget 20 s)",
        "28 of 31 expected; 26 EQUIVALENT, 1 EQUIVALENT WITH DEVIATIONS, 1 DISCREPANT, 1 INCONCLUSIVE",
        "log now dfwarm/toronto/035, 71 leaves, root aFzEkEC8OE5dIBs6E/w+Xl2PP8hBBsUHKhxRPIIoxVI=",
        "26 = 27 = 28 = 29 = 30 x 31 x",
        "5 = 6 = 7 = 8 = 9 ? 10 ~ 11 =",
        "walkthrough, passed with conditions, recovery time 1 h 35 min; dr-lead: printer queue was not there",
        "work/x: accepted by qa-1 until 2026-12-01 (known); open for 31 days",
        "vault: 200 held, 13 waiting, 1 to read back, 1 copy NOT as copied",
        "035-00063 10-23 02:00 = EQUIVALENT RPO 1 d 0 h, frozen 10.1 s, REFUSED, not yet reviewed",
    ):
        assert words in text
    for each in CYCLES[:29]:
        if each.cycle != "035-00062":
            assert each.statement in text


def test_what_is_not_known_is_said_to_be_so() -> None:
    empty = replace(STUDY, cycles=(), expected=0, served=0, proven_as_of=None, age_seconds=UNKNOWN, last_outcome=None)
    empty = replace(empty, log_before=None, log_now=None, drills=(), name="")
    text = " ".join(
        text_of(replace(GOOD, studies=(empty,), keys=(), authorities=(), places=(), is_sealing=False)).split()
    )
    assert "RPO achieved not known: no two proven cycles follow each other" in text
    assert "production was not held in this month" in text
    assert "last proven never" in text
    assert "none is configured, so no cycle is sealed" in text


def test_days_after_the_end_of_the_period_have_no_mark() -> None:
    early = replace(GOOD, ends_at=BEGIN + 2 * DAY + timedelta(hours=3), is_over=False)
    weeks = describe(write_report(replace(early, studies=(replace(STUDY, cycles=CYCLES[:3]),))), "").studies[0].weeks
    days = [day for week in weeks for day in week if day]
    assert [day.marks for day in days] == ["=", "=", "=", *[""] * 28]
    assert len(days) == 31


def test_more_cycles_of_a_day_than_fit_are_counted() -> None:
    many = tuple(replace(CYCLES[0], began_at=BEGIN + timedelta(hours=hour)) for hour in range(24))
    assert " 1 ==+22" in text_of(of(cycles=many))


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_is_one_file_without_parts_from_elsewhere() -> None:
    page = render_files(write_report(BAD))[PAGE].decode()
    parser = _Page()
    parser.feed(page)
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in parser.tags}
    assert not [attrs for _, attrs in parser.tags if {"src", "href", "onload"} & attrs.keys()]
    assert [tag for tag, _ in parser.tags].count("svg") == 2
    assert page.count(">!</text>") == 3


@given(st.text(max_size=30))
def test_no_words_of_anybody_act_in_a_rendering(words: str) -> None:
    facts = replace(of(history=(words,), name=words, gaps=(gap(3, GapKind.FAILED, explained=words),)), pair=words)
    files = render_files(write_report(replace(facts, places=(PlaceFact(words, 1, 1, 1, (words,)),))))
    text, page = files[TEXT].decode(), files[PAGE].decode()
    assert all(character.isprintable() or character == "\n" for character in text)
    parser = _Page()
    parser.feed(page)
    plain = _Page()
    plain.feed(render_files(write_report(replace(facts, pair="x", places=())))[PAGE].decode())
    assert {tag for tag, _ in parser.tags} <= {tag for tag, _ in plain.tags}


@given(st.lists(st.tuples(st.integers(0, 9_999), st.integers(0, 10**7)), max_size=900), st.integers(0, 10**7))
def test_no_bar_leaves_the_drawing(bars: list[tuple[int, int]], promised: int) -> None:
    drawn = draw(Plot("t", tuple(Bar(at, amount, amount > promised) for at, amount in bars), promised, "p", 31, str))
    rectangles = [dict(part.split("=") for part in each.split("/>")[0].split()) for each in drawn.split("<rect ")[1:]]
    assert len(rectangles) <= 400 if len(bars) > 400 else len(rectangles) == len(bars)
    for each in rectangles:
        upper, height = int(each["y"].strip('"')), int(each["height"].strip('"'))
        assert upper >= 20
        assert upper + height <= 129


KEYPAIR = HeldKey(Ed25519PrivateKey.generate())
TRUST = Trust((Signer("evidence@toronto", KEYPAIR.key, (sshsig.RENDERING_NAMESPACE,)),))
STATEMENT = b'{"a":1}'


def signed(files: dict[str, bytes], namespace: str = sshsig.RENDERING_NAMESPACE) -> dict[str, bytes]:
    sums = render_sums(files)
    return {**files, SUMS: sums, SIGNATURE: KEYPAIR.sign(namespace, sums)}


def written() -> dict[str, bytes]:
    return render_files(write_report(with_cycle(3, statement=hashlib.sha256(STATEMENT).hexdigest())))


def check(files: dict[str, bytes], statement: Callable[[str], bytes], software: str = GOOD.software) -> list[str]:
    return list(check_files(files, TRUST, software, statement))


def only_third(cycle: str) -> bytes:
    return STATEMENT if cycle == "035-00043" else b""


@pytest.mark.requirement("URS-EVD-02")
def test_a_report_as_it_was_signed_holds() -> None:
    said = check(signed(written()), only_third)
    assert said[-1] == "1 statements are those that it was made from, 30 are not at hand"
    assert "text and page say what the data say" in said
    assert any("not made again" in line for line in check(signed(written()), only_third, "dfwarm 9.9.9"))


@pytest.mark.requirement("URS-EVD-02")
@pytest.mark.parametrize("name", [DATA, TEXT, PAGE, SUMS, SIGNATURE])
def test_a_report_that_was_changed_in_any_file_is_refused(name: str) -> None:
    files = signed(written())
    for damaged in ({**files, name: files[name].replace(b"READY", b"READI", 1) + b" "}, _without(files, name)):
        with pytest.raises(DfwarmError):
            check(damaged, only_third)


def test_a_report_signed_anew_must_still_say_what_its_data_say() -> None:
    files = written()
    with pytest.raises(BundleRefused, match="does not say what the report's data say"):
        check(signed({**files, TEXT: files[TEXT] + b"READY\n"}), only_third)
    with pytest.raises(BundleRefused):
        check(signed({**files, DATA: files[DATA].replace(b'"READY"', b'"NOT READY"')}), only_third)
    with pytest.raises(BundleRefused):
        check(signed(files, sshsig.EVIDENCE_NAMESPACE), only_third)


@pytest.mark.requirement("URS-EVD-02")
def test_a_report_over_another_statement_than_the_one_at_hand_is_refused() -> None:
    with pytest.raises(BundleRefused, match="statement of 035-00043 is not the one"):
        check(signed(written()), lambda cycle: b"{}" if cycle == "035-00043" else b"")


def test_the_data_are_what_the_renderings_are_made_of() -> None:
    files = written()
    assert json.loads(files[DATA])["format"] == "dfwarm-readiness/1"
    assert hashlib.sha256(files[DATA]).hexdigest() in files[TEXT].decode()


def _without(files: dict[str, bytes], name: str) -> dict[str, bytes]:
    return {each: content for each, content in files.items() if each != name}
