"""Write the certificate of a cycle from its statement and its seal alone: the same bundle gives the same one."""

from collections.abc import Mapping
from typing import Any

from dfwarm.evidence.certificate import assurance, parties, results, times
from dfwarm.evidence.certificate.content import NOT_KNOWN, Certificate
from dfwarm.evidence.certificate.wording import count, find, moment, text
from dfwarm.evidence.reviewer import Signature
from dfwarm.evidence.seal import SealFacts
from dfwarm.terms import Outcome

_SENTENCES = {
    Outcome.EQUIVALENT: "The standby held an exact copy of production, within the scope below, as of {when}.",
    Outcome.EQUIVALENT_WITH_DEVIATIONS: "The standby held a copy of production, exact but for accepted differences,"
    " within the scope below, as of {when}.",
    Outcome.DISCREPANT: "The standby was NOT a copy of production as of {when}: {what}.",
    Outcome.INCONCLUSIVE: "Whether the standby was a copy of production is NOT proven by this cycle (time point:"
    " {when}).",
}


def write_certificate(
    statement: Mapping[str, Any], sealed: SealFacts, reviews: tuple[Signature, ...] = ()
) -> Certificate:
    """Write the certificate of a statement, whatever its verdict. Raises ValueError for a verdict that is none."""
    predicate = statement["predicate"]
    outcome = Outcome(predicate["decision"]["verdict"])
    return Certificate(
        number=text(predicate, "cycle", "id"),
        outcome=outcome,
        sentence=_SENTENCES[outcome].format(when=_when(predicate), what=_what(predicate)),
        sections=(
            parties.parties(predicate),
            parties.scope(predicate),
            parties.method(predicate),
            results.results(predicate),
            results.since(predicate),
            times.timeline(predicate),
            times.clocks(predicate),
            assurance.deviations(predicate),
            assurance.claim(outcome),
            assurance.seal(predicate, sealed),
            assurance.review(reviews),
        ),
        digest=sealed.statement_digest,
        dated=str(find(predicate, "timeline", "endedAt") or ""),
    )


def _when(predicate: Mapping[str, Any]) -> str:
    at = moment(predicate, "timeline", "pointInTime")
    return "a time that is not known" if at == NOT_KNOWN else at


def _what(predicate: Mapping[str, Any]) -> str:
    found = count(predicate, "content", "differenceCount")
    found += sum(count(each, "differenceCount") for each in predicate.get("reports", ()))
    return f"{found:,} difference{'' if found == 1 else 's'} found" if found else "a difference was found"
