"""
The statement of a cycle: an in-toto Statement v1 about the bundle's `SHA256SUMS`, in the bytes of RFC 8785.

It holds no floats: durations are whole seconds or milliseconds, amounts of bytes are texts of digits. It is built
from the record of the cycle and from what ties it to its history, and from nothing else. What reports say of subjects
stays in the reports: the statement counts their differences, and says them only as counts and rules. Words of errors
and of programs are masked first (see `masking`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785

from dfwarm.evidence.beside import BesideRecord, Printed
from dfwarm.evidence.circumstances import PartyRecord
from dfwarm.evidence.hold import HoldRecord
from dfwarm.evidence.masking import mask_reason, masked
from dfwarm.evidence.predicate import PREDICATE_TYPE, STATEMENT_TYPE, combine
from dfwarm.evidence.record import CycleRecord, ReportRecord, TransferRecord
from dfwarm.evidence.sums import SUMS
from dfwarm.evidence.verdict import Reason
from dfwarm.evidence.weight import Weight
from dfwarm.spelling import spell
from dfwarm.terms import Outcome, Side, spell_time

RULE_ID = "dfwarm-verdict"
NAMED_AT_MOST = 20
"""Entries of one sort that a statement names; all of them stand in the bundle's other files."""

Json = dict[str, Any]


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
        "parties": {side.value: _party(record, side) for side in Side},
        "timeline": _timeline(record),
        "scope": _scope(record),
        "content": _content(record),
        "metadata": _metadata(record),
        "reports": [_report(record, report) for report in record.reports],
        "beside": list(map(_beside, record.beside)),
        "negativeControl": _control(record),
        "transfer": _transfer(record, record.transfer),
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
        "sealedAt": _time(ties.sealed_at),
        "principal": ties.principal,
        "keyFingerprint": ties.fingerprint,
        "authorities": list(ties.authorities),
        "isLate": ties.is_late,
    }


def _party(record: CycleRecord, side: Side) -> Json:
    name = record.production_host if side is Side.PRODUCTION else record.standby_host
    party = next((each for each in record.circumstances.parties if each.side is side), PartyRecord(side, ""))
    return {
        "name": name,
        "hostname": party.hostname,
        "machineId": party.machine_id,
        "hostKeyFingerprints": list(party.host_keys),
        "os": party.os,
        "account": party.account,
        "zone": party.zone,
        "dataRoots": [{"key": root.key, "folder": spell(root.folder)} for root in party.roots],
        "datafaxVersion": party.datafax,
        "software": party.software,
        "python": party.python,
        "rsync": party.rsync,
        "ssh": party.ssh,
        "clock": _clock(record, name),
    }


def _clock(record: CycleRecord, host: str) -> Json:
    for clock in record.clocks:
        if clock.host == host:
            return {
                "offsetMs": clock.offset_ms,
                "uncertaintyMs": clock.uncertainty_ms,
                "source": "the controller's clock",
                "isMeasured": True,
            }
    return {"offsetMs": 0, "uncertaintyMs": 0, "source": "", "isMeasured": False}


def _timeline(record: CycleRecord) -> Json:
    line = record.circumstances.timeline
    return {
        "beganAt": spell_time(record.began_at),
        "preflightBegan": _time(line.preflight_began_at),
        "frozenAt": _time(line.frozen_at),
        "manifestCompletedProductionAt": _time(line.manifest_completed_production_at),
        "transferEndedAt": _time(line.transfer_ended_at),
        "manifestCompletedStandbyAt": _time(line.manifest_completed_standby_at),
        "releasedAt": _time(line.released_at),
        "verifiedAt": _time(line.verified_at),
        "endedAt": spell_time(record.ended_at),
        "pointInTime": _time(record.as_of),
        "pointInTimeKnownBy": record.as_of_known_by,
        "previousEquivalent": _time(record.previous_equivalent_as_of),
        "steps": [
            {
                "number": step.number,
                "title": step.title,
                "beganAt": spell_time(step.began_at),
                "endedAt": spell_time(step.ended_at),
                "problem": step.problem,
            }
            for step in record.steps
        ],
    }


def _time(moment: datetime | None) -> str:
    return spell_time(moment) if moment else ""


def _scope(record: CycleRecord) -> Json:
    scope, trees = record.scope, record.trees
    return {
        "policy": {
            "name": scope.name if scope else "",
            "version": scope.version if scope else "",
            "digest": scope.digest if scope else "",
            "approvedBy": scope.approved_by if scope else "",
            "approvedAt": _time(scope.approved_at if scope else None),
        },
        "configDigest": record.config_digest,
        "roots": [root.key for root in scope.roots] if scope else [],
        "exclusions": [
            {
                "treatment": rule.treatment,
                "pattern": rule.pattern,
                "reason": rule.reason,
                "matchedFiles": max(rule.production, rule.standby),
            }
            for rule in (scope.rules if scope else ())
        ],
        "setAside": {
            "production": {"sha256": scope.production_set_aside if scope else ""},
            "standby": {"sha256": scope.standby_set_aside if scope else ""},
        },
        "excludedCount": len(trees.excluded) if trees else 0,
        "excludedEntries": list(trees.excluded[:NAMED_AT_MOST]) if trees else [],
        "unscopedStudies": list(scope.unscoped_studies) if scope else [],
    }


def _content(record: CycleRecord) -> Json:
    content, trees = record.circumstances.content, record.trees
    production = combine({each.root: each.production_sums for each in content.manifests})
    standby = combine({each.root: each.standby_sums for each in content.manifests})
    return {
        "files": trees.files if trees else 0,
        "bytes": str(trees.bytes if trees else 0),
        "directories": content.directories,
        "links": content.links,
        "entriesExpected": record.verdict.entries_expected,
        "entriesCompared": record.verdict.entries_compared,
        "productionManifest": {"sha256": production},
        "standbyManifest": {"sha256": standby},
        "manifests": [
            {
                "root": each.root,
                "production": {"sha256": each.production_sums},
                "standby": {"sha256": each.standby_sums},
            }
            for each in content.manifests
        ],
        "identical": bool(production) and production == standby,
        "differenceCount": len(trees.differences) if trees else 0,
        "differences": list(trees.differences[:NAMED_AT_MOST]) if trees else [],
        "gapCount": len(trees.gaps) if trees else 0,
        "gaps": list(trees.gaps[:NAMED_AT_MOST]) if trees else [],
        "dataCompared": trees.data_compared if trees else "",
        "byRecordsCount": len(trees.by_records) if trees else 0,
        "byRecords": list(trees.by_records[:NAMED_AT_MOST]) if trees else [],
        "checked": list(trees.checked) if trees else [],
        "oldestReadingSeconds": {
            "production": trees.production_oldest_seconds if trees else -1,
            "standby": trees.standby_oldest_seconds if trees else -1,
        },
        "added": content.added,
        "changed": content.changed,
        "deleted": content.deleted,
    }


def _metadata(record: CycleRecord) -> Json:
    manifests = record.circumstances.content.manifests
    return {
        "manifests": [
            {
                "root": each.root,
                "production": {"sha256": each.production_mtree},
                "standby": {"sha256": each.standby_mtree},
            }
            for each in manifests
        ],
        "identical": bool(manifests) and all(each.production_mtree == each.standby_mtree for each in manifests),
        "mappings": [],
    }


def _report(record: CycleRecord, report: ReportRecord) -> Json:
    engine, _, version = report.engine.partition(", ")
    raw = {each.side: each.sha256 for each in record.circumstances.raw_reports if each.name == report.name}
    return {
        "name": report.name,
        "engine": engine,
        "engineVersion": version,
        "production": {"raw": raw.get(Side.PRODUCTION, ""), "normalised": report.production},
        "standby": {"raw": raw.get(Side.STANDBY, ""), "normalised": report.standby},
        "identical": report.is_identical,
        "lines": report.lines,
        "differenceCount": len(report.differences) + len(report.numbers),
        "gapCount": len(report.gaps),
        "differences": list(report.summary[:NAMED_AT_MOST]),
        "differenceLines": len(report.summary),
    }


def _beside(record: BesideRecord) -> Json:
    return {
        "report": record.report,
        "label": record.label,
        "figure": record.figure,
        "production": _printed(record.production),
        "standby": _printed(record.standby),
    }


def _printed(printed: Printed) -> Json:
    return {"vendor": printed.vendor, "native": printed.native, "problem": printed.problem}


def _control(record: CycleRecord) -> Json:
    controls = record.circumstances.control
    return {
        "seededPath": " ".join(spell(each.seeded_path) for each in controls),
        "expected": sum(each.expected for each in controls),
        "detected": bool(controls) and all(each.is_detected for each in controls),
    }


def _transfer(record: CycleRecord, transfer: TransferRecord | None) -> Json:
    party = next((each for each in record.circumstances.parties if each.side is Side.STANDBY), None)
    return {
        "tool": "rsync",
        "version": party.rsync if party else "",
        "isDone": transfer is not None,
        "status": transfer.status if transfer else 0,
        "rule": transfer.rule if transfer else "",
        "says": list(transfer.says) if transfer else [],
        "errors": list(transfer.problems) if transfer else [],
        "milliseconds": transfer.seconds_milli if transfer else 0,
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
