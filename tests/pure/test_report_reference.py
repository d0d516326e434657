from pathlib import Path

from dfwarm.datafax.reports.basis import BASES
from dfwarm.datafax.reports.reference import render_page
from dfwarm.datafax.reports.rule import NO_RECORD, Rule

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "reports.md"


def test_the_page_of_the_reports_is_made_from_their_rules() -> None:
    assert PAGE.read_text() == render_page()


def test_every_rule_says_on_whose_word_it_stands() -> None:
    assert list(BASES) == list(Rule)
    assert all(basis.source and basis.demands for basis in BASES.values())
    assert render_page().count("| no record |") == len(NO_RECORD)
