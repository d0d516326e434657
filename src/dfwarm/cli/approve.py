"""`dfwarm approve`: what a named person answers for before dfwarm goes by it."""

from pathlib import Path

import click

from dfwarm import wire
from dfwarm.assembly import Site
from dfwarm.cli.exits import exit_status
from dfwarm.config.reading import read_config
from dfwarm.errors import LedgerBroken, PairBusy, ScopeNotApproved
from dfwarm.facts.ledger import Act
from dfwarm.plan.scope import ScopeOrder, describe_approval, order_scope


@click.group()
def approve() -> None:
    """Answer by name for what dfwarm goes by."""


@approve.command(epilog=exit_status(PairBusy, LedgerBroken, ScopeNotApproved))
@click.option("--by", default="", help="Who answers for the policy.")
@click.option("--reason", default="", help="Why it may be so.")
@click.option("--json", "is_json", is_flag=True, help="Print the policy and its approval as JSON.")
@click.pass_obj
def scope(path: Path, by: str, reason: str, is_json: bool) -> None:
    """
    Approve the scope policy as the configuration writes it now.

    Without --by and --reason nothing is approved: the policy is shown with what changed since the last approval, and
    the exit code says whether it is approved.
    """
    by, reason = _line(by), _line(reason)
    if bool(by) != bool(reason):
        raise click.UsageError("an approval needs both --by and --reason")
    site = Site(read_config(path))
    with site.locked():
        ledger = site.ledger()
        order = order_scope(site.config.scope, ledger.lines)
        if by:
            ledger.append(Act.APPROVAL, "", **describe_approval(order, by=by, reason=reason))
            order = order_scope(site.config.scope, ledger.lines)
    click.echo(wire.dump_indented({"isApproved": order.is_approved, "order": order}) if is_json else _say(order))
    if not order.is_approved:
        raise ScopeNotApproved(order.problem)


def _say(order: ScopeOrder) -> str:
    policy, approval = order.policy, order.approval
    when = f"approved by {approval.by} on {approval.at:%Y-%m-%d %H:%M UTC}: " if approval.at else ""
    state = f"{when}{approval.reason}" if order.is_approved else "not approved; changed since the last approval:"
    changes = () if order.is_approved else tuple(order.changes())
    return "\n".join((*policy.say(), f"sha256 {policy.digest}", state, *changes))


def _line(text: str) -> str:
    return " ".join(text.split())
