"""What was checked beside the trees: reports, numbers beside each other, the control, the transfer."""

from dfwarm.evidence.beside import BesideRecord, Printed
from dfwarm.evidence.record import CycleRecord, ReportRecord, TransferRecord
from dfwarm.evidence.stated.words import NAMED_AT_MOST, Json
from dfwarm.spelling import spell
from dfwarm.terms import Side


def report(record: CycleRecord, report: ReportRecord) -> Json:
    """One report on both sides."""
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


def beside(record: BesideRecord) -> Json:
    """A number of the vendor beside the native one."""
    return {
        "report": record.report,
        "label": record.label,
        "figure": record.figure,
        "production": _printed(record.production),
        "standby": _printed(record.standby),
    }


def _printed(printed: Printed) -> Json:
    return {"vendor": printed.vendor, "native": printed.native, "problem": printed.problem}


def control(record: CycleRecord) -> Json:
    """The negative control."""
    controls = record.circumstances.control
    return {
        "seededPath": " ".join(spell(each.seeded_path) for each in controls),
        "expected": sum(each.expected for each in controls),
        "detected": bool(controls) and all(each.is_detected for each in controls),
    }


def transfer(record: CycleRecord, transfer: TransferRecord | None) -> Json:
    """What rsync did."""
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
