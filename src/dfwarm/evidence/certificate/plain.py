"""The certificate as plain text of at most 80 columns: the body of the letter, and what a terminal shows."""

from collections.abc import Iterator
from itertools import zip_longest
from textwrap import wrap

from dfwarm.evidence.certificate.content import COLUMNS, END, TITLE, Certificate, Result, Section
from dfwarm.evidence.columns import WIDTH, columns, fill
from dfwarm.evidence.passage import printable

_RULE = "=" * WIDTH
_INDENT = "   "
_LABEL_COLUMNS = 16
_CELLS = (28, 20, 20, 9)


def render_text(certificate: Certificate) -> str:
    """Set a certificate as text. It ends with a line that says so, so that a cut one is seen."""
    word = f"[{certificate.symbol}] {certificate.outcome}"
    head = f"{TITLE.upper()}  No. {printable(certificate.number)}"
    blank = " " * max(2, WIDTH - columns(head) - columns(word))
    blocks = (
        (_RULE, *((f"{head}{blank}{word}",) if columns(head + blank + word) <= WIDTH else (head, word))),
        (*fill(certificate.sentence), _RULE),
        *(tuple(_section(section)) for section in certificate.sections),
        (f" {END} No. {printable(certificate.number)} ".center(WIDTH, "=").rstrip(),),
    )
    return "\n".join("\n".join(block) for block in blocks) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield from fill(f"{section.number:>2} {section.title.upper()}")
    for fact in section.facts:
        label = f"{_INDENT}{printable(fact.label)}".ljust(_LABEL_COLUMNS - 1) + " "
        yield from fill(fact.says, label, " " * _LABEL_COLUMNS)
    if section.results:
        yield _line(COLUMNS)
        yield from (line for result in section.results for line in _result(result))
    for item in section.items:
        yield from fill(item, _INDENT, f"{_INDENT}  ")


def _result(result: Result) -> Iterator[str]:
    values = (result.what, result.production, result.standby, result.mark.value)
    cells = [wrap(printable(value), width - 1) for value, width in zip(values, _CELLS, strict=True)]
    yield from (_line(parts) for parts in zip_longest(*cells, fillvalue=""))


def _line(parts: tuple[str, ...]) -> str:
    return (_INDENT + "".join(part.ljust(width) for part, width in zip(parts, _CELLS, strict=True))).rstrip()
