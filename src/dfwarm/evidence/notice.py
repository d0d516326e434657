"""Short letters that are not about a cycle: a unit that failed, and a test of the mail."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dfwarm.errors import error_class
from dfwarm.evidence.letter import Letter, compose, spell_instant
from dfwarm.evidence.passage import Content, Passage, command, fact, item
from dfwarm.terms import Outcome

QUIET_HOURS = 6

_VERDICTS = {outcome.exit_code: outcome for outcome in Outcome}


@dataclass(frozen=True, slots=True)
class UnitFailure:
    """What systemd tells of a failed unit; a word that it did not tell is empty (MONITOR_* of systemd.exec(5))."""

    unit: str
    host: str
    at: datetime
    result: str
    status: str


def write_alert(failure: UnitFailure) -> Letter:
    """
    Write that a unit failed. This letter comes even where the cycle could write none.

    The same failure within six hours gives the same letter, and the spool never sends one twice: a unit that fails at
    each tick does not teach people to overlook its letters.
    """
    since = failure.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    since -= timedelta(hours=since.hour % QUIET_HOURS)
    content = Content(
        "FAILED",
        f"{failure.unit} on {failure.host} failed{_say_result(failure)}. The same failure is told once in the "
        f"{QUIET_HOURS} hours from {spell_instant(since)}.",
        (
            Passage("what it means", (item(_meaning(failure.status)),)),
            Passage(
                "what to do",
                (
                    item("Look whether DataFax runs on both hosts. Then read what the unit said:"),
                    command(f"journalctl -u {failure.unit} -n 50 --no-pager"),
                    item("Tie up a cycle that was cut off, and see how old the last proven time point is:"),
                    command("dfwarm recover"),
                    command("dfwarm status"),
                ),
            ),
            Passage("unit", (fact("unit", failure.unit), fact("host", failure.host))),
        ),
    )
    return compose(f"FAILED - {failure.unit} on {failure.host}", content)


def write_test_letter(host: str, pair: str, at: datetime) -> Letter:
    """Write a letter that proves that letters arrive."""
    content = Content(
        "TEST",
        f"dfwarm on {host} can send letters about pair {pair}; sent at {spell_instant(at)}.",
        (
            Passage("what to do", (item("Nothing. Tell whoever sent it that it arrived."),)),
            Passage(
                "remember",
                (item("A letter that does not come is a message too: expect one for each cycle of the schedule."),),
            ),
        ),
    )
    return compose(f"TEST - dfwarm on {host}, pair {pair}", content)


def write_alert_test(host: str, pair: str, at: datetime, code: str) -> Letter:
    """Write a test that somebody has to acknowledge."""
    content = Content(
        "TEST",
        f"dfwarm on {host} tests the alerts of pair {pair} at {spell_instant(at)}. Its code is {code}.",
        (
            Passage(
                "what to do",
                (
                    item("Acknowledge it, so that everybody knows that alerts arrive. Otherwise it is escalated:"),
                    command(f"dfwarm alert acknowledge {code} --by NAME"),
                ),
            ),
        ),
    )
    return compose(f"TEST - acknowledge {code} - pair {pair}", content)


def write_digest(host: str, pair: str, at: datetime, lines: tuple[str, ...]) -> Letter:
    """Write the weekly sign of life."""
    content = Content(
        "ALIVE",
        f"dfwarm on {host} keeps pair {pair}; written at {spell_instant(at)}.",
        (
            Passage("studies", tuple(map(item, lines)) or (item("No study has a record yet."),)),
            Passage("remember", (item("This comes every week. If it does not come, look at the host."),)),
        ),
    )
    return compose(f"ALIVE - pair {pair} - {at.astimezone(UTC):%Y-%m-%d}", content)


def write_escalation(host: str, pair: str, at: datetime, tested_at: datetime) -> Letter:
    """Write to those above that nobody answers."""
    content = Content(
        "NOBODY ANSWERED",
        f"Nobody acknowledged the alert test of pair {pair} from {spell_instant(tested_at)}, so a real alert may not "
        f"arrive either. Written by dfwarm on {host} at {spell_instant(at)}.",
        (
            Passage(
                "what to do",
                (
                    item("Find out who should have got it and why they did not. Then test again:"),
                    command("dfwarm alert test"),
                    command("dfwarm status"),
                ),
            ),
        ),
    )
    return compose(f"NOBODY ANSWERED - pair {pair} - test of {tested_at.astimezone(UTC):%Y-%m-%d}", content)


def write_copies_alert(host: str, pair: str, at: datetime, problems: tuple[str, ...]) -> Letter:
    """
    Write that copies of the evidence are altered, or that a place cannot be reached.

    The same problems within a week give the same letter, and the spool never sends one twice.
    """
    since = at.astimezone(UTC).date() - timedelta(days=at.astimezone(UTC).weekday())
    content = Content(
        "COPIES",
        f"Copies of the evidence of pair {pair} are not as they should be, as dfwarm on {host} saw it in the "
        f"week from {since}. The evidence here is not touched by this.",
        (
            Passage("what was found", tuple(map(item, problems))),
            Passage(
                "what to do",
                (
                    item("Look at the place, then let it be read again. An altered copy is never replaced by dfwarm:"),
                    command("dfwarm archive status"),
                    command("dfwarm archive readback"),
                ),
            ),
        ),
    )
    return compose(f"COPIES - pair {pair} - {len(problems)} problems", content)


def _say_result(failure: UnitFailure) -> str:
    said = [word for word in (failure.result, f"exit status {failure.status}" if failure.status else "") if word]
    return f" ({', '.join(said)})" if said else ""


def _meaning(status: str) -> str:
    code = int(status) if status.isascii() and status.isdigit() else -1
    if outcome := _VERDICTS.get(code):
        return f"The worst verdict of the run was {outcome}; the letter of that cycle says more."
    if error := error_class(code):
        return f"{error.__name__}: {error.hint}"
    return "No letter about a cycle may have been written. Nothing is proven about the standby since the last one."
