"""
The journals of a cycle as its record keeps them: size and digest of each at the time point.

They are what the next cycle holds production's journals against, and a proof that anyone can read: a journal that is
no continuation of its own past is named, whatever else is equal.
"""

import json
from collections.abc import Mapping
from typing import Any

from dfwarm.datafax.journal import JournalFact
from dfwarm.errors import AnswerRefused
from dfwarm.spelling import spell, unspell

JOURNALS = "journals.json"


def render_journals(journals: Mapping[bytes, JournalFact]) -> bytes:
    """The journals as JSON, by their paths in the study."""
    rows = {spell(path): {"size": fact.size, "sha256": fact.digest.hex()} for path, fact in journals.items()}
    return json.dumps(rows, sort_keys=True, indent=2).encode() + b"\n"


def read_journals(text: bytes) -> dict[bytes, JournalFact]:
    """Read them again. Raises AnswerRefused."""
    try:
        rows = json.loads(text)
        return {unspell(path): _fact(row) for path, row in rows.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise AnswerRefused(f"{JOURNALS} of a record is not understood: {error}") from error


def _fact(row: Any) -> JournalFact:
    size = row["size"]
    if type(size) is not int or size < 0:
        raise ValueError(f"{size!r} is no size")
    return JournalFact(size, bytes.fromhex(row["sha256"]))
