"""Figures for Prometheus, in its text form: the age of the last proven time point first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StudyFigures:
    """One study: seconds since 1970 of its last proven time point, 0 for never, and how its last cycle ended."""

    study: int
    proven_at: datetime | None
    rpo_seconds: int
    last_exit_code: int


def render_metrics(pair: str, figures: Iterable[StudyFigures], epoch: int, waiting: int, now: datetime) -> str:
    """
    Write the figures.

    Alert on the timestamp (`time() - dfwarm_last_equivalent_timestamp_seconds`), not on the age: the age stands still
    when nobody writes this file any more.
    """
    studies = tuple(figures)
    lines = (
        *_head("last_equivalent_age_seconds", "Age of the last proven time point when this was written; -1 for never."),
        *_rows("last_equivalent_age_seconds", pair, ((each.study, _age(each, now)) for each in studies)),
        *_head("last_equivalent_timestamp_seconds", "The last proven time point; 0 for never."),
        *_rows("last_equivalent_timestamp_seconds", pair, ((each.study, _seconds(each)) for each in studies)),
        *_head("rpo_seconds", "The promised recovery point."),
        *_rows("rpo_seconds", pair, ((each.study, each.rpo_seconds) for each in studies)),
        *_head("last_outcome", "0 EQUIVALENT, 1 WITH DEVIATIONS, 2 DISCREPANT, 3 INCONCLUSIVE, -1 no cycle yet."),
        *_rows("last_outcome", pair, ((each.study, each.last_exit_code) for each in studies)),
        *_head("authority_epoch", "The epoch that the controller goes by; 0 where it was never told."),
        f'dfwarm_authority_epoch{{pair="{pair}"}} {epoch}',
        *_head("alerts_waiting", "Alerts that nobody took yet."),
        f'dfwarm_alerts_waiting{{pair="{pair}"}} {waiting}',
        *_head("written_timestamp_seconds", "When these figures were written."),
        f'dfwarm_written_timestamp_seconds{{pair="{pair}"}} {int(now.timestamp())}',
    )
    return "".join(f"{line}\n" for line in lines)


def _age(study: StudyFigures, now: datetime) -> int:
    return int((now - study.proven_at).total_seconds()) if study.proven_at else -1


def _seconds(study: StudyFigures) -> int:
    return int(study.proven_at.timestamp()) if study.proven_at else 0


def _head(name: str, says: str) -> Iterator[str]:
    yield f"# HELP dfwarm_{name} {says}"
    yield f"# TYPE dfwarm_{name} gauge"


def _rows(name: str, pair: str, values: Iterable[tuple[int, int]]) -> Iterator[str]:
    yield from (f'dfwarm_{name}{{pair="{pair}",study="{study:03d}"}} {value}' for study, value in values)
