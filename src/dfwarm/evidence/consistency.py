"""Whether a claim agrees with itself: no verdict may say more than the digests and counts beside it."""

from collections.abc import Iterator

from dfwarm.evidence.claim import Claim, ReportClaim
from dfwarm.evidence.predicate import combine
from dfwarm.evidence.weight import Weight
from dfwarm.terms import Outcome

_PROVEN = (Outcome.EQUIVALENT, Outcome.EQUIVALENT_WITH_DEVIATIONS)


def contradictions(claim: Claim) -> tuple[str, ...]:
    """Everything in a claim that speaks against it, a sentence each."""
    found = [*_digests(claim), *(says for report in claim.reports for says in _report(report))]
    if claim.outcome in _PROVEN:
        found += _proven(claim)
    if claim.outcome is Outcome.EQUIVALENT:
        found += _equal(claim)
    if claim.outcome is Outcome.EQUIVALENT_WITH_DEVIATIONS and not claim.deviations:
        found.append("it speaks of deviations and names none")
    if claim.outcome is Outcome.DISCREPANT and Weight.DIFFERENCE not in claim.weights:
        found.append("it says DISCREPANT and names no difference")
    return tuple(found)


def _digests(claim: Claim) -> Iterator[str]:
    production = combine({each.root: each.production for each in claim.manifests})
    standby = combine({each.root: each.standby for each in claim.manifests})
    if (production, standby) != (claim.production, claim.standby):
        yield "the digest of a side is not that of its roots"
    if claim.is_identical != (bool(claim.production) and claim.production == claim.standby):
        yield "it says that the listings are identical, or that they are not, against their digests"


def _report(report: ReportClaim) -> Iterator[str]:
    is_identical = report.lines > 0 and bool(report.production) and report.production == report.standby
    if report.is_identical != is_identical:
        yield f"it says that {report.name} is identical, or that it is not, against its digests"


def _proven(claim: Claim) -> Iterator[str]:
    if not claim.has_time_point:
        yield f"it says {claim.outcome} at no time point"
    if not 0 < claim.entries_expected == claim.entries_compared:
        yield f"it says {claim.outcome} with {claim.entries_compared} of {claim.entries_expected} entries compared"
    if not claim.is_control_detected:
        yield f"it says {claim.outcome} though the negative control was not detected"
    if not claim.manifests or not all(each.production and each.standby for each in claim.manifests):
        yield f"it says {claim.outcome} without the listings of both sides"
    if not claim.reports or not all(report.is_identical for report in claim.reports):
        yield f"it says {claim.outcome} without reports that agree"
    for each in claim.beside:
        if any(each.problems) or any(vendor != native or native < 0 for vendor, native in each.numbers):
            yield f"it says {claim.outcome} though {each.report} does not print after {each.label!r} what was counted"
    if heavy := sorted(claim.weights - {Weight.DEVIATION}):
        yield f"it says {claim.outcome} and names reasons against it: {', '.join(heavy)}"


def _equal(claim: Claim) -> Iterator[str]:
    if any(each.production != each.standby for each in claim.manifests):
        yield "it says EQUIVALENT with unequal listings"
    if claim.deviations or claim.weights:
        yield "it says EQUIVALENT and names deviations"
