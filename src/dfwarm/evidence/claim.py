"""
What a statement claims, read back from its bytes.

Fields that this release does not know are passed over; a major version that it does not know is refused. Bytes that
are not those of RFC 8785 are refused too: one statement has one form, so a digest stands for what it says.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785

from dfwarm.errors import BundleRefused, FormatNewer
from dfwarm.evidence.predicate import PREDICATE, PREDICATE_TYPE, STATEMENT_TYPE
from dfwarm.evidence.sums import SUMS
from dfwarm.terms import CycleId, Outcome, read_time

LARGEST_BYTES = 1 << 22
"""A statement is some kilobytes; a longer one is none."""

_FOUR_BYTES = 0xF0
"""UTF-8 begins with such a byte where a character lies beyond the basic plane."""

_LARGEST_INT = (1 << 53) - 1
_LONGEST_INT = 17

_STATEMENTS = "https://in-toto.io/Statement/v"


@dataclass(frozen=True, slots=True)
class ManifestClaim:
    """What is claimed of one root: SHA-256 of the plain listings of both sides."""

    root: str
    production: str
    standby: str


@dataclass(frozen=True, slots=True)
class ReportClaim:
    """What is claimed of one report: SHA-256 of the normalised texts of both sides, and whether they are one."""

    name: str
    production: str
    standby: str
    is_identical: bool
    lines: int


@dataclass(frozen=True, slots=True)
class BesideClaim:
    """What is claimed of one label of the vendor's: what both programs said on each side. No problem is no gap."""

    report: str
    label: str
    numbers: tuple[tuple[int, int], ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a statement says, as far as it has to agree with itself and with its bundle."""

    cycle: CycleId
    outcome: Outcome
    sums_digest: str
    ended_at: datetime
    sealed_at: datetime
    fingerprint: str
    authorities: tuple[str, ...]
    has_time_point: bool
    entries_expected: int
    entries_compared: int
    production: str
    standby: str
    is_identical: bool
    manifests: tuple[ManifestClaim, ...]
    metadata: tuple[ManifestClaim, ...]
    reports: tuple[ReportClaim, ...]
    is_control_detected: bool
    weights: frozenset[str]
    deviations: int
    previous_sequence: int
    previous_digest: str
    is_late: bool
    beside: tuple[BesideClaim, ...] = ()


def read_statement(text: bytes) -> Mapping[str, Any]:
    """Read the bytes of a statement. Raises BundleRefused or FormatNewer."""
    statement = parse_statement(text)
    refuse_other_form(text, statement)
    return statement


def refuse_other_form(text: bytes, statement: Mapping[str, Any]) -> None:
    """Refuse a statement of another type, or in other bytes than its one form. Raises BundleRefused or FormatNewer."""
    _refuse_other_types(statement)
    if _canonical(statement, is_plain=max(text) < _FOUR_BYTES) != text:
        raise BundleRefused("statement is not in the one form that RFC 8785 gives it")


def parse_statement(text: bytes) -> Mapping[str, Any]:
    """Read the bytes of a statement without asking for its type or form. Raises BundleRefused."""
    if len(text) > LARGEST_BYTES:
        raise BundleRefused(f"statement has {len(text)} bytes, more than any statement")
    try:
        statement = json.loads(text, parse_float=_refuse_float, parse_int=_read_int, parse_constant=_refuse_float)
    except (ValueError, RecursionError) as error:
        raise BundleRefused(f"statement is no JSON: {error}") from error
    if not isinstance(statement, dict):
        raise BundleRefused("statement is not a JSON object")
    return statement


def _canonical(statement: Mapping[str, Any], *, is_plain: bool) -> bytes:
    """
    Write a statement in the form of RFC 8785.

    Without floats and without characters beyond the basic plane, whose order is another one in UTF-16, the standard
    library writes the same bytes ten times as fast; a test holds both together.
    """
    try:
        if is_plain:
            return json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        return rfc8785.dumps(dict(statement))
    except ValueError as error:
        raise BundleRefused(f"statement is no JSON of RFC 8785: {error}") from error


def read_claim(statement: Mapping[str, Any]) -> Claim:
    """Take the claim out of a statement. Raises BundleRefused where a field is missing or of another kind."""
    try:
        return _claim(statement, statement["predicate"])
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise BundleRefused(f"statement lacks what a claim needs, or has it in another form: {error!r}") from error


def _read_int(text: str) -> int:
    if len(text) > _LONGEST_INT or abs(int(text)) > _LARGEST_INT:
        raise ValueError(f"{text:.40} is larger than RFC 8785 can write")
    return int(text)


def _refuse_float(text: str) -> object:
    raise ValueError(f"{text:.40} is no whole number, and a statement holds no others")


def _refuse_other_types(statement: Mapping[str, Any]) -> None:
    kind, predicate = statement.get("_type"), statement.get("predicateType")
    if kind != STATEMENT_TYPE:
        if isinstance(kind, str) and kind.startswith(_STATEMENTS):
            raise FormatNewer(f"statement is of type {kind}, and this release reads {STATEMENT_TYPE}")
        raise BundleRefused(f"statement is of type {kind!r:.80}, which is no in-toto statement")
    if predicate != PREDICATE_TYPE:
        if isinstance(predicate, str) and predicate.startswith(f"{PREDICATE}/v"):
            raise FormatNewer(f"statement is of type {predicate}, and this release reads {PREDICATE_TYPE}")
        raise BundleRefused(f"statement speaks about {predicate!r:.80}, not about a warm standby")


def _claim(statement: Mapping[str, Any], predicate: Mapping[str, Any]) -> Claim:
    cycle, content, decision = predicate["cycle"], predicate["content"], predicate["decision"]
    seal = predicate["seal"]
    return Claim(
        cycle=CycleId.parse(cycle["id"]),
        outcome=Outcome(decision["verdict"]),
        sums_digest=_sums_digest(statement["subject"]),
        ended_at=read_time(predicate["timeline"]["endedAt"]),
        sealed_at=read_time(seal["sealedAt"]),
        fingerprint=_text(seal["keyFingerprint"]),
        authorities=tuple(map(_text, seal["authorities"])),
        has_time_point=bool(_text(predicate["timeline"]["pointInTime"])),
        entries_expected=_count(content["entriesExpected"]),
        entries_compared=_count(content["entriesCompared"]),
        production=_text(content["productionManifest"]["sha256"]),
        standby=_text(content["standbyManifest"]["sha256"]),
        is_identical=_flag(content["identical"]),
        manifests=tuple(map(_manifest, content["manifests"])),
        metadata=tuple(map(_manifest, predicate["metadata"]["manifests"])),
        reports=tuple(map(_report, predicate["reports"])),
        is_control_detected=_flag(predicate["negativeControl"]["detected"]),
        weights=frozenset(map(_text, decision["weights"])),
        deviations=len(predicate["deviations"]),
        previous_sequence=_count(cycle["previous"]["sequence"]),
        previous_digest=_text(cycle["previous"]["digest"]),
        is_late=_flag(seal["isLate"]),
        beside=tuple(map(_beside, predicate.get("beside", ()))),
    )


def _sums_digest(subject: Any) -> str:
    first = subject[0]
    if first["name"] != SUMS:
        raise ValueError(f"the first subject is {first['name']!r}, not {SUMS}")
    return _text(first["digest"]["sha256"])


def _manifest(value: Mapping[str, Any]) -> ManifestClaim:
    return ManifestClaim(_text(value["root"]), _text(value["production"]["sha256"]), _text(value["standby"]["sha256"]))


def _report(value: Mapping[str, Any]) -> ReportClaim:
    return ReportClaim(
        name=_text(value["name"]),
        production=_text(value["production"]["normalised"]),
        standby=_text(value["standby"]["normalised"]),
        is_identical=_flag(value["identical"]),
        lines=_count(value["lines"]),
    )


def _beside(value: Mapping[str, Any]) -> BesideClaim:
    sides = (value["production"], value["standby"])
    return BesideClaim(
        report=_text(value["report"]),
        label=_text(value["label"]),
        numbers=tuple((_count(side["vendor"]), _count(side["native"])) for side in sides),
        problems=tuple(_text(side["problem"]) for side in sides),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.60} is not a text")
    return value


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r:.60} is not a whole number")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r:.60} is not true or false")
    return value
