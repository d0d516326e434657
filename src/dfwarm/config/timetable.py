"""
When cycles run: the part of systemd's calendar expressions that a warm standby needs.

The format is that of systemd.time(7), `[weekdays] *-*-* hours:minutes[:seconds]`, with lists and steps; it is kept
small so that the crontab line means the same.
"""

import re
import zoneinfo

from dfwarm.config.mistake import Refused

SHORTHANDS = {"hourly": "*-*-* *:00:00", "daily": "*-*-* 00:00:00", "weekly": "Mon *-*-* 00:00:00"}

_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_HOUR = "(?:[01][0-9]|2[0-3])"
_SIXTIETH = "[0-5][0-9]"
_CALENDAR = re.compile(
    rf"(?:{_DAY}(?:\.\.{_DAY}|(?:,{_DAY})*) )?"
    r"\*-\*-\* "
    rf"(?:\*|\*/(?:[1-9]|1[0-9]|2[0-3])|{_HOUR}(?:,{_HOUR})*)"
    rf":(?:\*/(?:[1-9]|[1-5][0-9])|{_SIXTIETH}(?:,{_SIXTIETH})*)"
    rf"(?::{_SIXTIETH})?",
)


def calendar(text: str) -> str:
    """Read a calendar expression; the shorthands are written out. Raises Refused."""
    expression = SHORTHANDS.get(text, text)
    if not _CALENDAR.fullmatch(expression):
        raise Refused(
            "is not a calendar expression", 'Write for example "*-*-* 02:00:00" or "Mon..Fri *-*-* 02,14:30".'
        )
    return expression


def time_zone(text: str) -> str:
    """Read the name of a time zone that this host knows. Raises Refused."""
    if text != "UTC" and text not in zoneinfo.available_timezones():
        raise Refused("is not a time zone that this host knows", 'Write for example "UTC" or "America/Toronto".')
    return text
