"""The schedule as systemd units: a hardened service, its timer, and the service that tells of its failure."""

from dfwarm.plan.daily_units import alert_units, archive_units
from dfwarm.plan.installation import Installation, Unit
from dfwarm.plan.sandbox import command, credentials, sandbox, words_of
from dfwarm.plan.schedule import DAYS, Schedule

TICK_MINUTES = 5


def plan_units(wanted: Installation) -> tuple[Unit, ...]:
    """The unit files of a pair, ready to be written."""
    return (
        Unit(f"{wanted.name}.service", _service(wanted)),
        Unit(f"{wanted.name}.timer", _timer(wanted)),
        Unit(f"{wanted.name}-alert@.service", _alert(wanted)),
        *(alert_units(wanted) if wanted.has_alerts else ()),
        *(archive_units(wanted) if wanted.copies else ()),
        *((Unit(f"{wanted.name}-follow.service", _follow(wanted)),) if wanted.follows else ()),
    )


def needs_tick(schedule: Schedule) -> bool:
    """
    Whether the timer only ticks and dfwarm itself decides what is due.

    systemd (tried with 252) passes over a local time that a clock change leaves out, so only UTC is left to it.
    """
    return schedule.zone != "UTC"


def spell_calendar(schedule: Schedule) -> str:
    """A schedule in UTC as systemd's OnCalendar. Days are listed: it refuses ranges that pass Sunday."""
    days = "" if len(schedule.days) == len(DAYS) else ",".join(DAYS[day] for day in schedule.days) + " "
    hours = "*" if schedule.is_every_hour else _list(schedule.hours)
    return f"{days}*-*-* {hours}:{_list(schedule.minutes)}:{schedule.second:02d} UTC"


def _service(wanted: Installation) -> str:
    verb = ("cycle", "--all", *(("--if-due",) if needs_tick(wanted.schedule) else ()))
    return f"""\
# Written by `dfwarm install`. Put changes of your own into {wanted.name}.service.d/, not here.
[Unit]
Description=dfwarm: cycle of pair {wanted.pair.replace("%", "%%")}
Wants=network-online.target
After=network-online.target
RequiresMountsFor={words_of(wanted.writable[:1])}
OnFailure={wanted.name}-alert@%n.service

[Service]
Type=oneshot
ExecStart={command((*wanted.program, *verb))}
# 1 is EQUIVALENT WITH DEVIATIONS. DISCREPANT (2), INCONCLUSIVE (3) and errors are failures of the unit.
SuccessExitStatus=1
# A stopped cycle starts both servers again and writes its record first.
TimeoutStopSec=10min
# Whatever a control command leaves running is DataFax, and must outlive the cycle.
KillMode=process
{credentials(wanted)}{sandbox(wanted)}
# rsync gives each file its owner, group and times; control commands may change to DataFax's account and signal it.
CapabilityBoundingSet={" ".join(_capabilities(wanted))}
# Folders of studies are often setgid, and the standby's have to be as production's.
RestrictSUIDSGID=no
"""


def _follow(wanted: Installation) -> str:
    return f"""\
# Written by `dfwarm install`. Put changes of your own into {wanted.name}-follow.service.d/, not here.
[Unit]
Description=dfwarm: ship what is new of pair {wanted.pair.replace("%", "%%")} between cycles
Wants=network-online.target
After=network-online.target
RequiresMountsFor={words_of(wanted.writable[:1])}

[Service]
Type=simple
ExecStart={command((*wanted.program, "follow", "--all"))}
Restart=always
RestartSec=1min
# A cycle, and everybody else, goes first.
Nice=19
IOSchedulingClass=idle
{sandbox(wanted)}
# rsync gives each file its owner, group and times.
CapabilityBoundingSet={" ".join(_capabilities(wanted))}
# Folders of studies are often setgid, and the standby's have to be as production's.
RestrictSUIDSGID=no

[Install]
WantedBy=multi-user.target
"""


def _timer(wanted: Installation) -> str:
    if needs_tick(wanted.schedule):
        why = (
            f"# The times are those of {wanted.schedule.zone}. systemd passes over a local time that a clock change\n"
            "# leaves out, so this timer only ticks, and dfwarm decides what is due.\n"
        )
        calendar = f"*-*-* *:0/{TICK_MINUTES}:00 UTC"
    else:
        why, calendar = "# UTC has no clock changes, so no cycle is doubled and none is dropped.\n", ""
    return f"""\
# Written by `dfwarm install`. Put changes of your own into {wanted.name}.timer.d/, not here.
[Unit]
Description=dfwarm: when the cycles of pair {wanted.pair.replace("%", "%%")} begin

[Timer]
{why}OnCalendar={calendar or spell_calendar(wanted.schedule)}
# A run that was missed while the host was down is caught up when it is up again.
Persistent=true
AccuracySec=1s

[Install]
WantedBy=timers.target
"""


def _alert(wanted: Installation) -> str:
    return f"""\
# Written by `dfwarm install`. Put changes of your own into {wanted.name}-alert@.service.d/, not here.
[Unit]
Description=dfwarm: tell people that %i failed
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={command((*wanted.program, "mail", "alert"))} %i
TimeoutStartSec=5min
{credentials(wanted)}{sandbox(wanted, only_state=True)}
# The spool, the configuration and a password file may belong to another account.
CapabilityBoundingSet=CAP_DAC_OVERRIDE
RestrictSUIDSGID=yes
"""


def _capabilities(wanted: Installation) -> tuple[str, ...]:
    writer = ("CAP_DAC_OVERRIDE", "CAP_CHOWN", "CAP_FOWNER", "CAP_FSETID") if wanted.writes_standby else ()
    return ("CAP_DAC_READ_SEARCH", *writer, "CAP_KILL", "CAP_SETUID", "CAP_SETGID")


def _list(numbers: tuple[int, ...]) -> str:
    return ",".join(f"{number:02d}" for number in numbers)
