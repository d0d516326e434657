"""What a verification found, in the words of both verifiers: `dfwarm verify` and the one that stands alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from dfwarm.errors import BundleRefused, DfwarmError, FormatNewer
from dfwarm.evidence.bundle import Bundle
from dfwarm.evidence.reviews import ALL_STEPS
from dfwarm.evidence.sums import STATEMENT
from dfwarm.evidence.trust import Trust
from dfwarm.evidence.verification import StepResult, verify_bundle


@dataclass(frozen=True, slots=True)
class Verified:
    """A bundle and how its steps went; none were taken where it is not sealed."""

    place: str
    steps: tuple[StepResult, ...]
    bundle: Bundle

    @property
    def error(self) -> DfwarmError | None:
        """What refused it."""
        return self.steps[-1].error if self.steps else BundleRefused("it is not sealed")

    @property
    def code(self) -> int:
        """The exit code of this bundle alone."""
        if isinstance(self.error, FormatNewer):
            return FormatNewer.exit_code
        return BundleRefused.exit_code if self.error else 0


def verify_at(place: str, bundle: Bundle, trust: Trust) -> Verified:
    """Verify the bundle at a place. A record that was never sealed is told as that."""
    names = bundle.files.names
    is_sealed = STATEMENT in names or "cycle.json" not in names
    return Verified(place, verify_bundle(bundle, trust, ALL_STEPS) if is_sealed else (), bundle)


def worse_code(code: int, other: int) -> int:
    """The exit code of two. A refused bundle outweighs one that only a newer release can read."""
    return code or other if other == FormatNewer.exit_code else other or code


def say_verified(found: Verified, *, is_long: bool) -> Iterator[str]:
    """A line for each step where they are asked for, and the last line that says it all."""
    if is_long:
        yield from map(_say_step, found.steps)
    if found.error:
        step = found.steps[-1] if found.steps else None
        at = f" at step {step.number}, {step.name}" if step else ""
        yield f"REFUSED{at}: {found.error}  [{found.place}]"
    else:
        claim = found.bundle.claim
        late = ", sealed late" if claim.is_late else ""
        pending = ", TIME-STAMP PENDING" if found.bundle.missing_tokens else ""
        yield f"GENUINE  {claim.cycle}  its verdict is {claim.outcome}{late}{pending}"


def plain_verified(found: Verified) -> dict[str, object]:
    """The same as plain values."""
    return {
        "bundle": found.place,
        "isGenuine": found.error is None,
        "verdict": found.bundle.claim.outcome.value if found.error is None else "",
        "problem": str(found.error or ""),
        "steps": [
            {"number": step.number, "name": step.name, "proves": step.proves, "saw": step.saw, "problem": step.problem}
            for step in found.steps
        ],
    }


def _say_step(step: StepResult) -> str:
    word = "REFUSED" if step.error else "holds  "
    return f"{step.number:>2}  {step.name:<10}  {word}  {step.proves} ({step.saw or step.problem})"
