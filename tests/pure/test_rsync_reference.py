import runpy
from pathlib import Path

import pytest

from dfwarm.datafax import reference as datafax
from dfwarm.rsync import reference as rsync
from dfwarm.rsync.options import ABSTAINED, DESIGNATED
from dfwarm.rsync.outcome import RULES
from dfwarm.rsync.stderr import LINE_RULES

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def test_the_committed_pages_are_current() -> None:
    assert (REFERENCE / "rsync.md").read_text() == rsync.render_page(), "run: python -m dfwarm.rsync.reference"
    assert (REFERENCE / "study-directory.md").read_text() == datafax.render_page(), (
        "run: python -m dfwarm.datafax.reference"
    )


@pytest.mark.filterwarnings("ignore:'dfwarm.*' found in sys.modules:RuntimeWarning")
@pytest.mark.parametrize("module", [rsync, datafax])
def test_a_page_is_printed_by_its_module(module: object, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_module(module.__name__, run_name="__main__")  # type: ignore[attr-defined]
    assert capsys.readouterr().out == module.render_page()  # type: ignore[attr-defined]


def test_every_option_code_and_kind_of_line_stands_on_the_page() -> None:
    page = rsync.render_page()
    assert all(option.reason in page for option in (*DESIGNATED, *ABSTAINED))
    assert all(f"| {rule.status} | {rule.meaning} |" in page for rule in RULES)
    assert all(rule.meaning in page for rule in LINE_RULES)
