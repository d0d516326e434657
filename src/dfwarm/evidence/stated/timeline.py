"""When what happened."""

from dfwarm.evidence.record import CycleRecord
from dfwarm.evidence.stated.words import Json, spell_moment
from dfwarm.terms import spell_time


def timeline(record: CycleRecord) -> Json:
    """Every moment of the cycle, and its steps."""
    line = record.circumstances.timeline
    return {
        "beganAt": spell_time(record.began_at),
        "preflightBegan": spell_moment(line.preflight_began_at),
        "frozenAt": spell_moment(line.frozen_at),
        "manifestCompletedProductionAt": spell_moment(line.manifest_completed_production_at),
        "transferEndedAt": spell_moment(line.transfer_ended_at),
        "manifestCompletedStandbyAt": spell_moment(line.manifest_completed_standby_at),
        "releasedAt": spell_moment(line.released_at),
        "verifiedAt": spell_moment(line.verified_at),
        "endedAt": spell_time(record.ended_at),
        "pointInTime": spell_moment(record.as_of),
        "pointInTimeKnownBy": record.as_of_known_by,
        "previousEquivalent": spell_moment(record.previous_equivalent_as_of),
        "steps": [
            {
                "number": step.number,
                "title": step.title,
                "beganAt": spell_time(step.began_at),
                "endedAt": spell_time(step.ended_at),
                "problem": step.problem,
            }
            for step in record.steps
        ],
    }
