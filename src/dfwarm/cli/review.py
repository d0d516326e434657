"""`dfwarm review`: a person signs for cycles that she has read."""

from datetime import datetime
from pathlib import Path

import click

from dfwarm.assembly import Site, now
from dfwarm.cli.desk import desk_of
from dfwarm.cli.exits import exit_status
from dfwarm.config.reading import read_config
from dfwarm.errors import (
    BundleRefused,
    DeadlinePassed,
    KeyUnusable,
    PairBusy,
    RecordUnknown,
    ReviewRefused,
    ToolMissing,
)
from dfwarm.evidence.signers import Signer
from dfwarm.terms import CycleId

_MEANINGS = {"acceptable": "ACCEPTABLE", "deviation": "DEVIATION", "witnessed": "WITNESSED", "approved": "APPROVED"}
_CYCLES_AT_MOST = 400


@click.command(
    epilog=exit_status(PairBusy, ToolMissing, DeadlinePassed, RecordUnknown, KeyUnusable, BundleRefused, ReviewRefused)
)
@click.argument("cycles")
@click.option("--meaning", type=click.Choice(list(_MEANINGS)), required=True, help="What the signature means.")
@click.option("--as", "user", required=True, help="The name under which the reviewer is enrolled.")
@click.option("--role", required=True, help="In which role the reviewer signs.")
@click.option("--key", type=click.Path(path_type=Path), required=True, help="The reviewer's own key.")
@click.option("--exception", "exceptions", multiple=True, help="The number of an exception seen or raised.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def review(  # noqa: PLR0917 - one for each word of the command
    path: Path, cycles: str, meaning: str, user: str, role: str, key: Path, exceptions: tuple[str, ...], is_json: bool
) -> None:
    """
    Sign for a cycle, 035-00042, or for a range of them, 035-00042..035-00048.

    Each bundle is verified first. The security key asks for its PIN and a touch.
    """
    from dfwarm import wire
    from dfwarm.equipment.reviewer import sign_in_person
    from dfwarm.evidence.review import Meaning, Review
    from dfwarm.procedures.reviewing import cover, keep_review

    site = Site(read_config(path))
    with site.locked():
        desk = desk_of(site)
        asked = _read_range(site, cycles)
        moment = now()
        record = Review(
            user=user,
            name=_name_of(desk.trust.reviewers(), user),
            role=role,
            meaning=Meaning[_MEANINGS[meaning]],
            signed_at=moment,
            zone=_zone(moment),
            covers=cover(desk, asked),
            exceptions=exceptions,
            procedure=site.config.review.procedure,
        )
        armored = sign_in_person(key, record.encode())
        site.audit.append("reviewed", cycles, by=f"{record.name} ({user})", reason=record.meaning.value)
        kept = keep_review(desk, record, armored)
    if is_json:
        click.echo(wire.dump_indented({"reviews": [str(place) for place in kept.places], "problem": kept.problem}))
        return
    click.echo(f"{record.name}, {role}: {record.meaning.value}")
    for place in kept.places:
        click.echo(f"  {place}")
    if kept.problem:
        click.echo(f"  NOT time-stamped: {kept.problem}")


def _read_range(site: Site, text: str) -> tuple[CycleId, ...]:
    """Read one cycle or a range of one study's. Only cycles with a record are in a range."""
    first, dots, last = text.partition("..")
    try:
        begin, end = CycleId.parse(first), CycleId.parse(last if dots else first)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is neither a cycle nor a range of cycles") from error
    if begin.study != end.study or end < begin:
        raise click.BadParameter(f"{text!r} is no range: both ends are of one study, the earlier one first")
    if not dots:
        return (begin,)
    found = tuple(cycle for cycle in site.archive.cycles(begin.study) if begin <= cycle <= end)
    if not found:
        raise RecordUnknown(f"no cycle from {begin} to {end} is on record")
    if len(found) > _CYCLES_AT_MOST:
        raise click.BadParameter(f"{len(found)} cycles are more than a person reads at once ({_CYCLES_AT_MOST})")
    return found


def _name_of(reviewers: tuple[Signer, ...], user: str) -> str:
    for each in reviewers:
        if each.principal == user and each.valid_before is None:
            return each.comment
    raise ReviewRefused(
        f"nobody is enrolled as {user!r}", hint="Enrol the reviewer first: dfwarm reviewer add NAME --key FILE.pub"
    )


def _zone(moment: datetime) -> str:
    offset = moment.astimezone().strftime("%z")
    return f"{offset[:3]}:{offset[3:5]}"
