"""Findings, partials and report values: packed forms that keep everything and prove themselves."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.datafax.record import Key
from dfwarm.datafax.reports.finding import NO_KEY, ROW, TEXTS_AT_MOST, Finding, FindingTable
from dfwarm.datafax.reports.partial import (
    FileKind,
    Flag,
    Partial,
    PartialUnusable,
    Reading,
    decode,
    encode,
    pack_key,
    read_answer,
    unpack_key,
)
from dfwarm.datafax.reports.report import NO_LEVEL, Count, Mode, Report, TimePoint
from dfwarm.datafax.reports.rule import RULES, ReportName, Rule
from dfwarm.terms import Access

FILE = b"data/plt002.dat"
KEYS = st.builds(Key, st.integers(1, 1 << 48), st.integers(0, 65_535), st.integers(0, 65_535))
FINDINGS = st.builds(
    Finding,
    st.just(FILE),
    st.integers(0, (1 << 32) - 1),
    st.integers(0, (1 << 64) - 1),
    st.sampled_from(RULES),
    KEYS,
    st.text(max_size=5),
)


def finding(line: int, rule: Rule, text: str = "") -> Finding:
    return Finding(FILE, line, 10 * line, rule, Key(1003, 1, 2), text)


@given(st.lists(FINDINGS, max_size=8))
def test_packed_findings_are_the_findings_in_the_order_of_the_file(findings: list[Finding]) -> None:
    table = FindingTable.of(FILE, findings)
    assert sorted(map(repr, table)) == sorted(map(repr, findings))
    places = [(each.line, each.offset) for each in table]
    assert places == sorted(places)
    assert len(table) == len(findings) == sum(table.counts().values())
    assert FindingTable.of(FILE, reversed(findings)) == table


def test_a_finding_costs_29_bytes_and_only_the_first_ones_quote() -> None:
    table = FindingTable.of(FILE, [finding(line, Rule.STATUS, "x") for line in range(1, TEXTS_AT_MOST + 3)])
    assert ROW.itemsize == 29
    assert len(table.rows) == 29 * (TEXTS_AT_MOST + 2)
    assert [each.text for each in table][-3:] == ["x", "", ""]


def test_a_finding_says_its_rule_key_and_place() -> None:
    assert finding(4_000, Rule.WRONG_STUDY, "254").say() == (
        "wrong study number: plate 2 visit 1 subject 1003, data/plt002.dat line 4,000 at byte 40,000: 254"
    )
    assert Finding(b"pages/0901/\xff", 0, 0, Rule.EMPTY_IMAGE, NO_KEY).say() == "empty image: pages/0901/\\xff"


NO_FAULTS = FindingTable(FILE)


def packed(partial: Partial) -> bytes:
    return b"".join(encode(partial))


def partial(faults: FindingTable = NO_FAULTS) -> Partial:
    content = hashlib.sha256(b"x").digest()
    columns = (("status", "u1", b"\1\4"), ("flags", "u1", b"\0\6"), ("key", "<u8", bytes(16)))
    return Partial(FILE, Reading(FileKind.PLATE, 253, 2), content, 200, 4, 2, 0, faults, columns)


def test_a_partial_is_read_back_from_its_bytes_whole() -> None:
    whole = partial(FindingTable.of(FILE, [finding(3, Rule.NUL, "a\\x00")]))
    assert decode(packed(whole), FILE, whole.reading, whole.content) == whole
    assert whole.records == 2
    assert whole.flagged(Flag.SUPERSEDED).tolist() == [False, True]
    assert whole.flagged(Flag.MISSED).tolist() == [False, False]
    with pytest.raises(KeyError):
        whole.column("code")


@given(st.data())
def test_no_changed_or_cut_byte_of_a_partial_is_taken_for_one(data: st.DataObject) -> None:
    whole = partial()
    changed = bytearray(packed(whole))
    place = data.draw(st.integers(0, len(changed) - 1))
    if data.draw(st.booleans()):
        changed[place] ^= 1 + data.draw(st.integers(0, 254))
    else:
        del changed[place:]
    with pytest.raises(PartialUnusable):
        decode(bytes(changed), FILE, whole.reading, whole.content)


@pytest.mark.parametrize(
    ("file", "reading", "content"),
    [
        (b"data/plt003.dat", Reading(FileKind.PLATE, 253, 2), hashlib.sha256(b"x").digest()),
        (FILE, Reading(FileKind.PLATE, 254, 2), hashlib.sha256(b"x").digest()),
        (FILE, Reading(FileKind.PLATE, 253, 3), hashlib.sha256(b"x").digest()),
        (FILE, Reading(FileKind.NEW_QUEUE, 253, 2), hashlib.sha256(b"x").digest()),
        (FILE, Reading(FileKind.PLATE, 253, 2, ((9, (b"1", b"2")),)), hashlib.sha256(b"x").digest()),
        (FILE, Reading(FileKind.PLATE, 253, 2), hashlib.sha256(b"y").digest()),
    ],
)
def test_a_partial_of_another_file_reading_or_content_is_refused(file: bytes, reading: Reading, content: bytes) -> None:
    with pytest.raises(PartialUnusable, match="another"):
        decode(packed(partial()), file, reading, content)


def test_a_partial_of_another_host_is_read_without_knowing_what_it_is_of() -> None:
    whole = partial(FindingTable.of(FILE, [finding(3, Rule.NUL, "x" * 80_000)]))
    assert read_answer(packed(whole)) == whole
    for broken in (b"", packed(whole)[1:], b"{}\n" + hashlib.sha256(b"{}\n").digest(), hashlib.sha256().digest()):
        with pytest.raises(PartialUnusable):
            read_answer(broken)
    other = packed(whole)[:-32].replace(b"dfwarm-partial/2", b"dfwarm-partial/9")
    with pytest.raises(PartialUnusable, match="format"):
        read_answer(other + hashlib.sha256(other).digest())
    with pytest.raises(PartialUnusable):
        decode(b"{}\n" + hashlib.sha256(b"{}\n").digest(), FILE, whole.reading, whole.content)


def test_readings_that_could_be_mistaken_have_keys_of_their_own() -> None:
    choices = [((9, (b"1", b"2")),), ((9, (b"12",)),), ((9, (b"1",)), (2, ())), ((91, (b"2",)),), ()]
    keys = {Reading(FileKind.PLATE, 253, 2, each).digest(b"") for each in choices}
    assert len(keys) == len(choices)


@given(KEYS)
def test_a_key_of_64_bits_keeps_visit_and_subject_and_their_order(key: Key) -> None:
    assert unpack_key(pack_key(key.visit, key.subject), key.plate) == key
    assert pack_key(65_535, 1 << 48) == (1 << 64) - 1
    assert pack_key(1, 1) > pack_key(0, 1 << 48)


def test_a_report_counts_its_findings_by_rule_and_says_its_time_point() -> None:
    tables = (
        FindingTable.of(FILE, [finding(3, Rule.NUL), finding(4, Rule.BLANK)]),
        FindingTable.of(b"data/plt003.dat", [finding(1, Rule.NUL)]),
    )
    counts = (Count("plate 2", "final", 4, 7), Count("study", "images", NO_LEVEL, 3))
    report = Report(ReportName.IC_RECORDS, 253, Mode.LIVE, 7, counts, tables, (), (), (), TimePoint())
    assert report.finding_counts == {Rule.BLANK: 1, Rule.NUL: 2}
    assert [each.line for each in report.findings] == [3, 4, 1]
    assert [count.words for count in counts] == ["final at level 4", "images"]
    assert counts[0].name == ("plate 2", "final", 4)
    assert TimePoint().say() == "no journal entry known; study access was not known"
    assert TimePoint("2026-02-03 12:00:00", Access.DISABLED).say() == (
        "newest journal entry 2026-02-03 12:00:00; study access was disabled"
    )
