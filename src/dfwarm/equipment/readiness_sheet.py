"""Set a readiness report on paper: PDF/A-3 with its data inside. The same data give the same bytes."""

import json
from importlib.resources import as_file, files

from dfwarm.equipment.typesetting import find_typesetter
from dfwarm.evidence.readiness.content import Content
from dfwarm.evidence.readiness.facts import PairMonth
from dfwarm.evidence.readiness.page import plain_content

_ALTERNATIVE = "Bars over the days of the month. The facts above count what is drawn, the list of cycles names it."


def render_sheet(content: Content, facts: PairMonth, data: bytes) -> bytes:
    """
    Set a report as PDF/A-3a.

    Nothing that it says is read as markup. Raises ToolMissing where the typesetter is not installed.
    """
    typst = find_typesetter()
    plain = plain_content(content, facts, lambda drawing: {"svg": drawing, "says": _ALTERNATIVE})
    with as_file(files("dfwarm.equipment") / "readiness.typ") as template:
        sheet: bytes = typst.compile(
            str(template),
            format="pdf",
            sys_inputs={"content": json.dumps(plain), "data": data.decode()},
            pdf_standards=["a-3a"],
            timestamp=content.dated.replace(microsecond=0),
            ignore_system_fonts=True,
        )
    return sheet
