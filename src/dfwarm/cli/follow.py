"""`dfwarm follow`: ship what is new between cycles."""

import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from dfwarm.cli.exits import exit_status
from dfwarm.cli.study import STUDY
from dfwarm.config.reading import read_config
from dfwarm.errors import (
    AnswerRefused,
    DeadlinePassed,
    DfwarmError,
    HostKeyRejected,
    HostUnreachable,
    IdentityRefused,
    RecordUnknown,
    TransferFailed,
)
from dfwarm.spelling import printable_lines
from dfwarm.terms import StudyNumber

if TYPE_CHECKING:
    from dfwarm.assembly import Site
    from dfwarm.facts.growth import Shipped
    from dfwarm.procedures.follow import Follower

_ERRORS = (
    HostUnreachable,
    HostKeyRejected,
    RecordUnknown,
    IdentityRefused,
    TransferFailed,
    DeadlinePassed,
    AnswerRefused,
)


@click.command(epilog=exit_status(*_ERRORS))
@click.argument("studies", type=STUDY, nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Every study of the pair.")
@click.option("--once", "is_once", is_flag=True, help="Look once, ship what is new, and end.")
@click.option("--json", "is_json", is_flag=True, help="Print a line of JSON each time something was shipped.")
@click.pass_obj
def follow(path: Path, studies: tuple[StudyNumber, ...], is_all: bool, is_once: bool, is_json: bool) -> None:
    """
    Ship page images that came and journals that grew, between cycles and without proof.

    Nothing is deleted, and nothing that the standby has is replaced but a journal by its own continuation.
    """
    if bool(studies) == is_all:
        raise click.UsageError("name studies, or say --all")
    from dfwarm.assembly import Site
    from dfwarm.hosts import open_hosts

    config = read_config(path)
    signal.signal(signal.SIGTERM, _end)
    hosts = open_hosts(config)
    try:
        site = Site(config, hosts)
        followed = [(study, site.follower(study)) for study in studies or site.studies()]
        if is_once:
            for study, follower in followed:
                _say(_ship(site, study, follower), is_json=is_json)
            return
        _go_on(site, followed, is_json=is_json)
    finally:
        for host in hosts.values():
            host.close()


def _go_on(site: "Site", followed: "list[tuple[StudyNumber, Follower]]", *, is_json: bool) -> None:
    """Ship until somebody ends it. What fails is said once, and tried again at longer and longer distances."""
    from dfwarm.procedures.follow import pause_after

    failures, said, before = 0, "", dict[StudyNumber, "Shipped | None"]()
    while True:
        try:
            for study, follower in followed:
                shipped = _ship(site, study, follower)
                if shipped and _is_news(before.get(study), shipped):
                    _say(shipped, is_json=is_json)
                before[study] = shipped or before.get(study)
            failures, said = 0, ""
        except DfwarmError as error:
            failures += 1
            if str(error) != said:
                said = str(error)
                click.echo(f"dfwarm: {printable_lines(str(error))}\n  hint: {error.hint}", err=True)
        time.sleep(pause_after(failures, site.config.follow.every_seconds))


def _ship(site: "Site", study: StudyNumber, follower: "Follower") -> "Shipped | None":
    """Ship once, unless a cycle runs or another one ships."""
    from dfwarm.equipment.lock import follow_lock
    from dfwarm.procedures.follow import Yielded

    with follow_lock(site.config.pair.state / "follow.lock") as is_free:
        if not is_free:
            return None
        try:
            return follower.ship(site.proven(study))
        except Yielded:
            return None


def _is_news(before: "Shipped | None", now: "Shipped") -> bool:
    if before is None:
        return bool(now.pages or now.journals or now.remark)
    return (before.pages, before.journals, before.remark) != (now.pages, now.journals, now.remark)


def _say(shipped: "Shipped | None", *, is_json: bool) -> None:
    from dfwarm import wire
    from dfwarm.terms import spell_time

    if shipped is None:
        click.echo("{}" if is_json else "a cycle runs, so nothing was shipped")
        return
    if is_json:
        click.echo(wire.dump(shipped).decode())
        return
    remark = f"; {shipped.remark}" if shipped.remark else ""
    click.echo(
        f"{shipped.study}  shipped until {spell_time(shipped.shipped_until)}, not proven: {shipped.pages:,} page "
        f"images and {shipped.journals:,} continuations of journals ({shipped.bytes:,} bytes) since "
        f"{shipped.proven_by}{remark}"
    )


def _end(number: int, _frame: FrameType | None) -> None:
    sys.exit(0 if number == signal.SIGTERM else 128 + number)
