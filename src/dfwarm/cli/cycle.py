"""`dfwarm cycle`: bring the standby up to date and verify it."""

import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import click

from dfwarm.cli.exits import exit_status
from dfwarm.cli.study import STUDY
from dfwarm.config.reading import read_config
from dfwarm.config.values import Config
from dfwarm.equipment.listing_question import HeadStart
from dfwarm.errors import (
    ApprovalRefused,
    AuthorityRefused,
    ChangesHeld,
    DfwarmError,
    HostKeyRejected,
    HostUnreachable,
    PairBusy,
    RecoveryNeeded,
    ServerStuck,
    SourceRefused,
    StandbyFull,
    StudyActive,
    StudyUnknown,
    TransferFailed,
)
from dfwarm.hosts import Hosts, hold_pair, list_first_study, open_hosts
from dfwarm.spelling import printable_lines
from dfwarm.terms import StudyNumber

SWITCH_SECONDS = 0.0005
"""How long a thread that reckons keeps the others waiting: who waits here waits for an answer that is there."""

_ERRORS = (
    HostUnreachable,
    HostKeyRejected,
    StudyUnknown,
    PairBusy,
    StudyActive,
    SourceRefused,
    ChangesHeld,
    ApprovalRefused,
    AuthorityRefused,
    StandbyFull,
    TransferFailed,
    ServerStuck,
    RecoveryNeeded,
)


class Interrupted(BaseException):
    """A signal asked the cycle to end. Its servers are started again on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {signal.Signals(number).name}")
        self.number = number


@click.command(epilog=exit_status(*_ERRORS))
@click.argument("studies", type=STUDY, nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Every study of the pair.")
@click.option("--mend", "mends", is_flag=True, help="Let production replace files that were altered unseen.")
@click.option("--if-due", "only_due", is_flag=True, help="Only studies whose time has come: for cron and timers.")
@click.option("--json", "is_json", is_flag=True, help="Print the records as JSON.")
@click.pass_obj
def cycle(
    path: Path, studies: tuple[StudyNumber, ...], *, is_all: bool, mends: bool, only_due: bool, is_json: bool
) -> None:
    """Bring the standby up to date and verify it."""
    if bool(studies) == is_all:
        raise click.UsageError("name studies, or say --all")
    config = read_config(path)
    with ExitStack() as stack:
        stack.enter_context(_left_to_another(only_due))
        stack.enter_context(interruptible())
        begun = Begun({}, None) if only_due else _begin(stack, config, studies)
        status = _run(stack, config, begun, Order(studies, mends, only_due, is_json))
    sys.exit(status)


class Begun(NamedTuple):
    """What was set going while the rest of the program is loaded: the gates, and what they were asked."""

    hosts: Hosts
    head_start: HeadStart | None


class Order(NamedTuple):
    """What the command line asks for."""

    studies: tuple[StudyNumber, ...]
    mends: bool
    only_due: bool
    is_json: bool


def _begin(stack: ExitStack, config: Config, studies: tuple[StudyNumber, ...]) -> Begun:
    """Lock the pair, start both gates and let them list the first study. The stack gives all of it back."""
    stack.enter_context(hold_pair(config))
    sys.setswitchinterval(SWITCH_SECONDS)
    hosts = open_hosts(config)
    for host in hosts.values():
        stack.callback(host.close)
    return Begun(hosts, list_first_study(config, hosts, studies))


def _run(stack: ExitStack, config: Config, begun: Begun, asked: Order) -> int:
    from rich.console import Console

    from dfwarm import wire
    from dfwarm.assembly import Site
    from dfwarm.cli.live import Screen
    from dfwarm.evidence.record import CycleRecord
    from dfwarm.procedures.cycle import run_cycle
    from dfwarm.procedures.recover import refuse_while_open

    site = Site(config, *begun)
    if asked.only_due:
        if not site.due_studies(asked.studies):
            return 0
        stack.enter_context(hold_pair(config))
    site.note_configuration()
    kit = stack.enter_context(site.kit(stack.enter_context(Screen(Console(stderr=True)))))
    refuse_while_open(kit)
    if asked.mends:
        subject = ", ".join(f"study {study:03d}" for study in asked.studies) or "all studies"
        site.audit.append("mend ordered", subject, after="production replaces files that were altered unseen")
    worst, records = 0, list[CycleRecord]()
    kind = "scheduled" if asked.only_due else "manual"
    # Asked again under the lock: another run may have begun them since.
    for study in site.due_studies(asked.studies) if asked.only_due else asked.studies or site.studies():
        try:
            record = run_cycle(site.order(kit.ledger, study, mends=asked.mends, kind=kind), kit)
        except DfwarmError as error:
            click.echo(f"dfwarm: study {study:03d}: {printable_lines(str(error))}\n  hint: {error.hint}", err=True)
            worst = _worse(worst, error.exit_code)
            continue
        records.append(record)
        worst = _worse(worst, record.outcome.exit_code)
        if not asked.is_json:
            click.echo(site.archive.read_file(record.cycle, "letter.txt").decode())
    for trouble in site.copying.after_cycle():
        click.echo(f"dfwarm: {printable_lines(trouble)}", err=True)
    site.write_metrics()
    site.alarms.send_within_deadline()
    if asked.is_json:
        click.echo(wire.dump_indented({"records": tuple(records)}))
    return worst


@contextmanager
def _left_to_another(is_tick: bool) -> Iterator[None]:
    """A tick that meets a running cycle is no error: the next tick asks again."""
    try:
        yield
    except PairBusy:
        if not is_tick:
            raise
        sys.exit(0)


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into Interrupted; later ones wait until the servers are up again."""
    heard: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        heard.append(number)
        if len(heard) == 1:
            raise Interrupted(number)

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except Interrupted as interruption:
        click.echo(f"dfwarm: stopped by {interruption}; both systems were started again", err=True)
        sys.exit(128 + interruption.number)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _worse(one: int, other: int) -> int:
    """The worse of two exit codes: an error outweighs a verdict."""
    return max(one, other)
