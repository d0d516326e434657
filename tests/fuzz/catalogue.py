"""All parsers, by name."""

from pathlib import Path

from fuzz.evidence_parsers import evidence_parsers
from fuzz.parser import Parser
from fuzz.seeds import make_seeds
from fuzz.study_parsers import study_parsers
from fuzz.transport_parsers import transport_parsers


def all_parsers(folder: Path) -> dict[str, Parser]:
    """The parsers with their seeds, which are made below an empty folder."""
    found = (*study_parsers(), *transport_parsers(), *evidence_parsers(make_seeds(folder)))
    names = {parser.name: parser for parser in found}
    if len(names) != len(found):
        raise ValueError("two parsers have one name")
    return names
