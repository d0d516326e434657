"""The same statement with each verdict, for certificates that a person can look at."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from test_letter import judged
from test_statement import FULL, statement_of

from dfwarm.evidence.certificate.content import Certificate
from dfwarm.evidence.certificate.writing import write_certificate
from dfwarm.evidence.record import CycleRecord, ReportRecord
from dfwarm.evidence.reviewer import Signature
from dfwarm.evidence.seal import SealFacts, SealState, Stamp
from dfwarm.terms import Outcome

KEY = "SHA256:" + "9LwsX3Kq" * 5 + "abc"
REASONS = {
    Outcome.EQUIVALENT: (),
    Outcome.EQUIVALENT_WITH_DEVIATIONS: (("deviations", "* work/x: other size - accepted by qa-1"),),
    Outcome.DISCREPANT: (("trees", "* pages/0842/0060002: other content"),),
    Outcome.INCONCLUSIVE: (("still", "data/plt001.dat changed while the study was to stand still"),),
}


NATIVE = ReportRecord(
    "ic_records",
    "native, dfwarm 1",
    "e" * 64,
    "f" * 64,
    4_218,
    ("plate 7 visit 3 subject 10042: production final at level 2, standby nothing",),
    summary=(
        "plate 7: production 1,204 final records, standby 1,203",
        "duplicate primary: 1 on the standby alone",
        *(f"plate {plate}: production {plate} pending records, standby 0" for plate in range(11, 17)),
    ),
)


@dataclass(frozen=True, slots=True)
class Written:
    statement: bytes
    sealed: SealFacts
    certificate: Certificate


def record_of(outcome: Outcome) -> CycleRecord:
    record = replace(FULL, verdict=judged(outcome, *REASONS[outcome]).verdict)
    if outcome is Outcome.DISCREPANT:
        assert record.trees
        names = tuple(f"* pages/0842/00600{number:02d}: other content" for number in range(12))
        record = replace(record, trees=replace(record.trees, differences=names), reports=(*record.reports, NATIVE))
    return record


def written(outcome: Outcome = Outcome.EQUIVALENT, reviews: tuple[Signature, ...] = ()) -> Written:
    return write(statement_of(record_of(outcome)), record_of(outcome), reviews)


def write(statement: bytes, record: CycleRecord, reviews: tuple[Signature, ...] = ()) -> Written:
    sealed = seal_of(statement, record)
    return Written(statement, sealed, write_certificate(json.loads(statement), sealed, reviews))


def seal_of(statement: bytes, record: CycleRecord) -> SealFacts:
    lag = timedelta(seconds=2)
    return SealFacts(
        state=SealState.SEALED,
        statement_digest=hashlib.sha256(statement).hexdigest(),
        principal="evidence@dfprod1",
        fingerprint=KEY,
        sealed_at=record.ended_at,
        stamps=(Stamp("CN=Local time-stamp authority", "4f", "1.2.3", record.ended_at + lag, 1_000_000, lag),),
        expected=("local",),
        trust=(("evidence@dfprod1", KEY),),
    )


def altered(**parts: Mapping[str, Any]) -> Certificate:
    """The certificate of a statement with some fields replaced."""
    statement = json.loads(statement_of(record_of(Outcome.EQUIVALENT)))
    for part, fields in parts.items():
        statement["predicate"][part].update(fields)
    return write_certificate(statement, seal_of(b"", record_of(Outcome.EQUIVALENT)))
