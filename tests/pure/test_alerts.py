"""What is due of the alerts: signs of life, tests, escalations; and the figures for Prometheus."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.config.rules import broken_rules
from dfwarm.evidence.metrics import StudyFigures, render_metrics
from dfwarm.evidence.notice import write_alert_test, write_digest, write_escalation
from dfwarm.plan.alerts import Calendar, Duty, due_duties
from dfwarm.plan.crontab import render_crontab
from dfwarm.plan.installation import Installation
from dfwarm.plan.schedule import Schedule
from dfwarm.plan.units import plan_units

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
DAY = timedelta(days=1)
THREE_DAYS = timedelta(days=3)


def ago(days: float) -> datetime:
    return NOW - days * DAY


@pytest.mark.hazard("H43")
@pytest.mark.parametrize(
    ("calendar", "due"),
    [
        (Calendar(), (Duty.DIGEST, Duty.TEST)),
        (Calendar(ago(6), ago(90), "c", "qa-1", ago(89)), ()),
        (Calendar(ago(7), ago(90), "c", "qa-1", ago(89)), (Duty.DIGEST,)),
        (Calendar(ago(1), ago(91), "c", "qa-1", ago(89)), (Duty.TEST,)),
        (Calendar(ago(1), ago(2), "c"), ()),
        (Calendar(ago(1), ago(3), "c"), (Duty.ESCALATION,)),
        (Calendar(ago(1), ago(3), "c", escalated_at=ago(0.5)), ()),
        (Calendar(ago(1), ago(200), "c", escalated_at=ago(1)), (Duty.ESCALATION,)),
    ],
)
def test_what_is_due(calendar: Calendar, due: tuple[Duty, ...]) -> None:
    assert due_duties(calendar, NOW, THREE_DAYS) == due


@pytest.mark.hazard("H45")
@given(st.integers(1, 10_000))
def test_a_moment_in_the_future_silences_nothing(days: int) -> None:
    assert Duty.DIGEST in due_duties(Calendar(digest_at=NOW + days * DAY), NOW, THREE_DAYS)
    assert Duty.ESCALATION in due_duties(Calendar(NOW, NOW + days * DAY, "c"), NOW, THREE_DAYS)


@pytest.mark.hazard("H42")
def test_the_figures_are_those_of_each_study_and_never_stand_for_a_proof_that_was_not() -> None:
    figures = (StudyFigures(35, ago(1), 86_400, 0), StudyFigures(120, None, 86_400, -1))
    text = render_metrics("main", figures, 2, 1, NOW)
    assert text.splitlines()[2:4] == [
        'dfwarm_last_equivalent_age_seconds{pair="main",study="035"} 86400',
        'dfwarm_last_equivalent_age_seconds{pair="main",study="120"} -1',
    ]
    assert 'dfwarm_last_equivalent_timestamp_seconds{pair="main",study="120"} 0' in text
    assert 'dfwarm_authority_epoch{pair="main"} 2' in text
    assert text.count("# TYPE") == text.count("# HELP") == 7


def test_the_letters_say_what_to_do() -> None:
    assert "dfwarm alert acknowledge ABCD2345 --by NAME" in write_alert_test("h", "main", NOW, "ABCD2345").text
    assert "study 035: proven" in write_digest("h", "main", NOW, ("study 035: proven 1 h ago",)).text
    assert "No study has a record yet" in write_digest("h", "main", NOW, ()).text
    letter = write_escalation("h", "main", NOW, ago(4))
    assert letter.subject == "NOBODY ANSWERED - pair main - test of 2026-11-20"
    assert "dfwarm alert test" in letter.text


@pytest.mark.parametrize("has_alerts", [True, False])
def test_the_daily_duties_are_scheduled_where_there_are_alerts(*, has_alerts: bool) -> None:
    program = ("/usr/bin/python3", "-m", "dfwarm")
    schedule = Schedule.parse("*-*-* 02:00:00", "UTC")
    wanted = Installation("dfwarm", "main", program, schedule, ("/s",), ("/s",), (), True, has_alerts)
    units = {unit.name: unit.text for unit in plan_units(wanted)}
    assert ("dfwarm-alerts.timer" in units) == has_alerts
    assert ("ExecStart=/usr/bin/python3 -m dfwarm alert due" in units.get("dfwarm-alerts.service", "")) == has_alerts
    assert ("30 7 * * * /usr/bin/python3 -m dfwarm alert due\n" in render_crontab(wanted)) == has_alerts


def test_an_address_has_one_source() -> None:
    alerts = {"webhook_file": "/a", "webhook_credential": "b", "ping_file": "/c"}
    said = [complaint.key for complaint in broken_rules({"alerts": alerts}) if complaint.key[0] == "alerts"]
    assert said == [("alerts", "webhook_credential")]
