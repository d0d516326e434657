"""What is asked of the pair as a whole in a month."""

from collections.abc import Iterator
from datetime import timedelta

from dfwarm.evidence.readiness.clause import Effect, PairClause, count, some
from dfwarm.evidence.readiness.facts import KeyFact, PairMonth
from dfwarm.terms import Side

KEY_ENDS_WITHIN = timedelta(days=60)


def _rules(facts: PairMonth) -> Iterator[str]:
    """While the standby rules, nothing may be written to it, so there is no standby."""
    if facts.rulings and facts.rulings[-1].ruler is not Side.PRODUCTION:
        yield f"production does not rule at the end of the period: {facts.rulings[-1].says}"


def _moves(facts: PairMonth) -> Iterator[str]:
    here = [each for each in facts.rulings if each.at >= facts.begins_at]
    yield from some([f"who rules changed on {each.at:%Y-%m-%d %H:%M} UTC: {each.says}" for each in here], "change")


def _studies(facts: PairMonth) -> Iterator[str]:
    if not facts.studies:
        yield "no study is on record, so nothing was looked at"


def _trail(facts: PairMonth) -> Iterator[str]:
    yield from some([f"a chain does not hold: {each}" for each in facts.trail], "broken chain")


def _keys(facts: PairMonth) -> Iterator[str]:
    if facts.is_sealing and not any(key.is_usable_at(facts.ends_at) for key in facts.keys):
        yield "no key may seal at the end of the period: each has ended, is revoked, or has not begun"


def _keys_end(facts: PairMonth) -> Iterator[str]:
    yield from _end_soon(facts, facts.keys, "the evidence key")
    yield from _end_soon(facts, facts.authorities, "the certificate of the time-stamp authority")
    if facts.authorities and not any(each.is_usable_at(facts.ends_at) for each in facts.authorities):
        yield "no certificate of a time-stamp authority is valid at the end of the period"


def _open_cycle(facts: PairMonth) -> Iterator[str]:
    if facts.open_cycle:
        yield f"cycle {facts.open_cycle} ran or was cut off when the report was made (`dfwarm recover` tells)"


def _copies(facts: PairMonth) -> Iterator[str]:
    if not facts.places:
        yield "the evidence is kept in no second place"
    for each in facts.places:
        if each.waiting:
            yield f"{count(each.waiting, 'parcel')} of evidence wait for {each.place}"
        if each.due:
            yield f"{count(each.due, 'copy', 'copies')} at {each.place} should be read back"
        yield from some([f"a copy at {each.place} is not what was copied: {says}" for says in each.mismatches], "copy")


def _month(facts: PairMonth) -> Iterator[str]:
    if not facts.is_over:
        yield f"the month is not over: this is how it stood on {facts.ends_at:%Y-%m-%d %H:%M} UTC"


PAIR_CLAUSES: tuple[PairClause, ...] = (
    PairClause("studies", Effect.BLOCK, _studies),
    PairClause("audit trail", Effect.BLOCK, _trail),
    PairClause("keys", Effect.BLOCK, _keys),
    PairClause("authority", Effect.BLOCK, _rules),
    PairClause("authority moved", Effect.REMARK, _moves),
    PairClause("key ends", Effect.REMARK, _keys_end),
    PairClause("open cycle", Effect.REMARK, _open_cycle),
    PairClause("copies", Effect.REMARK, _copies),
    PairClause("month", Effect.REMARK, _month),
)


def _end_soon(facts: PairMonth, keys: tuple[KeyFact, ...], what: str) -> Iterator[str]:
    """Speak where the last usable one ends soon; one that ends never does not."""
    usable = [key for key in keys if key.is_usable_at(facts.ends_at)]
    ends = [key.ends_at for key in usable if key.ends_at]
    if usable and len(ends) == len(usable) and max(ends) <= facts.ends_at + KEY_ENDS_WITHIN:
        yield f"{what} ends on {max(ends):%Y-%m-%d}, within {KEY_ENDS_WITHIN.days} days"
