"""Sections 8 to 11: what departs from the rule, what is stated, how it is sealed, who has reviewed it."""

from collections.abc import Iterator

from dfwarm.evidence.certificate.content import NAMED_AT_MOST, NOT_KNOWN, Fact, Section
from dfwarm.evidence.certificate.wording import Json, count, find, rows, say_moment, short, text
from dfwarm.evidence.reviewer import Signature
from dfwarm.evidence.seal import SealFacts
from dfwarm.terms import Outcome

NOT_REVIEWED = "not yet reviewed"
_REPORTS_AT_MOST = 6

_CLAIMS = {
    Outcome.EQUIVALENT: "Within the scope, the standby held an exact copy of production at the time point.",
    Outcome.EQUIVALENT_WITH_DEVIATIONS: "Within the scope, the standby held a copy of production at the time point,"
    " exact but for the differences of section 8, which named persons accepted.",
    Outcome.DISCREPANT: "The standby was NOT a copy of production at the time point: the differences of section 8 were"
    " found.",
    Outcome.INCONCLUSIVE: "Nothing is stated about equality: this cycle could not examine what the rule demands.",
}
_SCOPE = (
    "Results relate only to the items in scope at the stated time. This page is a rendering of statement.json, which is"
    " the record. It holds no data of subjects."
)


def deviations(predicate: Json) -> Section:
    """Accepted differences, open ones, what was not examined, remarks: ten of each sort at most."""
    accepted = tuple(text(each, "says") for each in rows(predicate, "deviations"))
    differences, gaps = rows(predicate, "content", "differences"), rows(predicate, "content", "gaps")
    items = (
        *_some(accepted, len(accepted), "accepted"),
        *_some(differences, count(predicate, "content", "differenceCount"), "differs"),
        *_some(gaps, count(predicate, "content", "gapCount"), "not examined"),
        *_reports(predicate),
        *_reasons(predicate, frozenset((*accepted, *differences, *gaps))),
        *(f"remark: {each}" for each in rows(predicate, "decision", "remarks")),
    )
    return Section(8, "Deviations, differences, remarks", items=items or ("none",))


def claim(outcome: Outcome) -> Section:
    """What is stated, and what not."""
    return Section(9, "Statement", items=(_CLAIMS[outcome], _SCOPE))


def seal(predicate: Json, sealed: SealFacts) -> Section:
    """Who sealed it, who vouches for the time, where it stands in the history, how to verify it."""
    size, root = (
        count(predicate, "cycle", "checkpointBefore", "size"),
        find(predicate, "cycle", "checkpointBefore", "root"),
    )
    history = f"after {size:,} statements, root {short(root or '')}" if size else "the first of its study's log"
    stamps = tuple(f"{each.say()} at {say_moment(each.stamped_at)}" for each in sealed.stamps)
    return Section(
        10,
        "Seal of statement.json",
        (
            Fact("sha256", sealed.statement_digest or NOT_KNOWN),
            Fact("state", _state(sealed)),
            Fact("signer", f"{sealed.principal or NOT_KNOWN}, key {sealed.fingerprint or NOT_KNOWN}"),
            *(Fact("time-stamp", each) for each in stamps or ("none",)),
            Fact("history", f"{history}; ledger {short(find(predicate, 'cycle', 'ledgerHead') or '')}"),
            *(Fact("trust", f"{name}: {fingerprint}") for name, fingerprint in tuple(dict.fromkeys(sealed.trust))[:4]),
            Fact("verify", "sh VERIFY.sh TRUST-FOLDER  (needs sha256sum, ssh-keygen, openssl; no network)"),
        ),
    )


def review(signatures: tuple[Signature, ...]) -> Section:
    """Who has reviewed it. A certificate that nobody has reviewed says so."""
    return Section(11, "Review", items=tuple(map(_say_review, signatures)) or (NOT_REVIEWED,))


def _state(sealed: SealFacts) -> str:
    late = ", later than its cycle" if sealed.is_late else ""
    return f"{sealed.state}{late}{f': {sealed.problem}' if sealed.problem else ''}"


def _say_review(signature: Signature) -> str:
    seen = f"; exceptions seen: {', '.join(signature.exceptions)}" if signature.exceptions else ""
    return (
        f'{signature.name}, {signature.role} - "{signature.meaning}" - {say_moment(signature.signed_at)} (zone'
        f" {signature.zone}), {signature.how} {signature.fingerprint}{seen}"
    )


def _reasons(predicate: Json, named: frozenset[str]) -> Iterator[str]:
    """Why the verdict is what it is, but for the breaches that are named already."""
    error = find(predicate, "decision", "error") or {}
    if find(error, "kind"):
        yield f"the cycle ended with {text(error, 'kind')}: {text(error, 'message')}"
    told = [
        f"{text(each, 'weight')}: {text(each, 'says')}"
        for each in rows(predicate, "decision", "reasons")
        if text(each, "says") not in named
    ]
    yield from told[:NAMED_AT_MOST]
    rest = count(predicate, "decision", "reasonCount") - len(rows(predicate, "decision", "reasons"))
    rest += max(0, len(told) - NAMED_AT_MOST)
    if rest > 0:
        yield f"and {rest:,} more reasons in the bundle"


def _reports(predicate: Json) -> Iterator[str]:
    """What the reports of both sides count otherwise, in study words and without a record."""
    said: list[str] = []
    total = 0
    for report in rows(predicate, "reports"):
        name, number, lines = text(report, "name"), count(report, "differenceCount"), count(report, "differenceLines")
        said += (f"{name}, {each}" for each in rows(report, "differences"))
        if number and not lines:
            said.append(f"{name}, {number:,} {'line differs' if number == 1 else 'lines differ'}; the bundle has both")
        total += lines or bool(number)
    yield from _some(tuple(said), total, "report", at_most=_REPORTS_AT_MOST)


def _some(named: tuple[str, ...], total: int, word: str, at_most: int = NAMED_AT_MOST) -> Iterator[str]:
    yield from (f"{word}: {each}" for each in named[:at_most])
    if total > at_most:
        yield f"and {total - at_most:,} more ({word}); the bundle names each of them"
