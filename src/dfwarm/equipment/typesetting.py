"""Set a certificate on paper: PDF/A-3 with the statement inside. The same statement gives the same bytes."""

import json
from datetime import datetime
from importlib.resources import as_file, files
from types import ModuleType

from dfwarm.errors import ToolMissing
from dfwarm.evidence.certificate.content import Certificate
from dfwarm.evidence.certificate.page import describe, draw_code
from dfwarm.terms import read_time


def render_sheet(certificate: Certificate, statement: bytes) -> bytes:
    """
    Set a certificate as PDF/A-3a.

    Nothing that it says is read as markup, and the typesetter refuses a sheet that breaks the standard. Raises
    ToolMissing where the typesetter is not installed.
    """
    typst = find_typesetter()
    inputs = {
        "certificate": json.dumps(describe(certificate)),
        "statement": statement.decode(),
        "code": draw_code(certificate.digest) if certificate.digest else "",
    }
    with as_file(files("dfwarm.equipment") / "certificate.typ") as template:
        sheet: bytes = typst.compile(
            str(template),
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=["a-3a"],
            timestamp=_date(certificate),
            ignore_system_fonts=True,
        )
    return sheet


def find_typesetter() -> ModuleType:
    """The typesetter, loaded when it is needed. Raises ToolMissing."""
    try:
        import typst
    except ImportError as error:
        raise ToolMissing(
            "the typesetter for PDF is not installed", hint="Install dfwarm with its extra `pdf`."
        ) from error
    return typst


def _date(certificate: Certificate) -> datetime:
    """The date that the sheet bears: the end of the cycle, as the statement says it, and never the clock's."""
    return read_time(certificate.dated or "1980-01-01T00:00:00Z").replace(microsecond=0)
