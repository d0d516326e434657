"""Step 9: numbers of the vendor's texts beside those of the native reports, where the configuration says which."""

from dfwarm.datafax.reports.figure import SUMS, figure_of
from dfwarm.datafax.reports.labelled import LabelUnreadable, read_labelled
from dfwarm.evidence.beside import NOTHING, BesideRecord, Printed
from dfwarm.plan.beside import Label
from dfwarm.plan.cycle import CycleOrder
from dfwarm.procedures.findings import Findings, SideFindings
from dfwarm.terms import Side

NO_LABELS = (
    "reports of the vendor's ran, and no number of theirs is held against the native reports: the configuration names "
    "no label ([[reports.beside]])"
)


def compare_numbers(order: CycleOrder, findings: Findings) -> None:
    """Hold each labelled number against the native one, on each side. One that can not be read is a gap."""
    if not order.labels and any(findings.side(side).known_look.report_names for side in Side):
        findings.remarks.append(NO_LABELS)
    findings.beside = tuple(_look(label, findings) for label in order.labels)
    findings.report_gaps += [gap for record in findings.beside for gap in record.gaps]


def _look(label: Label, findings: Findings) -> BesideRecord:
    production, standby = (_printed(label, findings.side(side)) for side in Side)
    return BesideRecord(label.report, label.text, label.figure, production, standby)


def _printed(label: Label, side: SideFindings) -> Printed:
    if label.report not in side.reports:
        return Printed(NOTHING, NOTHING, "there is no text of it")
    report = SUMS[label.figure].report
    if report not in side.native:
        return Printed(NOTHING, NOTHING, f"{report} was not made")
    native = figure_of(label.figure, side.native[report])
    try:
        return Printed(read_labelled(side.reports[label.report], label.text.encode()), native)
    except LabelUnreadable as error:
        return Printed(NOTHING, native, str(error))
