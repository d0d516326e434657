"""What earlier cycles of a study left to go by: the last that proved equality, its rsyncs, how long freezes took."""

import json

from dfwarm.equipment.archive import Archive
from dfwarm.errors import RecordUnknown
from dfwarm.facts.freeze import FreezeMode
from dfwarm.plan.cycle import Earlier
from dfwarm.plan.freeze import Earlier as EarlierFreeze
from dfwarm.plan.transport import NOTHING_CARRIED, Carried
from dfwarm.terms import CycleId, Outcome, Side, StudyNumber

ENVIRONMENT = "environment.json"
LOOKS_AT_MOST = 2


def last_equivalent(archive: Archive, study: StudyNumber) -> Earlier:
    """What the last cycle that proved equality left to compare with."""
    for cycle in reversed(archive.cycles(study)):
        record = archive.read(cycle)
        if record.outcome in (Outcome.EQUIVALENT, Outcome.EQUIVALENT_WITH_DEVIATIONS) and record.trees:
            return Earlier(str(cycle), record.as_of, record.trees.compared, record.trees.bytes)
    return Earlier("", None, 0, 0)


def last_carried(archive: Archive, study: StudyNumber) -> Carried:
    """Which builds of rsync carried the last cycle that proved equality; a record of an older dfwarm names none."""
    cycle = last_equivalent(archive, study).cycle
    if not cycle:
        return NOTHING_CARRIED
    try:
        told = json.loads(archive.read_file(CycleId.parse(cycle), ENVIRONMENT))
        builds = tuple((side, str(told[side]["environment"]["rsyncSha256"])) for side in Side)
    except (RecordUnknown, ValueError, KeyError, TypeError):
        return NOTHING_CARRIED
    return Carried(cycle, builds)


def last_freezes(archive: Archive, study: StudyNumber) -> dict[FreezeMode, EarlierFreeze]:
    """What the last freeze of a study in each mode took, for the next one, which may need both looks."""
    known: dict[FreezeMode, EarlierFreeze] = {}
    for cycle in reversed(archive.cycles(study)[-20:]):
        found = archive.read(cycle).freeze
        if found and found.frozen_at and found.entries and FreezeMode(found.mode) not in known:
            control = found.held_milli - found.look_milli - found.stage_milli - found.reports_milli
            known[FreezeMode(found.mode)] = EarlierFreeze(
                entries=found.entries,
                control_milli=max(0, control),
                look_milli=found.look_milli * LOOKS_AT_MOST // found.looks,
                reports_milli=found.reports_milli,
                staged_bytes=found.staged_bytes,
                stage_milli=found.stage_milli,
                cycle=str(cycle),
            )
    return known
