"""Keep production still for a moment: the watchdog first, the freeze, whatever is done inside it, and the thaw."""

import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from dfwarm.errors import AnswerRefused, DeadlinePassed, DfwarmError, FreezeRefused, HostUnreachable, WatchdogFailed
from dfwarm.evidence.record import FreezeRecord
from dfwarm.facts.fact import Fact
from dfwarm.facts.freeze import FreezeMode, Thawed
from dfwarm.facts.ledger import Act
from dfwarm.plan import questions
from dfwarm.plan.cycle import CycleOrder, WhenActive
from dfwarm.plan.freeze import FreezePlan
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.story import Story

FREEZE_LEDGER = "freeze.jsonl"
"""Production's own ledger of the freeze, as the record keeps it."""


@dataclass(slots=True)
class Freeze:
    """
    The freeze of one cycle, and the promise to thaw.

    The ledger says so before the effect, and production's own watchdog keeps the promise where this process cannot.
    """

    order: CycleOrder
    kit: Kit
    story: Story
    findings: Findings
    is_announced: bool = False
    frozen_at: datetime | None = None
    mode: FreezeMode = FreezeMode.STILL
    reports_milli: int = 0
    _began: float = field(default=0.0)

    @contextmanager
    def frozen(self, plan: FreezePlan) -> Iterator[None]:
        """Freeze production for the length of a block. Raises FreezeRefused where the budget runs out in it."""
        self._arm(plan)
        try:
            self._freeze(plan)
            yield
        except DeadlinePassed as error:
            raise FreezeRefused(
                f"the freeze reached its budget of {plan.budget_seconds} s, so it was given up: {error}"
            ) from error
        finally:
            self.thaw()

    def seconds_left(self, plan: FreezePlan) -> int:
        """How much of the budget is left for a question, one second at least."""
        return max(1, int(plan.budget_seconds - (time.monotonic() - self._began)))

    def thaw(self) -> None:
        """Open production again, if it was frozen. A link that is gone leaves it to the watchdog."""
        if not self.is_announced:
            return
        self.story.announce(Act.RELEASE, host=self.kit.production.name)
        thawed = self._ask_thaw()
        self.story.announce(Act.RESTORED, host=self.kit.production.name)
        self.is_announced = False
        self.kit.audience.thawed()
        self.story.keep(thawed)
        self.story.transcripts.extend(thawed.value.transcripts)
        self.findings.files[FREEZE_LEDGER] = b"".join(line.encode() for line in thawed.value.lines)
        self.findings.held_seconds_milli += thawed.value.frozen_milli
        self.findings.thawed_by = thawed.value.by
        if thawed.value.by == "watchdog":
            raise WatchdogFailed(f"the watchdog on production thawed the study: {thawed.value.why}")

    def _ask_thaw(self) -> Fact[Thawed]:
        """Ask twice: the conversation may have been cut, and the next question opens another one."""
        question = questions.thaw(self.order.cycle)
        with contextlib.suppress(AnswerRefused, HostUnreachable, DeadlinePassed):
            return self.kit.production.ask(question)
        return self.kit.production.ask(question)

    def _arm(self, plan: FreezePlan) -> None:
        armed = self.kit.production.ask(questions.watch(self.order.cycle, plan.mode, plan.budget_seconds))
        self.story.keep(armed)
        if armed.value.tidied:
            self.findings.remarks.append(f"removed from production what was left of {', '.join(armed.value.tidied)}")
        process = str(armed.value.process)
        self.story.announce(Act.WATCH, host=self.kit.production.name, process=process)

    def _freeze(self, plan: FreezePlan) -> None:
        self.story.announce(
            Act.HOLD,
            host=self.kit.production.name,
            wasOpen="true",
            mode=plan.mode.value,
            budget=str(plan.budget_seconds),
        )
        self.is_announced = True
        self._began = time.monotonic()
        self.kit.audience.froze(plan.budget_seconds)
        throws_out = self.order.when_active is WhenActive.GO_ON
        frozen = self.kit.production.ask(questions.freeze(self.order.cycle, plan, throws_out=throws_out))
        self.story.keep(frozen)
        self.story.transcripts.extend(frozen.value.transcripts)
        self.findings.remarks.extend(frozen.value.remarks)
        self.findings.was_open = frozen.value.was_open
        self.frozen_at, self.mode = frozen.value.frozen_at, plan.mode


def clear_away(order: CycleOrder, kit: Kit, story: Story, findings: Findings) -> None:
    """
    Remove the staged copies. Where that fails the next freeze does it.

    So it does where a cycle is given up while production still makes its reports: it may be reading from them.
    """
    asked = findings.production.asked
    if asked is not None and not asked.done():
        return
    try:
        story.keep(kit.production.ask(questions.tidy(order.cycle.study)))
    except DfwarmError as error:
        findings.remarks.append(f"the staged copies on production were not removed: {error}")


def describe(plan: FreezePlan, freeze: Freeze, findings: Findings) -> FreezeRecord | None:
    """What the record says of the freeze."""
    caught = findings.captured
    if caught is None:
        return None
    return FreezeRecord(
        mode=freeze.mode.value,
        budget_seconds=plan.budget_seconds,
        frozen_at=freeze.frozen_at,
        held_milli=findings.held_seconds_milli,
        thawed_by=findings.thawed_by,
        entries=sum(map(len, findings.production.before.values())),
        staged_paths=sum(len(root.paths) for root in caught.roots),
        staged_bytes=sum(root.bytes for root in caught.roots),
        look_milli=caught.list_milli + caught.prove_milli,
        stage_milli=caught.stage_milli,
        reports_milli=freeze.reports_milli,
        newest_journal=caught.newest.say(),
        looks=caught.looks,
    )
