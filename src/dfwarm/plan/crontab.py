"""The schedule as a crontab line, for hosts without systemd."""

import shlex

from dfwarm.plan.installation import Installation
from dfwarm.plan.units import TICK_MINUTES


def render_crontab(wanted: Installation) -> str:
    """
    The lines for root's crontab.

    cron knows no missed runs, and on most systems no zone but the host's own (CRON_TZ is not understood everywhere).
    So cron only ticks, and dfwarm decides what is due: a missed run is caught up at the next tick.
    """
    alerts = f"30 7 * * * {_command(wanted, 'alert', 'due')}\n" if wanted.has_alerts else ""
    archive = f"40 4 * * * {_command(wanted, 'archive', 'due')}\n" if wanted.copies else ""
    return f"""\
# dfwarm, pair {wanted.pair}: cron ticks, dfwarm decides what is due (zone {wanted.schedule.zone}).
# For root's crontab (crontab -e). In /etc/cron.d put the account, root, before the command.
*/{TICK_MINUTES} * * * * {_command(wanted, "cycle", "--all", "--if-due")}
{archive}{alerts}"""


def _command(wanted: Installation, *verb: str) -> str:
    """The words of a command. cron takes a bare % as the end of the line, also inside quotes: crontab(5)."""
    return shlex.join((*wanted.program, *verb)).replace("%", "\\%")
