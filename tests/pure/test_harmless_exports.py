"""Whatever stands in a file's name or in free text, no export of it acts: on a terminal, in a table, a page or a mail."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
from certificate_cast import altered
from hypothesis import given
from hypothesis import strategies as st
from test_report_forms import FILE, REPORT

from dfwarm import wire
from dfwarm.cli.harmless import HarmlessOutput
from dfwarm.datafax.record import Key
from dfwarm.datafax.reports.finding import Finding, FindingTable
from dfwarm.datafax.reports.forms import render_csv, render_json
from dfwarm.datafax.reports.rule import Rule
from dfwarm.datafax.reports.text import render_text as render_report
from dfwarm.equipment.alarms import quote_for_chat
from dfwarm.evidence.certificate.page import describe, render_page
from dfwarm.evidence.certificate.plain import render_text as render_certificate
from dfwarm.evidence.envelope import write_message
from dfwarm.evidence.letter import compose
from dfwarm.evidence.metrics import StudyFigures, render_metrics
from dfwarm.evidence.passage import Content, Passage, command, fact, item
from dfwarm.facts.audit import GENESIS, Actor, Entry, read_trail
from dfwarm.spelling import cell, is_seen, printable, spell, unspell

pytestmark = [pytest.mark.hazard("H69"), pytest.mark.hazard("H27")]

AT = datetime(2026, 11, 23, 2, 4, 7, tzinfo=UTC)
ACTS = (
    "\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\x7f", "\x00", "\r\nBcc: all@example.org", "\t=1+1", "=cmd|' /C calc'!A0",
    "+1", "-2+3", "@SUM(1)", "<script>alert(1)</script>", "</title><b>", '" onload="x', "{{ 7*7 }}", "&lt;", "<!channel>",
    "`" * 3, "\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u2028", "\u00ad", "\u3164", "\u034f", "\ufe0f",
    "\U000e0041", "\U000e0100", "\udcff", "\n", "#pagebreak()", "\u061c",
)  # fmt: skip
HOSTILE = (
    st.lists(st.one_of(st.sampled_from(ACTS), st.text(max_size=4)), min_size=1, max_size=6).map("".join).filter(bool)
)
UNSEEN = set("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe0f\uffa0\U000e0100")
CONTROLS = [
    *map(chr, range(32)),
    *map(chr, range(127, 160)),
    "\u200b",
    "\u202e",
    "\u2066",
    "\ufeff",
    "\u2028",
    "\udcff",
]


def acting(text: str, allowed: str = "\n") -> set[str]:
    """What of a text could act, by a list of our own and by what Unicode says."""
    found = {each for each in text if not each.isprintable() or each in UNSEEN} - set(allowed)
    return found | ({each for each in CONTROLS if each in text} - set(allowed))


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


def page_of(html: str) -> Page:
    page = Page()
    page.feed(html)
    return page


@given(HOSTILE)
def test_a_name_is_spelled_without_anything_that_acts_and_read_back_as_it_was(text: str) -> None:
    name = (
        text.encode("utf-8", "surrogateescape")
        if text.replace("\udcff", "") < "\ud800"
        else text.encode("utf-8", "replace")
    )
    assert acting(spell(name), "") == set()
    assert unspell(spell(name)) == name
    assert acting(printable(text), "") == set()
    assert all(map(is_seen, printable(text)))


@given(HOSTILE)
def test_a_letter_acts_neither_as_text_nor_as_a_page_nor_by_its_headers(text: str) -> None:
    letter = compose(
        f"DISCREPANT - {text}", Content(text, text, (Passage(text, (fact(text, text), item(text), command(text))),))
    )
    assert acting(letter.text + letter.html) == set()
    assert acting(letter.subject, "") == set()
    harmless = page_of(compose("x", Content("x", "x", (Passage("x", (fact("x", "x"), item("x"), command("x"))),))).html)
    assert page_of(letter.html).tags == harmless.tags
    assert page_of(letter.html).attributes == harmless.attributes
    sent = write_message(letter, "dfwarm@example.org", ("ops@example.org",), AT)
    came = message_from_bytes(sent.as_bytes(), policy=policy.SMTP)
    assert (
        came.keys()
        == write_message(compose("x", Content("x", "x", ())), "dfwarm@example.org", ("ops@example.org",), AT).keys()
    )
    assert came["To"] == "ops@example.org"
    assert acting(str(came["Subject"]), "") == set()


@given(HOSTILE)
def test_a_certificate_acts_neither_as_text_nor_as_a_page_nor_as_what_the_sheet_is_set_from(text: str) -> None:
    made, plain = (
        altered(cycle={"id": word}, timeline={"pointInTime": "2026-11-23T02:00:07Z"}) for word in (text, "x")
    )
    assert acting(render_certificate(made)) == set()
    page = page_of(render_page(made))
    assert acting(render_page(made)) == set()
    assert page.tags == page_of(render_page(plain)).tags
    assert acting("".join(words(describe(made)))) == set()


def words(value: object) -> list[str]:
    if isinstance(value, dict):
        return [word for each in value.values() for word in words(each)]
    if isinstance(value, list):
        return [word for each in value for word in words(each)]
    return [str(value)]


@given(HOSTILE)
def test_a_table_holds_no_formula_and_as_many_cells_as_columns(text: str) -> None:
    finding = Finding(FILE, 2, 100, Rule.FIELD_COUNT, Key(0, 0, 0), text)
    report = replace(REPORT, tables=(FindingTable.of(FILE, (finding,)),), gaps=(text,), notes=(text,))
    written = "".join(render_csv(report))
    assert acting(written) == set()
    rows = list(csv.reader(io.StringIO(written)))
    assert {len(row) for row in rows} == {12}
    assert not [
        each for row in rows for each in row if each[:1] in "=+-@\t\r" and each and not each.lstrip("-").isdigit()
    ]
    told = json.loads("".join(render_json(report)))
    assert told["gaps"] == [text]


@given(HOSTILE)
def test_a_cell_is_never_a_formula(text: str) -> None:
    assert str(cell(text))[:1] not in {"=", "+", "-", "@", "\t", "\r"}
    assert acting(str(cell(text)), "") == set()
    assert cell(-7) == -7


@given(HOSTILE)
def test_a_line_of_a_log_is_one_line_that_acts_nowhere_and_reads_back(text: str) -> None:
    entry = Entry(AT, Actor("root", "", text), "note", text, text, "", "", GENESIS)
    if "\udcff" in text:
        with pytest.raises(ValueError, match="surrogates"):
            entry.encode()
        return
    line = entry.encode()
    assert acting(line.decode()) == set()
    assert line.count(b"\n") == 1
    ((found, _),) = read_trail(line)
    assert found == entry
    assert json.loads(wire.dump_indented({"says": text})) == {"says": text}
    assert acting(wire.dump_indented({"says": text})) == set()


@given(HOSTILE)
def test_standard_output_and_reports_act_on_no_terminal(text: str) -> None:
    said = io.StringIO()
    output = HarmlessOutput(said)
    print(text, file=output)
    output.writelines([text, render_report(replace(REPORT, notes=(text,)))])
    assert acting(said.getvalue()) == set()


@given(HOSTILE)
def test_a_chat_shows_a_text_and_calls_nobody(text: str) -> None:
    quoted = quote_for_chat(text)
    assert quoted.startswith("```\n")
    assert quoted.endswith("\n```")
    assert "`" not in quoted[3:-3]
    assert "<" not in quoted


@given(st.integers(0, 999), st.integers(-(2**40), 2**40))
def test_the_figures_are_of_the_form_that_prometheus_reads(study: int, number: int) -> None:
    """No free text is in them: the name of a pair is a word of letters, digits and hyphens by its kind."""
    said = render_metrics("a-1", (StudyFigures(study, AT, abs(number), 3),), 1, 0, AT)
    for line in said.splitlines():
        assert line.startswith("# ") or line.partition("{")[2].rpartition("} ")[2].lstrip("-").isdigit()
    assert acting(said) == set()
