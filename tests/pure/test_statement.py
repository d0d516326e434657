"""The statement: in-toto v1 in the bytes of RFC 8785, built from the record alone, read back strictly."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from test_letter import judged

from dfwarm import wire
from dfwarm.errors import BundleRefused, DfwarmError, FormatNewer
from dfwarm.evidence.circumstances import (
    ContentRecord,
    ManifestRecord,
)
from dfwarm.evidence.claim import read_claim, read_statement
from dfwarm.evidence.predicate import PREDICATE_TYPE
from dfwarm.evidence.record import CycleRecord, ErrorRecord
from dfwarm.evidence.statement import Ties, build_statement
from dfwarm.evidence.verdict import Reason
from dfwarm.evidence.weight import Weight
from dfwarm.terms import Outcome
from record_maker import AT, FULL, GOOD

TIES = Ties(41, "9" * 64, 41, "7" * 64, sealed_at=AT, fingerprint="SHA256:k", authorities=("local",))


def statement_of(record: CycleRecord = FULL) -> bytes:
    return build_statement(record, TIES, "5" * 64)


def predicate_of(record: CycleRecord = FULL) -> Any:
    return json.loads(statement_of(record))["predicate"]


@pytest.mark.requirement("URS-EVD-01")
def test_a_statement_is_an_in_toto_statement_about_the_sums_of_its_bundle() -> None:
    statement = json.loads(statement_of())
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"].endswith("/attestation/warm-standby-equivalence/v1")
    assert statement["subject"] == [{"name": "SHA256SUMS", "digest": {"sha256": "5" * 64}}]


def test_a_statement_says_every_field_that_an_inspector_is_told_to_look_for() -> None:
    found = predicate_of()
    wanted = {
        "cycle": {"id", "sequence", "study", "kind", "previous", "auditLogHead", "checkpointBefore"},
        "timeline": {
            "preflightBegan", "frozenAt", "manifestCompletedProductionAt", "transferEndedAt",
            "manifestCompletedStandbyAt", "releasedAt", "verifiedAt", "pointInTime",
        },
        "scope": {"policy", "roots", "exclusions", "unscopedStudies"},
        "content": {
            "files", "bytes", "directories", "links", "productionManifest", "standbyManifest", "identical", "added",
            "changed", "deleted",
        },
        "metadata": {"manifests", "identical", "mappings"},
        "negativeControl": {"seededPath", "expected", "detected"},
        "transfer": {"tool", "version", "errors"},
        "decision": {"ruleId", "ruleVersion", "verdict", "reasons", "rpoAchievedSeconds", "freezeSeconds"},
        "software": {"name", "version", "buildDigest", "sbomDigest", "qualification"},
    }  # fmt: skip
    assert all(fields <= found[part].keys() for part, fields in wanted.items())
    party = {"hostname", "machineId", "hostKeyFingerprints", "os", "dataRoots", "datafaxVersion", "clock"}
    assert all(party <= found["parties"][side].keys() for side in ("production", "standby"))
    assert found["parties"]["production"]["clock"]["offsetMs"] == -1
    assert not found["parties"]["standby"]["clock"]["isMeasured"]
    assert found["reports"][0]["production"] == {"raw": "c" * 64, "normalised": "ab"}
    assert found["scope"]["exclusions"] == [
        {"treatment": "exclude", "pattern": "/lib/DFserver.cf", "reason": "own to a host", "matchedFiles": 1}
    ]
    assert found["decision"]["freezeSeconds"] == 31
    assert found["decision"]["rpoAchievedSeconds"] == 240


def test_a_statement_holds_no_floats_and_times_in_utc_only() -> None:
    def look(value: object) -> None:
        assert not isinstance(value, float)
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            look(inner)

    look(predicate_of())
    assert all(
        text == "" or text.endswith("Z") for key, text in predicate_of()["timeline"].items() if key.endswith("At")
    )


def test_the_same_record_gives_the_same_bytes_also_after_it_was_written_and_read() -> None:
    assert build_statement(wire.load(CycleRecord, wire.dump(FULL)), TIES, "5" * 64) == statement_of()


def test_a_record_of_an_earlier_release_is_read_and_stated_without_what_it_does_not_know() -> None:
    old = json.loads(wire.dump(GOOD))
    del old["circumstances"]
    record = wire.load(CycleRecord, json.dumps(old).encode())
    claim = read_claim(read_statement(build_statement(record, Ties(sealed_at=AT), "5" * 64)))
    assert (claim.production, claim.is_identical, claim.is_control_detected) == ("", False, False)


def test_several_roots_have_one_digest_that_hangs_on_each_of_them() -> None:
    def digest(*manifests: ManifestRecord) -> str:
        content = ContentRecord(manifests=manifests)
        circumstances = replace(FULL.circumstances, content=content)
        return str(predicate_of(replace(FULL, circumstances=circumstances))["content"]["productionManifest"]["sha256"])

    one, two = (ManifestRecord(root, root[0] * 64, root[0] * 64, "", "") for root in ("ARCHIVE", "PAGES"))
    assert digest(one, two) == digest(two, one)
    assert len({digest(one), digest(two), digest(one, two), digest(one, replace(two, production_sums="f" * 64))}) == 4


@pytest.mark.requirement("URS-EVD-07")
def test_what_reports_say_of_subjects_stays_out_of_the_statement() -> None:
    said = judged(Outcome.DISCREPANT, ("reports", "subject 10042 is missing"), ("trees", "- data/plt001.dat: missing"))
    counted = ("plate 7: production 12 final records, standby 11",)
    report = replace(said.reports[0], differences=("subject 10042",), gaps=("x 10042",), summary=counted)
    record = replace(said, reports=(report,))
    statement = statement_of(record)
    assert b"10042" not in statement
    assert b"data/plt001.dat" in statement
    (stated,) = json.loads(statement)["predicate"]["reports"]
    assert (stated["differenceCount"], stated["differences"], stated["differenceLines"]) == (1, list(counted), 1)


def test_a_statement_stays_short_however_much_differs() -> None:
    many = tuple(f"- path/{number:06d}: missing" for number in range(5_000))
    assert FULL.trees
    record = replace(
        judged(Outcome.DISCREPANT, *(("trees", each) for each in many)),
        trees=replace(FULL.trees, differences=many, gaps=many),
    )
    assert len(statement_of(record)) < 20_000
    assert predicate_of(record)["content"]["differenceCount"] == 5_000


def test_the_age_of_the_recovery_point_is_that_of_the_last_proven_one() -> None:
    never = judged(Outcome.INCONCLUSIVE)
    earlier = replace(never, previous_equivalent_as_of=AT - timedelta(days=1))
    ages = [predicate_of(each)["decision"]["rpoAchievedSeconds"] for each in (never, earlier)]
    assert ages == [-1, 86_400 + 240]


def test_a_cycle_that_found_nothing_is_stated_too() -> None:
    error = ErrorRecord("HostUnreachable", "host dfprod1 did not answer", "Check it.", 11)
    bare = replace(
        judged(Outcome.INCONCLUSIVE), error=error, trees=None, transfer=None, reports=(), clocks=(), as_of=None
    )
    claim = read_claim(read_statement(statement_of(bare)))
    assert (claim.outcome, claim.has_time_point) == (Outcome.INCONCLUSIVE, False)
    assert predicate_of(bare)["decision"]["error"]["kind"] == "HostUnreachable"


def test_deviations_are_numbered() -> None:
    record = replace(
        FULL, verdict=replace(FULL.verdict, reasons=(Reason("deviations", Weight.DEVIATION, "x by qa-1"),))
    )
    assert predicate_of(record)["deviations"] == [{"id": "1", "says": "x by qa-1"}]


def test_a_claim_is_read_back() -> None:
    claim = read_claim(read_statement(statement_of()))
    assert (str(claim.cycle), claim.outcome, claim.sums_digest) == ("035-00042", Outcome.EQUIVALENT, "5" * 64)
    assert (claim.production, claim.standby, claim.is_identical) == ("a" * 64, "a" * 64, True)
    assert (claim.previous_sequence, claim.previous_digest) == (41, "9" * 64)
    assert claim.is_control_detected
    assert claim.ended_at == datetime(2026, 11, 23, 2, 4, 7, 123456, tzinfo=UTC)


def changed(**parts: object) -> bytes:
    return rfc8785.dumps({**json.loads(statement_of()), **parts})  # type: ignore[dict-item]


def test_fields_that_nobody_knows_yet_are_passed_over() -> None:
    predicate = {**predicate_of(), "weather": {"isFine": True}}
    assert read_claim(read_statement(changed(predicate=predicate, news=[1]))) == read_claim(
        read_statement(statement_of())
    )


@pytest.mark.parametrize(
    "newer",
    [{"_type": "https://in-toto.io/Statement/v2"}, {"predicateType": PREDICATE_TYPE.replace("/v1", "/v2")}],
)
def test_a_newer_major_version_is_refused_as_newer(newer: dict[str, str]) -> None:
    with pytest.raises(FormatNewer, match="this release reads"):
        read_statement(changed(**newer))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b"nonsense",
        b"[" * 100_000,
        b'{"a":1.5}',
        b'{"a":NaN}',
        b'{"a":9007199254740993}',
        b" " * ((1 << 22) + 1),
        statement_of() + b"\n",
        b" " + statement_of(),
        changed(_type="https://example.org/other"),
        changed(predicateType="https://slsa.dev/provenance/v1"),
        changed(_type=1),
        b'{"_type":"x","_type":"y"}',
        changed(extra=1).replace(b'"extra":1', b'"extra":"\\ud800"'),
    ],
)
def test_what_is_no_statement_in_its_one_form_is_refused(text: bytes) -> None:
    with pytest.raises(BundleRefused):
        read_statement(text)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("subject",), []),
        (("subject", 0, "name"), "other"),
        (("subject", 0, "digest", "sha256"), 1),
        (("predicate",), []),
        (("predicate", "cycle", "id"), "35-1"),
        (("predicate", "decision", "verdict"), "FINE"),
        (("predicate", "content", "identical"), "true"),
        (("predicate", "content", "entriesCompared"), True),
        (("predicate", "timeline", "endedAt"), "2026-11-23T02:04:07+01:00"),
        (("predicate", "negativeControl"), None),
        (("predicate", "reports", 0, "lines"), "12"),
    ],
)
def test_a_claim_with_a_part_of_another_kind_is_refused(path: tuple[object, ...], value: object) -> None:
    statement: Any = json.loads(statement_of())
    place = statement
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    with pytest.raises(BundleRefused, match="claim"):
        read_claim(statement)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), inner)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_the_fast_form_is_that_of_rfc_8785(value: object) -> None:
    """Statements with any such value beside them are read where they are in the one form, and nowhere else."""
    statement = changed(extra=value)
    assert read_statement(statement)["extra"] == value
    with pytest.raises(BundleRefused):
        read_statement(statement.replace(b'"_type":', b' "_type":', 1))


VECTORS = (
    # RFC 8785, 3.2.2 and 3.2.3, without its floats, which no statement holds: escapes, and the order of UTF-16.
    ({"literals": [None, True, False]}, b'{"literals":[null,true,false]}'),
    (
        {"string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f"},
        '{"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'.encode(),
    ),
    (
        {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7},
        '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\U0001f600":5,"\ufb33":3}'.encode(),
    ),
)


@pytest.mark.parametrize(("value", "form"), VECTORS)
def test_the_vectors_of_the_rfc_have_their_form(value: dict[str, object], form: bytes) -> None:
    assert rfc8785.dumps(value) == form  # type: ignore[arg-type]
    statement = changed(extra=value)
    assert form in statement
    assert read_statement(statement)["extra"] == value


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail_in_another_way(text: bytes) -> None:
    with pytest.raises(DfwarmError):
        read_statement(text)
