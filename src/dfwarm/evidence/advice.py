"""What to do, for each clause of the verdict rule that was breached and for servers that may be down."""

from collections.abc import Iterator
from dataclasses import dataclass

from dfwarm.evidence.passage import Line, command, item
from dfwarm.evidence.record import CycleRecord
from dfwarm.evidence.weight import Weight
from dfwarm.terms import Outcome

RESTART_STEP = 7
_FIRST_STEP_THAT_STOPS = 3


@dataclass(frozen=True, slots=True)
class Advice:
    """A sentence and the commands that go with it; `{study}` and `{cycle}` are filled in."""

    says: str
    commands: tuple[str, ...] = ()


_AGAIN = "dfwarm cycle {study}"
_SHOW = "dfwarm show {cycle}"

ADVICE: dict[str, Advice] = {
    "steps": Advice("The cycle did not get through its steps; mend what stopped it and run it again.", (_AGAIN,)),
    "interruption": Advice("The cycle was cut off; read the error, then run it again.", (_AGAIN,)),
    "control": Advice(
        "The comparison did not find a difference that was put there on purpose, so it proves nothing. Do not rely on "
        "this standby; run the cycle again, and keep the record if it happens twice.",
        (_AGAIN,),
    ),
    "still": Advice(
        "Production changed while it was read. Run the cycle when the study is quiet, or let it hold the study "
        '(`hold = "disable"`).',
        (_AGAIN,),
    ),
    "clocks": Advice("The clocks of the hosts disagree. Mend the time service on both, then run the cycle again."),
    "transfer": Advice(
        "rsync could not account for everything. Read its own words in the record and mend the cause.",
        (_SHOW, _AGAIN),
    ),
    "coverage": Advice(
        "Not everything that was expected could be compared. Check that the study's disks are mounted on both sides.",
        ("dfwarm preflight {study}", _AGAIN),
    ),
    "trees": Advice(
        "Files differ after the transfer: something else writes to the standby, or production was open. Find out who "
        "touched the paths above before their traces are overwritten; then let production replace them.",
        (_SHOW, "dfwarm cycle {study} --mend"),
    ),
    "read": Advice(
        "Paths in scope could not be read. Give the account that runs dfwarm the right to read them, or exclude them "
        "by name with a reason.",
        ("dfwarm preflight {study}",),
    ),
    "printed": Advice(
        "A report is missing or says nothing. Run it by hand on the side that is silent and read what it prints.",
        (_SHOW,),
    ),
    "reports": Advice(
        "The reports disagree: a count of records, queries or images is not the same on both sides. Compare the texts "
        "in the record before anybody relies on the standby.",
        (_SHOW, _AGAIN),
    ),
    "numbers": Advice(
        "A report of the vendor prints another number on the standby. Compare both texts and the native report beside "
        "them in the record before anybody relies on the standby.",
        (_SHOW, _AGAIN),
    ),
    "beside": Advice(
        "The vendor prints another number than the native report counts. Compare both texts in the record before "
        "anybody relies on the standby. Where both sides disagree alike, the two may count otherwise: then take the "
        "label out of the configuration.",
        (_SHOW,),
    ),
    "report reading": Advice(
        "A report holds something that it could not read in the study. Look at the places named above on production.",
        (_SHOW,),
    ),
    "journals": Advice(
        "A journal on the standby is not the journal of production. Do not rely on this standby: keep the record, and "
        "find out what wrote to it.",
        (_SHOW, _AGAIN),
    ),
    "scope": Advice(
        "What is compared is not what was approved: somebody changed the scope policy in the configuration. Read what "
        "changed; whoever answers for it approves it, or puts the configuration back.",
        ("dfwarm approve scope", "dfwarm approve scope --by NAME --reason WHY", _AGAIN),
    ),
    "deviations": Advice("Nothing at night. The accepted differences above expire; renew or mend them in time."),
}
"""One for each clause of the rule, by the clause's name."""

_MAY_BE_DOWN = "A SYSTEM MAY BE DOWN"
_LOOK_AT_THE_SERVERS = Advice(
    "First of all: look whether DataFax runs on both hosts, and start it where it does not.", ("dfwarm recover",)
)
_NOTHING = Advice("Nothing.")
_CUT_OFF = "CutOff"
_BY_KIND: dict[str, Advice] = {
    _CUT_OFF: Advice("The cut-off cycle is tied up. Find out what ended its process, then run a fresh one.", (_AGAIN,)),
    "ChangesHeld": Advice(
        "The transfer was HELD before it wrote: it would do more than the budgets allow. Find out on production why "
        "(hold.json in the record names every path). Where the loss is meant, a second person approves this very plan, "
        "once; where it is not, nothing is lost: the standby still holds the last state.",
        ("dfwarm approve hold {cycle}", "dfwarm approve hold {cycle} --by NAME --reason WHY", _AGAIN),
    ),
    "Interrupted": Advice("Somebody or the system stopped the cycle. Run it again when that is over.", (_AGAIN,)),
}
_UNFORESEEN = "This error is not one that dfwarm foresees; keep the ledger and report it."
_UNKNOWN_CLAUSE = Advice("A clause failed for which this release knows no advice; read the record.", (_SHOW,))


def advise(record: CycleRecord) -> Iterator[Line]:
    """What to do, most urgent first: servers that may be down, the error, then clause by clause; then the commands."""
    advices = tuple(_advices(record))
    commands = dict.fromkeys(text for advice in advices for text in advice.commands)
    yield from (item(f"{number}. {advice.says}") for number, advice in enumerate(advices, start=1))
    yield from (command(text.format(study=f"{record.cycle.study:03d}", cycle=record.cycle)) for text in commands)


def say_servers(record: CycleRecord) -> str:
    """Whether both systems run again, as far as the record knows."""
    if record.error and record.error.kind == _CUT_OFF:
        # `dfwarm recover` writes such a record only after every start that it owed went well.
        return "What the cut-off cycle had stopped was started again by `dfwarm recover`."
    problems = [step.problem for step in record.steps if step.number == RESTART_STEP]
    if problems and not any(problems):
        return "Both systems were started again."
    if problems:
        return f"{_MAY_BE_DOWN}: {next(filter(None, problems))}"
    if not record.steps or any(step.number >= _FIRST_STEP_THAT_STOPS for step in record.steps):
        return f"{_MAY_BE_DOWN}: the record does not say that both were started again"
    return "No system was stopped."


def _advices(record: CycleRecord) -> Iterator[Advice]:
    if say_servers(record).startswith(_MAY_BE_DOWN):
        yield _LOOK_AT_THE_SERVERS
    if record.error:
        yield _BY_KIND.get(record.error.kind, Advice(record.error.hint or _UNFORESEEN, (_SHOW, _AGAIN)))
    if record.outcome is Outcome.EQUIVALENT and not record.verdict.reasons:
        yield _NOTHING
    for clause in _breached_clauses(record):
        yield ADVICE.get(clause, _UNKNOWN_CLAUSE)


def _breached_clauses(record: CycleRecord) -> tuple[str, ...]:
    """The breached clauses, each once; where an error ended the cycle, what merely follows from it is left out."""
    follows = {"steps", "interruption"} if record.error else set()
    reasons = [reason for reason in record.verdict.reasons if reason.clause not in follows]
    if record.error:
        reasons = [reason for reason in reasons if reason.weight is Weight.DIFFERENCE]
    return tuple(dict.fromkeys(reason.clause for reason in reasons))
