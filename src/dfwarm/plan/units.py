"""The schedule as systemd units: a hardened service, its timer, and the service that tells of its failure."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from dfwarm.plan.schedule import DAYS, Schedule

TICK_MINUTES = 5

_HOMES = ("/home", "/root", "/run/user")
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - compared with, never written to


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret that systemd reads from a file and hands to the service under a name."""

    name: str
    file: str


@dataclass(frozen=True, slots=True)
class Installation:
    """
    What the units have to fit.

    `program` is the argv before the verb. `writable` are the folders that a cycle writes to on this host, `needed`
    all the paths that it has to see. `writes_standby` tells whether rsync writes on this host.
    """

    name: str
    pair: str
    program: tuple[str, ...]
    schedule: Schedule
    writable: tuple[str, ...]
    needed: tuple[str, ...]
    credentials: tuple[Credential, ...]
    writes_standby: bool
    has_alerts: bool = False
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit file."""

    name: str
    text: str


def plan_units(wanted: Installation) -> tuple[Unit, ...]:
    """The unit files of a pair, ready to be written."""
    return (
        Unit(f"{wanted.name}.service", _service(wanted)),
        Unit(f"{wanted.name}.timer", _timer(wanted)),
        Unit(f"{wanted.name}-alert@.service", _alert(wanted)),
        *(_alerts(wanted) if wanted.has_alerts else ()),
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


def quote_word(word: str) -> str:
    """One word of a setting, after systemd.syntax(7): specifiers and blanks do nothing."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{text}"' if any(character in text for character in " \t'\"\\;") or not text else text


def _service(wanted: Installation) -> str:
    verb = ("cycle", "--all", *(("--if-due",) if needs_tick(wanted.schedule) else ()))
    return f"""\
# Written by `dfwarm install`. Put changes of your own into {wanted.name}.service.d/, not here.
[Unit]
Description=dfwarm: cycle of pair {wanted.pair.replace("%", "%%")}
Wants=network-online.target
After=network-online.target
RequiresMountsFor={_words(wanted.writable[:1])}
OnFailure={wanted.name}-alert@%n.service

[Service]
Type=oneshot
ExecStart={_command((*wanted.program, *verb))}
# 1 is EQUIVALENT WITH DEVIATIONS. DISCREPANT (2), INCONCLUSIVE (3) and errors are failures of the unit.
SuccessExitStatus=1
# A stopped cycle starts both servers again and writes its record first.
TimeoutStopSec=10min
# Whatever a control command leaves running is DataFax, and must outlive the cycle.
KillMode=process
{_credentials(wanted)}{_sandbox(wanted)}
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
RequiresMountsFor={_words(wanted.writable[:1])}

[Service]
Type=simple
ExecStart={_command((*wanted.program, "follow", "--all"))}
Restart=always
RestartSec=1min
# A cycle, and everybody else, goes first.
Nice=19
IOSchedulingClass=idle
{_sandbox(wanted)}
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
ExecStart={_command((*wanted.program, "mail", "alert"))} %i
TimeoutStartSec=5min
{_credentials(wanted)}{_sandbox(wanted, only_state=True)}
# The spool, the configuration and a password file may belong to another account.
CapabilityBoundingSet=CAP_DAC_OVERRIDE
RestrictSUIDSGID=yes
"""


def _alerts(wanted: Installation) -> tuple[Unit, Unit]:
    """What is due of digest, alert test and escalation, once a day."""
    service = f"""\
# Written by `dfwarm install`. Put changes of your own into {wanted.name}-alerts.service.d/, not here.
[Unit]
Description=dfwarm: signs of life, alert tests and what waits of pair {wanted.pair.replace("%", "%%")}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={_command((*wanted.program, "alert", "due"))}
TimeoutStartSec=10min
{_credentials(wanted)}{_sandbox(wanted)}
# The spool, the configuration and a secret's file may belong to another account.
CapabilityBoundingSet=CAP_DAC_OVERRIDE
RestrictSUIDSGID=yes
"""
    timer = f"""\
# Written by `dfwarm install`. Put changes of your own into {wanted.name}-alerts.timer.d/, not here.
[Unit]
Description=dfwarm: once a day, what is due of the alerts of pair {wanted.pair.replace("%", "%%")}

[Timer]
OnCalendar=*-*-* 07:30:00 UTC
Persistent=true

[Install]
WantedBy=timers.target
"""
    return Unit(f"{wanted.name}-alerts.service", service), Unit(f"{wanted.name}-alerts.timer", timer)


def _credentials(wanted: Installation) -> str:
    """A missing password must not stop the cycle: it is then an empty line, and the letter waits in the spool."""
    return "".join(
        f"LoadCredential={item.name}:{item.file.replace('%', '%%')}\nSetCredential={item.name}:\\n\n"
        for item in wanted.credentials
    )


def _sandbox(wanted: Installation, *, only_state: bool = False) -> str:
    writable = wanted.writable[:1] if only_state else wanted.writable
    home = "read-only" if _any_below(wanted.needed, _HOMES) else "yes"
    temporary = "no" if _any_below(wanted.needed, _TEMPORARY) else "yes"
    return f"""\
UMask=0077
# DataFax, where a control command of this unit starts it, would inherit what follows: start it by systemctl.
NoNewPrivileges=yes
ProtectSystem=strict
# The only places that it can write to; a `-` says that a folder may be missing.
ReadWritePaths={_words((*writable[:1], *(f"-{path}" for path in writable[1:])))}
ProtectHome={home}
PrivateTmp={temporary}
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
# The network and the local log; AF_NETLINK is how the resolver learns this host's addresses.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
# SystemCallArchitectures= is left out, since the programs of older DataFax releases may be 32-bit ones."""


def _capabilities(wanted: Installation) -> tuple[str, ...]:
    writer = ("CAP_DAC_OVERRIDE", "CAP_CHOWN", "CAP_FOWNER", "CAP_FSETID") if wanted.writes_standby else ()
    return ("CAP_DAC_READ_SEARCH", *writer, "CAP_KILL", "CAP_SETUID", "CAP_SETGID")


def _any_below(paths: tuple[str, ...], roots: tuple[str, ...]) -> bool:
    return any(PurePosixPath(path).is_relative_to(root) for path in paths for root in roots)


def _command(words: tuple[str, ...]) -> str:
    """The words of ExecStart, where a dollar sign would be a variable."""
    return _words(words).replace("$", "$$")


def _words(words: tuple[str, ...]) -> str:
    return " ".join(map(quote_word, words))


def _list(numbers: tuple[int, ...]) -> str:
    return ",".join(f"{number:02d}" for number in numbers)
