"""Units that run once a day beside the cycles: signs of life, and copies of the evidence."""

from dataclasses import dataclass

from dfwarm.plan.installation import Installation, Unit
from dfwarm.plan.sandbox import command, credentials, sandbox


@dataclass(frozen=True, slots=True)
class _Daily:
    """One such service: what it is called, what it does, when, and how long it may take."""

    suffix: str
    does: str
    verb: tuple[str, ...]
    at: str
    limit: str


def alert_units(wanted: Installation) -> tuple[Unit, Unit]:
    """What is due of digest, alert test and escalation."""
    does = "signs of life, alert tests and what waits of pair {pair}"
    return _units(wanted, _Daily("alerts", does, ("alert", "due"), "07:30:00", "10min"))


def archive_units(wanted: Installation) -> tuple[Unit, Unit]:
    """What is due of the copies: what waits is copied, and what nobody has seen for long is read back."""
    does = "copy evidence of pair {pair} elsewhere, and read copies back"
    return _units(wanted, _Daily("archive", does, ("archive", "due"), "04:40:00", "6h"))


def _units(wanted: Installation, daily: _Daily) -> tuple[Unit, Unit]:
    name, does = f"{wanted.name}-{daily.suffix}", daily.does.format(pair=wanted.pair.replace("%", "%%"))
    service = f"""\
# Written by `dfwarm install`. Put changes of your own into {name}.service.d/, not here.
[Unit]
Description=dfwarm: {does}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={command((*wanted.program, *daily.verb))}
TimeoutStartSec={daily.limit}
{credentials(wanted)}{sandbox(wanted)}
# The spool, the configuration and a secret's file may belong to another account.
CapabilityBoundingSet=CAP_DAC_OVERRIDE
RestrictSUIDSGID=yes
"""
    timer = f"""\
# Written by `dfwarm install`. Put changes of your own into {name}.timer.d/, not here.
[Unit]
Description=dfwarm: once a day, {does}

[Timer]
OnCalendar=*-*-* {daily.at} UTC
Persistent=true

[Install]
WantedBy=timers.target
"""
    return Unit(f"{name}.service", service), Unit(f"{name}.timer", timer)
