"""The schedule as a crontab line, for hosts without systemd."""

import shlex

from dfwarm.plan.units import TICK_MINUTES, Installation


def render_crontab(wanted: Installation) -> str:
    """
    The lines for root's crontab.

    cron knows no missed runs, and on most systems no zone but the host's own (CRON_TZ is not understood everywhere).
    So cron only ticks, and dfwarm decides what is due: a missed run is caught up at the next tick.
    """
    words = (*wanted.program, "cycle", "--all", "--if-due")
    # cron takes a bare % as the end of the line, also inside quotes: crontab(5).
    command = shlex.join(words).replace("%", "\\%")
    alerts = shlex.join((*wanted.program, "alert", "due")).replace("%", "\\%")
    daily = f"30 7 * * * {alerts}\n" if wanted.has_alerts else ""
    return f"""\
# dfwarm, pair {wanted.pair}: cron ticks, dfwarm decides what is due (zone {wanted.schedule.zone}).
# For root's crontab (crontab -e). In /etc/cron.d put the account, root, before the command.
*/{TICK_MINUTES} * * * * {command}
{daily}"""
