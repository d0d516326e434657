"""What a comparison of both trees outside a cycle found: every byte read now, nothing carried over."""

from dataclasses import dataclass

from dfwarm.evidence.differences import RootDifference
from dfwarm.evidence.explanation import explain
from dfwarm.plan.wrong_side import SideJudgement
from dfwarm.spelling import spell
from dfwarm.terms import Outcome, spell_duration

NAMED_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Proof:
    """
    Both sides held against each other.

    `judgements` say for each difference which side is wrong. `moved` says what production wrote while the sides were
    read; a difference at such a path proves nothing. `oldest_seconds` is how long ago the file was read that was not
    read for longest. `by_records` names the files that hold the same records though not the same bytes.
    """

    expected: int
    compared: int
    bytes: int
    differences: tuple[RootDifference, ...]
    judgements: tuple[SideJudgement, ...]
    gaps: tuple[str, ...]
    moved: tuple[str, ...]
    is_control_detected: bool
    oldest_seconds: int
    by_records: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """What it adds up to. Comparing nothing is not agreement."""
        if not self.is_control_detected or self.moved:
            return Outcome.INCONCLUSIVE
        if self.differences:
            return Outcome.DISCREPANT
        return Outcome.EQUIVALENT if not self.gaps and 0 < self.expected == self.compared else Outcome.INCONCLUSIVE


def render_proof(proof: Proof) -> str:
    """Say a proof in plain words, differences explained."""
    paths = frozenset(each.difference.path for each in proof.differences)
    lines = [
        f"{proof.outcome}",
        f"checked {proof.compared:,} of {proof.expected:,} entries with {proof.bytes:,} bytes",
        f"oldest unread file: {spell_duration(proof.oldest_seconds)}",
        *(() if proof.is_control_detected else ("the negative control was not detected",)),
        *_named(tuple(f"by records: {each}" for each in proof.by_records)),
        *_named(proof.moved),
        *_named(tuple(f"! {gap}" for gap in proof.gaps)),
    ]
    for each, judgement in list(zip(proof.differences, proof.judgements, strict=True))[:NAMED_AT_MOST]:
        lines += ("", f"{each.root}:", *explain(each.difference, paths, judgement))
    rest = proof.differences[NAMED_AT_MOST:]
    lines += ["", f"and {len(rest):,} more, from {spell(rest[0].difference.path)} on"] if rest else []
    return "\n".join(lines)


def _named(lines: tuple[str, ...]) -> tuple[str, ...]:
    rest = len(lines) - NAMED_AT_MOST
    return (*lines[:NAMED_AT_MOST], f"and {rest:,} more") if rest > 0 else lines
