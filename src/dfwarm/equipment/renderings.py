"""Put the certificate of a sealed bundle beside it, in three renderings."""

import contextlib
import json
from pathlib import Path

from dfwarm.equipment.durable import write_durably
from dfwarm.equipment.typesetting import render_sheet
from dfwarm.errors import ToolMissing
from dfwarm.evidence.certificate.page import render_page
from dfwarm.evidence.certificate.plain import render_text
from dfwarm.evidence.certificate.writing import write_certificate
from dfwarm.evidence.reviewer import Signature
from dfwarm.evidence.seal import SealFacts
from dfwarm.evidence.sums import STATEMENT


def render_all(statement: bytes, sealed: SealFacts, reviews: tuple[Signature, ...]) -> dict[str, bytes]:
    """The certificate of a statement as files by name. Where no typesetter is installed there is no sheet."""
    certificate = write_certificate(json.loads(statement), sealed, reviews)
    files = {
        "certificate.txt": render_text(certificate).encode(),
        "certificate.html": render_page(certificate).encode(),
    }
    with contextlib.suppress(ToolMissing):
        files["certificate.pdf"] = render_sheet(certificate, statement)
    return files


def keep_certificate(folder: Path, sealed: SealFacts, reviews: tuple[Signature, ...]) -> None:
    """Put the certificate of a sealed folder beside its statement. An earlier one is replaced."""
    for name, content in render_all((folder / STATEMENT).read_bytes(), sealed, reviews).items():
        write_durably(folder / name, content)
