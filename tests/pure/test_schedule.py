"""When cycles begin: no clock change drops or doubles one, and what is written for systemd and cron means the same."""

import re
import shlex
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfwarm.facts.ledger import Act, Line
from dfwarm.plan.crontab import render_crontab
from dfwarm.plan.due import due_studies, last_begun, may_be_due
from dfwarm.plan.installation import Credential, Installation
from dfwarm.plan.sandbox import quote_word
from dfwarm.plan.schedule import NeverBegun, Schedule, is_due, last_slot, next_due, slots_of_day
from dfwarm.plan.units import needs_tick, plan_units, spell_calendar
from dfwarm.terms import CycleId, StudyNumber

# Spring and autumn at 02:00, midnight changes, half an hour, two hours, a day that was left out, changes for Ramadan.
ZONES = (
    "UTC",
    "America/Toronto",
    "Europe/Berlin",
    "America/Havana",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Kathmandu",
)
EXPRESSIONS = (
    "*-*-* 02:30:00",
    "*-*-* 00:00,30:00",
    "Mon..Fri *-*-* 02,14:30",
    "Sat..Mon *-*-* 01:15:30",
    "Fri *-*-* 02:00:00",
    "Mon,Sun *-*-* */3:45",
    "*-*-* *:*/20:00",
)
TICK = timedelta(minutes=5)


def schedules() -> st.SearchStrategy[Schedule]:
    return st.builds(Schedule.parse, st.sampled_from(EXPRESSIONS), st.sampled_from(ZONES))


def moments() -> st.SearchStrategy[datetime]:
    """Moments near clock changes (March, April, October, November; Samoa's lost day) and anywhere else."""
    near = st.sampled_from(
        [
            datetime(2026, 3, 7, 20, tzinfo=UTC),
            datetime(2026, 3, 28, 20, tzinfo=UTC),
            datetime(2026, 4, 4, 10, tzinfo=UTC),
            datetime(2026, 10, 3, 10, tzinfo=UTC),
            datetime(2026, 10, 24, 20, tzinfo=UTC),
            datetime(2026, 10, 31, 20, tzinfo=UTC),
            datetime(2011, 12, 29, 9, tzinfo=UTC),
        ]
    )
    begin = datetime(2011, 1, 1, tzinfo=UTC)
    anywhere = st.integers(0, 19 * 365 * 24 * 60).map(lambda minutes: begin + timedelta(minutes=minutes))
    shift = st.integers(0, 48 * 60).map(lambda minutes: timedelta(minutes=minutes))
    return st.builds(lambda moment, by: moment + by, near, shift) | anywhere


def slots_between(schedule: Schedule, begin: datetime, end: datetime) -> list[datetime]:
    found, slot = [], next_due(schedule, begin)
    while slot <= end:
        found.append(slot)
        slot = next_due(schedule, slot)
    return found


@given(schedule=schedules(), begin=moments(), offset=st.integers(0, 299))
@settings(max_examples=60, deadline=None)
@pytest.mark.hazard("H34")
def test_ticks_begin_each_slot_once_and_within_one_tick(schedule: Schedule, begin: datetime, offset: int) -> None:
    """Play two days of ticks, as cron would: no slot without its cycle, no cycle without its slot."""
    last_begun, now, runs = begin, begin + timedelta(seconds=offset), []
    while now <= begin + timedelta(days=2):
        if is_due(last_begun, schedule, now):
            last_begun = now
            runs.append(now)
        now += TICK
    slots = slots_between(schedule, begin, now - TICK)
    assert len(runs) == len(slots)
    assert all(timedelta(0) <= run - slot < TICK for run, slot in zip(runs, slots, strict=True))


@given(zone=st.sampled_from(ZONES), day=st.dates(date(2011, 1, 1), date(2030, 1, 1)), hour=st.integers(0, 23))
@settings(max_examples=80, deadline=None)
def test_a_daily_cycle_has_one_slot_on_every_day_of_the_calendar(zone: str, day: date, hour: int) -> None:
    schedule = Schedule.parse(f"*-*-* {hour:02d}:30:00", zone)
    (slot,) = slots_of_day(schedule, day)
    assert slot.tzinfo is UTC
    assert next_due(schedule, slot - timedelta(seconds=1)) == slot
    assert last_slot(schedule, slot) == slot


@given(zone=st.sampled_from(ZONES), moment=moments())
@settings(max_examples=60, deadline=None)
def test_an_hourly_cycle_comes_every_real_hour(zone: str, moment: datetime) -> None:
    schedule = Schedule.parse("*-*-* *:00:00", zone)
    first = next_due(schedule, moment)
    gap = next_due(schedule, first) - first
    # Lord Howe's clocks move by half an hour, so full hours of the clock are then half an hour or one and a half apart.
    limit = timedelta(minutes=90) if zone == "Australia/Lord_Howe" else timedelta(hours=1)
    assert timedelta(0) < gap <= limit


@pytest.mark.parametrize(
    ("every", "after", "expected"),
    [
        # 02:30 is left out on 2026-03-08 in Toronto: the clock jumps an hour, so the cycle begins at 03:30.
        ("*-*-* 02:30:00", datetime(2026, 3, 7, 12, tzinfo=UTC), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
        # 01:30 comes twice on 2026-11-01: it begins the first time, and the next one is a day later.
        ("*-*-* 01:30:00", datetime(2026, 10, 31, 12, tzinfo=UTC), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        ("*-*-* 01:30:00", datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 2, 6, 30, tzinfo=UTC)),
        ("Mon *-*-* 01:30:00", datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 2, 6, 30, tzinfo=UTC)),
    ],
)
@pytest.mark.hazard("H34")
def test_a_clock_change_neither_drops_nor_doubles(every: str, after: datetime, expected: datetime) -> None:
    assert next_due(Schedule.parse(every, "America/Toronto"), after) == expected


def test_a_missed_run_is_caught_up_once() -> None:
    schedule = Schedule.parse("*-*-* 02:00:00", "UTC")
    begun = datetime(2026, 11, 20, 2, 0, 3, tzinfo=UTC)
    now = datetime(2026, 11, 23, 11, 17, tzinfo=UTC)
    assert is_due(begun, schedule, now)
    assert not is_due(now, schedule, now + TICK)


def test_a_cycle_that_was_begun_by_hand_before_its_slot_does_not_replace_it() -> None:
    schedule = Schedule.parse("*-*-* 02:00:00", "UTC")
    slot = datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert is_due(slot - timedelta(seconds=1), schedule, slot)
    assert not is_due(slot, schedule, slot)


@pytest.mark.parametrize("last_begun_at", [NeverBegun(), datetime(2099, 1, 1, tzinfo=UTC)])
@pytest.mark.hazard("H45")
def test_a_study_without_a_believable_cycle_waits_for_its_slot(last_begun_at: datetime | NeverBegun) -> None:
    """It must neither begin in the middle of a working day nor wait for the year 2099."""
    schedule = Schedule.parse("*-*-* 02:00:00", "UTC")
    assert is_due(last_begun_at, schedule, datetime(2026, 11, 23, 2, 4, tzinfo=UTC))
    assert not is_due(last_begun_at, schedule, datetime(2026, 11, 23, 11, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    "text", ["daily", "*-*-* 25:00:00", "*-*-* 02:61", "2026-01-01 00:00:00", "*-*-* 2", "Xyz *-*-* 02:00"]
)
def test_what_is_no_calendar_expression_raises(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - some come from the readers of numbers and days
        Schedule.parse(text, "UTC")


def test_days_may_pass_sunday() -> None:
    assert Schedule.parse("Sat..Mon *-*-* 02:00:00", "UTC").days == (0, 5, 6)
    assert Schedule.parse("Tue,Mon *-*-* 02:00:00", "UTC").days == (0, 1)


def begun(sequence: int, at: datetime, study: int = 35) -> bytes:
    return Line(at, Act.CYCLE_BEGUN, str(CycleId(StudyNumber(study), sequence)), {}, "0" * 64).encode()


NIGHTLY = Schedule.parse("*-*-* 02:00:00", "UTC")
NIGHT = datetime(2026, 11, 23, 2, 0, 3, tzinfo=UTC)


def test_the_newest_beginning_counts_by_number_and_a_torn_line_is_none() -> None:
    other = Line(NIGHT, Act.CYCLE_CLOSED, "035-00009", {}, "0" * 64).encode()
    ledger = (
        begun(2, NIGHT)
        + begun(1, NIGHT + timedelta(days=400))
        + other
        + begun(3, NIGHT)[:-9]
        + b"\n"
        + begun(7, NIGHT, 36)
    )
    assert last_begun(ledger) == {35: NIGHT, 36: NIGHT}
    assert last_begun(b"") == {}


def test_only_studies_whose_time_has_come_are_due() -> None:
    studies = (StudyNumber(35), StudyNumber(36), StudyNumber(37))
    known = last_begun(begun(1, NIGHT) + begun(1, NIGHT - timedelta(days=1), 36))
    assert due_studies(studies, known, NIGHTLY, NIGHT + TICK) == (36, 37)
    assert due_studies(studies, known, NIGHTLY, NIGHT + timedelta(hours=9)) == (36,)


def test_production_is_not_asked_for_its_studies_while_none_can_be_due() -> None:
    known = last_begun(begun(1, NIGHT))
    assert not may_be_due(known, NIGHTLY, NIGHT + TICK)
    assert may_be_due(known, NIGHTLY, NIGHT + timedelta(days=1))
    assert may_be_due({}, NIGHTLY, NIGHT)
    assert not may_be_due({}, NIGHTLY, NIGHT + timedelta(hours=9))


WANTED = Installation(
    name="dfwarm",
    pair="toronto",
    program=("/opt/dfwarm/bin/python", "-I", "-m", "dfwarm", "--config", "/etc/dfwarm/dfwarm.toml"),
    schedule=Schedule.parse("Mon..Fri *-*-* 02,14:30", "UTC"),
    writable=("/var/lib/dfwarm", "/opt/dfdiscover", "/opt/studies/035"),
    needed=("/var/lib/dfwarm", "/etc/dfwarm/id"),
    credentials=(Credential("dfwarm-mail", "/etc/dfwarm/mail.password", "letters wait"),),
    writes_standby=True,
)


def settings_of(wanted: Installation, suffix: str) -> dict[str, str]:
    (text,) = [unit.text for unit in plan_units(wanted) if unit.name.endswith(suffix)]
    return dict(line.split("=", 1) for line in text.splitlines() if re.match(r"[A-Z]\w+=", line))


def test_in_utc_the_timer_names_the_times() -> None:
    timer, service = settings_of(WANTED, "dfwarm.timer"), settings_of(WANTED, "dfwarm.service")
    assert timer["OnCalendar"] == "Mon,Tue,Wed,Thu,Fri *-*-* 02,14:30:00 UTC"
    assert timer["Persistent"] == "true"
    assert service["ExecStart"].endswith("dfwarm.toml cycle --all")
    assert service["OnFailure"] == "dfwarm-alert@%n.service"


@pytest.mark.hazard("H34")
def test_in_another_zone_the_timer_ticks_and_dfwarm_decides() -> None:
    wanted = replace(WANTED, schedule=Schedule.parse("*-*-* 02:30:00", "America/Toronto"))
    assert needs_tick(wanted.schedule)
    assert settings_of(wanted, ".timer")["OnCalendar"] == "*-*-* *:0/5:00 UTC"
    assert settings_of(wanted, "dfwarm.service")["ExecStart"].endswith("cycle --all --if-due")


def test_the_service_may_do_what_a_cycle_does_and_no_more() -> None:
    service = settings_of(WANTED, "dfwarm.service")
    assert service["ReadWritePaths"] == "/var/lib/dfwarm -/opt/dfdiscover -/opt/studies/035"
    assert service["CapabilityBoundingSet"].split()[:5] == [
        "CAP_DAC_READ_SEARCH",
        "CAP_DAC_OVERRIDE",
        "CAP_CHOWN",
        "CAP_FOWNER",
        "CAP_FSETID",
    ]
    assert service["KillMode"] == "process"
    assert service["UMask"] == "0077"
    reader = settings_of(replace(WANTED, writes_standby=False), "dfwarm.service")
    assert "CAP_CHOWN" not in reader["CapabilityBoundingSet"]
    assert settings_of(WANTED, "@.service")["ReadWritePaths"] == "/var/lib/dfwarm"


def test_homes_and_temporary_folders_are_hidden_unless_they_are_needed() -> None:
    assert settings_of(WANTED, "dfwarm.service")["ProtectHome"] == "yes"
    assert settings_of(WANTED, "dfwarm.service")["PrivateTmp"] == "yes"
    wanted = replace(WANTED, needed=("/root/" + ".ssh/id", "/var/tmp/state", "/rooted"))  # noqa: S108
    assert settings_of(wanted, "dfwarm.service")["ProtectHome"] == "read-only"
    assert settings_of(wanted, "dfwarm.service")["PrivateTmp"] == "no"


def test_a_missing_password_is_no_reason_not_to_run() -> None:
    service = settings_of(WANTED, "dfwarm.service")
    assert service["LoadCredential"] == "dfwarm-mail:/etc/dfwarm/mail.password"
    assert service["SetCredential"] == "dfwarm-mail:\\n"
    assert "LoadCredential" not in settings_of(replace(WANTED, credentials=()), "dfwarm.service")


@pytest.mark.parametrize(
    ("word", "quoted"),
    [("/plain", "/plain"), ("/a b", '"/a b"'), ("50%", "50%%"), ('a"b', '"a\\"b"'), ("", '""'), ("a\\b", '"a\\\\b"')],
)
def test_words_of_a_unit_are_quoted(word: str, quoted: str) -> None:
    assert quote_word(word) == quoted


def test_a_dollar_sign_is_no_variable_in_a_command() -> None:
    wanted = replace(WANTED, program=("/bin/dfwarm", "--config", "/etc/$x.toml"))
    assert settings_of(wanted, "dfwarm.service")["ExecStart"] == "/bin/dfwarm --config /etc/$$x.toml cycle --all"


def test_the_crontab_line_is_one_command_for_the_shell() -> None:
    wanted = replace(WANTED, program=("/bin/dfwarm", "--config", "/etc/my 50%.toml"))
    comments, line = render_crontab(wanted).splitlines()[:-1], render_crontab(wanted).splitlines()[-1]
    assert all(comment.startswith("# ") for comment in comments)
    assert line.startswith("*/5 * * * * ")
    assert "\\%" in line
    command = line.removeprefix("*/5 * * * * ").replace("\\%", "%")
    assert shlex.split(command) == ["/bin/dfwarm", "--config", "/etc/my 50%.toml", "cycle", "--all", "--if-due"]


needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


@needs_systemd
@pytest.mark.parametrize("every", EXPRESSIONS)
def test_systemd_reads_the_calendar_as_we_do(every: str) -> None:
    schedule = Schedule.parse(every, "UTC")
    base = datetime(2026, 10, 31, 20, 7, 1, tzinfo=UTC)
    argv = ["systemd-analyze", "calendar", "--iterations=6", f"--base-time={base:%Y-%m-%d %H:%M:%S} UTC"]
    said = subprocess.run([*argv, spell_calendar(schedule)], capture_output=True, text=True, check=True).stdout
    times = re.findall(r"(?:Next elapse|Iter\. #\d+|Iteration #\d+): \w+ (\S+ \S+) UTC", said)
    expected, slot = [], base
    for _ in times:
        slot = next_due(schedule, slot)
        expected.append(f"{slot:%Y-%m-%d %H:%M:%S}")
    assert len(times) == 6
    assert times == expected


@needs_systemd
@pytest.mark.parametrize("zone", ["UTC", "America/Toronto"])
def test_systemd_accepts_the_units(zone: str, tmp_path: Path) -> None:
    program = (shutil.which("true") or "", "--config", "/etc/my 50% $x.toml")
    schedule = Schedule.parse("Sat..Mon *-*-* 02:30:00", zone)
    for unit in plan_units(replace(WANTED, program=program, schedule=schedule, writable=("/var/lib/a b", "/opt/%n"))):
        (tmp_path / unit.name).write_text(unit.text)
    said = subprocess.run(
        ["systemd-analyze", "verify", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stderr) == (0, "")
