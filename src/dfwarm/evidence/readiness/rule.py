"""
The rule of readiness, version 2: data with a version, judged without looking at anything but the facts of a month.

A clause either blocks or remarks. READY needs that no clause speaks; one that blocks makes the pair NOT READY.
"""

from collections.abc import Iterable

from dfwarm.evidence.readiness.clause import Effect, Reason, Word
from dfwarm.evidence.readiness.facts import PairMonth
from dfwarm.evidence.readiness.pair_clauses import PAIR_CLAUSES
from dfwarm.evidence.readiness.study_clauses import STUDY_CLAUSES

RULE_ID = "dfwarm-readiness"
RULE_VERSION = "2"


def weigh(facts: PairMonth) -> tuple[Reason, ...]:
    """Every reason that speaks, those that block first."""
    found = [Reason(0, clause.name, clause.effect, says) for clause in PAIR_CLAUSES for says in clause.says(facts)]
    found += [
        Reason(study.study, clause.name, clause.effect, says)
        for study in facts.studies
        for clause in STUDY_CLAUSES
        for says in clause.says(facts, study)
    ]
    return tuple(sorted(found, key=lambda reason: reason.effect is not Effect.BLOCK))


def word_of(reasons: Iterable[Reason]) -> Word:
    """What reasons add up to."""
    effects = {reason.effect for reason in reasons}
    if Effect.BLOCK in effects:
        return Word.NOT_READY
    return Word.REMARKS if effects else Word.READY
