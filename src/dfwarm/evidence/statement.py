"""
The statement of a cycle: an in-toto Statement v1 about the bundle's `SHA256SUMS`, in the bytes of RFC 8785.

It holds no floats: durations are whole seconds or milliseconds, amounts of bytes are texts of digits. It is built
from the record of the cycle and from what ties it to its history, and from nothing else. What reports say of subjects
stays in the reports: the statement counts their differences, and says them only as counts and rules. Words of errors
and of programs are masked first (see `masking`).
"""

from dataclasses import dataclass
from datetime import datetime

import rfc8785

from dfwarm.evidence.hold import HoldRecord
from dfwarm.evidence.masking import mask_reason, masked
from dfwarm.evidence.predicate import PREDICATE_TYPE, STATEMENT_TYPE
from dfwarm.evidence.record import CycleRecord
from dfwarm.evidence.stated import checks, parties, timeline, trees
from dfwarm.evidence.stated.words import NAMED_AT_MOST, Json, spell_moment
from dfwarm.evidence.sums import SUMS
from dfwarm.evidence.verdict import Reason
from dfwarm.evidence.weight import Weight
from dfwarm.terms import Outcome, Side

RULE_ID = "dfwarm-verdict"


@dataclass(frozen=True, slots=True)
class Ties:
    """
    What ties a statement to its history and to its seal. Empty where there is none yet.

    `previous_digest` is the SHA-256 of the statement before it, `previous_sequence` the number of its cycle.
    `authorities` are the names of the time-stamp authorities that are asked for a token over the seal.
    """

    previous_sequence: int = 0
    previous_digest: str = ""
    checkpoint_size: int = 0
    checkpoint_root: str = ""
    is_late: bool = False
    sealed_at: datetime | None = None
    principal: str = ""
    fingerprint: str = ""
    authorities: tuple[str, ...] = ()


def build_statement(record: CycleRecord, ties: Ties, sums_digest: str) -> bytes:
    """Make the statement of a cycle. `sums_digest` is the SHA-256 of its `SHA256SUMS`."""
    return rfc8785.dumps(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": SUMS, "digest": {"sha256": sums_digest}}],
            "predicateType": PREDICATE_TYPE,
            "predicate": _predicate(masked(record), ties),
        }
    )


def _predicate(record: CycleRecord, ties: Ties) -> Json:
    return {
        "cycle": _cycle(record, ties),
        "parties": {side.value: parties.party(record, side) for side in Side},
        "timeline": timeline.timeline(record),
        "scope": trees.scope(record),
        "content": trees.content(record),
        "metadata": trees.metadata(record),
        "reports": [checks.report(record, report) for report in record.reports],
        "beside": list(map(checks.beside, record.beside)),
        "negativeControl": checks.control(record),
        "transfer": checks.transfer(record, record.transfer),
        "decision": _decision(record),
        "software": _software(record),
        "seal": _seal(ties),
        "deviations": [
            {"id": str(number), "says": each.says}
            for number, each in enumerate(
                (reason for reason in record.verdict.reasons if reason.weight is Weight.DEVIATION), start=1
            )
        ],
    }


def _cycle(record: CycleRecord, ties: Ties) -> Json:
    return {
        "id": str(record.cycle),
        "sequence": record.cycle.sequence,
        "study": record.cycle.study,
        "studyName": record.study_name,
        "pair": record.pair,
        "kind": record.circumstances.kind,
        "previous": {"sequence": ties.previous_sequence, "digest": ties.previous_digest},
        "ledgerHead": record.ledger_head,
        **(
            {"authority": {"epoch": record.authority.epoch, "ruler": record.authority.ruler.value}}
            if record.authority
            else {}
        ),
        "auditLogHead": record.audit_head,
        "checkpointBefore": {"size": ties.checkpoint_size, "root": ties.checkpoint_root},
    }


def _seal(ties: Ties) -> Json:
    return {
        "sealedAt": spell_moment(ties.sealed_at),
        "principal": ties.principal,
        "keyFingerprint": ties.fingerprint,
        "authorities": list(ties.authorities),
        "isLate": ties.is_late,
    }


def _decision(record: CycleRecord) -> Json:
    return {
        "ruleId": RULE_ID,
        "ruleVersion": record.verdict.rule_version,
        "verdict": record.outcome.value,
        "reasonCount": len(record.verdict.reasons),
        "weights": sorted({each.weight.value for each in record.verdict.reasons}),
        "reasons": [_reason(each) for each in record.verdict.reasons[:NAMED_AT_MOST]],
        "reportLines": record.verdict.report_lines,
        "rpoPromisedSeconds": record.rpo_seconds,
        "rpoAchievedSeconds": _rpo_seconds(record),
        "freezeMilliseconds": record.held_seconds_milli,
        "freezeSeconds": -(-record.held_seconds_milli // 1000),
        "error": {"kind": record.error.kind, "message": record.error.message} if record.error else {},
        "activity": list(record.activity),
        "remarks": list(record.remarks),
        **({"hold": _hold(record.hold)} if record.hold else {}),
    }


def _hold(hold: HoldRecord) -> Json:
    return {
        "rulesVersion": hold.rules_version,
        "planDigest": hold.plan_digest,
        "isHeld": hold.is_held,
        "breachCount": len(hold.breaches),
        "breaches": list(hold.breaches[:NAMED_AT_MOST]),
        "approvedCycle": hold.approved_cycle,
        "approvedDigest": hold.approved_digest,
        "approvedBy": hold.approved_by,
        "approvedReason": hold.approved_reason,
    }


def _reason(reason: Reason) -> Json:
    return {"clause": reason.clause, "weight": reason.weight.value, "says": mask_reason(reason)}


def _rpo_seconds(record: CycleRecord) -> int:
    """How old the last proven time point was at the end of the cycle; -1 where none has ever been proven."""
    is_proven = record.outcome in (Outcome.EQUIVALENT, Outcome.EQUIVALENT_WITH_DEVIATIONS)
    proven = record.as_of if is_proven else record.previous_equivalent_as_of
    return int((record.ended_at - proven).total_seconds()) if proven else -1


def _software(record: CycleRecord) -> Json:
    build = record.circumstances.build
    name, _, version = record.software.partition(" ")
    return {
        "name": name,
        "version": version,
        "buildDigest": build.digest,
        "sbomDigest": build.sbom_digest,
        "qualification": {
            "iqReportDigest": build.installation_report_digest,
            "oqReportDigest": build.operation_report_digest,
            "qualifiedFor": build.qualified_for,
        },
    }
