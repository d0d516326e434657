"""The certificate on paper: PDF/A with the statement inside, the same bytes each time, one page."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "pure"))
from certificate_cast import altered, record_of, statement_of, write, written

from dfwarm.equipment.readiness_folder import render_all
from dfwarm.equipment.typesetting import render_sheet
from dfwarm.evidence.readiness.facts import PairMonth
from dfwarm.evidence.readiness.report import read_report, write_report
from dfwarm.terms import Outcome
from readiness_cast import BAD, GOOD


def ask(program: str, *arguments: str | Path) -> str:
    return subprocess.run([program, *map(str, arguments)], capture_output=True, check=True, timeout=30).stdout.decode()


@pytest.mark.requirement("URS-EVD-01")
@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_sheet_is_one_page_of_pdf_a_that_holds_its_statement(tmp_path: Path, outcome: Outcome) -> None:
    made, sheet = written(outcome), tmp_path / "certificate.pdf"
    sheet.write_bytes(render_sheet(made.certificate, made.statement))
    told = ask("pdfinfo", sheet)
    assert "Pages:           1\n" in told
    assert "Tagged:          yes" in told
    metadata = ask("pdfinfo", "-meta", sheet)
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    ask("pdfdetach", "-saveall", "-o", tmp_path, sheet)
    assert (tmp_path / "statement.json").read_bytes() == made.statement
    words = "".join(ask("pdftotext", "-layout", sheet, "-").replace("\u200b", "").split())
    for said in (made.certificate.sentence, str(outcome), made.sealed.statement_digest, "not yet reviewed"):
        assert "".join(said.split()) in words


@pytest.mark.requirement("URS-EVD-01")
@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_pair_with_all_reports_and_numbers_has_one_page_too(tmp_path: Path, outcome: Outcome) -> None:
    bare = record_of(outcome)
    full = replace(bare, reports=bare.reports[:1] * 8, beside=bare.beside[:1] * 6)
    assert (len(full.reports), len(full.beside)) == (8, 6)
    made, sheet = write(statement_of(full), full), tmp_path / "certificate.pdf"
    sheet.write_bytes(render_sheet(made.certificate, made.statement))
    assert "Pages:           1\n" in ask("pdfinfo", sheet)


@pytest.mark.requirement("URS-EVD-01")
def test_the_same_statement_gives_the_same_sheet() -> None:
    made = written()
    assert render_sheet(made.certificate, made.statement) == render_sheet(made.certificate, made.statement)


def test_nothing_that_a_statement_says_is_read_as_markup(tmp_path: Path) -> None:
    name = '#pagebreak() $x$ *bold* `#eval("1")` \\ <a> @b = "c" [d] //e'
    sheet = tmp_path / "certificate.pdf"
    sheet.write_bytes(render_sheet(altered(cycle={"studyName": name}), b"{}"))
    words = "".join(ask("pdftotext", "-layout", sheet, "-").replace("\u200b", "").split())
    assert "Pages:           1\n" in ask("pdfinfo", sheet)
    assert "".join(name.split()) in words


def test_a_statement_without_an_end_has_a_sheet_all_the_same() -> None:
    assert render_sheet(altered(timeline={"endedAt": ""}), b"{}").startswith(b"%PDF-1.7")


@pytest.mark.requirement("URS-OPS-03")
@pytest.mark.parametrize("facts", [GOOD, BAD], ids=["good", "bad"])
def test_a_readiness_report_on_paper_holds_its_data_and_is_the_same_bytes_again(
    tmp_path: Path, facts: PairMonth
) -> None:
    files = render_all(write_report(facts))
    assert render_all(read_report(files["readiness.json"])) == files
    sheet = tmp_path / "readiness.pdf"
    sheet.write_bytes(files["readiness.pdf"])
    metadata = ask("pdfinfo", "-meta", sheet)
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    ask("pdfdetach", "-saveall", "-o", tmp_path, sheet)
    assert (tmp_path / "readiness.json").read_bytes() == files["readiness.json"]
    words = "".join(ask("pdftotext", "-layout", sheet, "-").replace("\u200b", "").split())
    report = write_report(facts)
    for said in (report.word, *(reason.says for reason in report.reasons), facts.audit_head):
        assert "".join(said.split()) in words
