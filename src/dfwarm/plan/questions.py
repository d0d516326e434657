"""The questions that a cycle puts to the gates, each with the reader of its answer."""

from functools import partial
from typing import TypeVar

from dfwarm import wire
from dfwarm.facts.capture import Approached, Captured, Proven
from dfwarm.facts.control import ControlAnswer, VendorReports
from dfwarm.facts.doors import Doors
from dfwarm.facts.examination import Examination
from dfwarm.facts.fact import Question
from dfwarm.facts.flushed import Flushed
from dfwarm.facts.freeze import FreezeMode, Frozen, Thawed, Tidied, Watched
from dfwarm.facts.growth import StudyGrowth
from dfwarm.facts.heads import Heads
from dfwarm.facts.identity import Identified
from dfwarm.facts.look import Look, Studies
from dfwarm.facts.record_sets import RecordSets, spell_word
from dfwarm.facts.ruling import Ruled, Ruling, spell_ruling
from dfwarm.facts.snapshot import Snapped
from dfwarm.facts.wanted import Holdings, Wanted
from dfwarm.facts.witness import Cosigned, Growth, Witnessed
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.stream import Blocks, decode
from dfwarm.plan.freeze import FreezePlan
from dfwarm.terms import CycleId, Side, StudyNumber

T = TypeVar("T")

CONTROL_SECONDS = 180
EXAMINE_SECONDS = 1_800
FLUSH_SECONDS = 3_600
CAPTURED_SECONDS = 1_800
GROWTH_SECONDS = 600


def look(study: StudyNumber) -> Question[Look]:
    """Ask who works in the study, what the server does, and which host this is."""
    return _ask(Look, "look", f"{study:03d}")


def identify(study: StudyNumber, pair: str) -> Question[Identified]:
    """Ask whether a side's study is what was adopted."""
    return _ask(Identified, "identify", f"{study:03d}", pair)


def adopt(study: StudyNumber, pair: str) -> Question[Identified]:
    """Have a side keep what is there now as the study of this pair."""
    return _ask(Identified, "adopt", f"{study:03d}", pair)


def ruling(pair: str) -> Question[Ruled]:
    """Ask who rules a pair, by what a side was told."""
    return _ask(Ruled, "ruling", pair)


def rule(ruling: Ruling) -> Question[Ruled]:
    """Tell a side who rules from now on."""
    return _ask(Ruled, "rule", *spell_ruling(ruling))


def stop(study: StudyNumber, side: Side, cycle: CycleId) -> Question[ControlAnswer]:
    """Hold production's study, or stop DataFax on the standby."""
    verb = "hold" if side is Side.PRODUCTION else "stop"
    return _ask(ControlAnswer, verb, f"{study:03d}", str(cycle), seconds=CONTROL_SECONDS)


def start(study: StudyNumber, side: Side, cycle: CycleId) -> Question[ControlAnswer]:
    """Release production's study, or start DataFax on the standby."""
    verb = "release" if side is Side.PRODUCTION else "start"
    return _ask(ControlAnswer, verb, f"{study:03d}", str(cycle), seconds=CONTROL_SECONDS)


def watch(cycle: CycleId, mode: FreezeMode, budget_seconds: int) -> Question[Watched]:
    """Let a watchdog stand ready on production."""
    return _ask(Watched, "watch", f"{cycle.study:03d}", str(cycle), mode.value, str(budget_seconds), seconds=60)


def freeze(cycle: CycleId, order: FreezePlan, *, throws_out: bool) -> Question[Frozen]:
    """Let nobody work in production's study."""
    words = (order.mode.value, str(order.budget_seconds), str(order.drain_seconds), "throw" if throws_out else "ask")
    return _ask(Frozen, "freeze", f"{cycle.study:03d}", str(cycle), *words, seconds=order.budget_seconds + 5)


def thaw(cycle: CycleId) -> Question[Thawed]:
    """Let people work in production's study again."""
    return _ask(Thawed, "thaw", f"{cycle.study:03d}", str(cycle), seconds=CONTROL_SECONDS)


def snapshot(cycle: CycleId, seconds: int) -> Question[Snapped]:
    """Take a snapshot of production's disk inside the freeze."""
    return _ask(Snapped, "snapshot", f"{cycle.study:03d}", str(cycle), str(seconds), seconds=seconds + 5)


def approach(cycle: CycleId) -> Question[Approached]:
    """Look at everything of production's study just before a freeze."""
    return _ask(Approached, "approach", f"{cycle.study:03d}", str(cycle), seconds=CAPTURED_SECONDS)


def prove(cycle: CycleId) -> Question[Proven]:
    """Look, after the thaw, at what was not looked at inside the freeze."""
    return _ask(Proven, "prove", f"{cycle.study:03d}", str(cycle), seconds=CAPTURED_SECONDS)


def capture(cycle: CycleId, seconds: int) -> Question[Captured]:
    """Catch one instant of production's study."""
    return _ask(Captured, "capture", f"{cycle.study:03d}", str(cycle), seconds=seconds)


def captured(cycle: CycleId, key: str, known: str, held: Blocks) -> Question[Manifest]:
    """Ask for the listing that was made at that instant; what is held of the one before is only named."""
    words = ("captured", f"{cycle.study:03d}", str(cycle), key)
    return Question((*words, known) if known else words, partial(decode, held=held), CAPTURED_SECONDS)


def growth(study: StudyNumber, key: str, since_ns: int, *, is_whole: bool) -> Question[StudyGrowth]:
    """Ask which page images came below a root since an instant, and how long its journals are."""
    how = "whole" if is_whole else "new"
    return _ask(StudyGrowth, "growth", f"{study:03d}", key, str(since_ns), how, seconds=GROWTH_SECONDS)


def tidy(study: StudyNumber) -> Question[Tidied]:
    """Remove what cut-off cycles left behind on production."""
    return _ask(Tidied, "tidy", f"{study:03d}", seconds=600)


def vendor_reports(study: StudyNumber, seconds: int) -> Question[VendorReports]:
    """Run the vendor's report programs as that host is configured."""
    return _ask(VendorReports, "vendor", f"{study:03d}", seconds=seconds)


def flush(study: StudyNumber, key: str) -> Question[Flushed]:
    """Force what was written below a root to its disk, folders too."""
    return _ask(Flushed, "flush", f"{study:03d}", key, seconds=FLUSH_SECONDS)


def records(study: StudyNumber, key: str, paths: tuple[bytes, ...]) -> Question[RecordSets]:
    """Ask for data files below a root as sets of records."""
    return _ask(RecordSets, "records", f"{study:03d}", key, *map(spell_word, paths), seconds=EXAMINE_SECONDS)


def heads(study: StudyNumber, key: str, paths: tuple[bytes, ...]) -> Question[Heads]:
    """Ask what the first bytes of files below a root say."""
    return _ask(Heads, "heads", f"{study:03d}", key, *map(spell_word, paths))


def studies() -> Question[tuple[StudyNumber, ...]]:
    """Ask which studies are registered and enabled."""
    return Question(("studies",), lambda answer: wire.load(Studies, answer).numbers)


def examine(study: StudyNumber) -> Question[Examination]:
    """Ask everything that preflight asks of a side."""
    return _ask(Examination, "examine", f"{study:03d}", seconds=EXAMINE_SECONDS)


def have(wanted: tuple[Wanted, ...]) -> Question[Holdings]:
    """Ask which accounts, groups and programs a host has."""
    return _ask(Holdings, "have", *(one.word for one in wanted), seconds=EXAMINE_SECONDS)


def doors() -> Question[Doors]:
    """Ask which keys of dfwarm a host lets in."""
    return _ask(Doors, "doors")


def witnessed(study: StudyNumber, pair: str) -> Question[Witnessed]:
    """Ask which checkpoint of a study's log a host cosigned last."""
    return _ask(Witnessed, "witnessed", f"{study:03d}", pair)


def cosign(study: StudyNumber, pair: str, growth: Growth) -> Question[Cosigned]:
    """Ask a host to cosign a checkpoint."""
    return _ask(Cosigned, "cosign", f"{study:03d}", pair, *growth.words)


def _ask(kind: type[T], *verb: str, seconds: int = 120) -> Question[T]:
    return Question(verb, partial(wire.load, kind), seconds)
