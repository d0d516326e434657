"""`dfwarm approve`: what a named person answers for before dfwarm goes by it."""

from pathlib import Path

import click

from dfwarm import wire
from dfwarm.assembly import Site
from dfwarm.cli.cycle_name import CYCLE
from dfwarm.cli.exits import exit_status
from dfwarm.config.reading import read_config
from dfwarm.errors import ApprovalRefused, AuditBroken, LedgerBroken, PairBusy, RecordUnknown, ScopeNotApproved
from dfwarm.evidence.hold import HoldRecord
from dfwarm.facts.ledger import Act
from dfwarm.plan.hold import HeldPlan
from dfwarm.plan.scope import ScopeOrder, describe_approval, order_scope
from dfwarm.spelling import spell
from dfwarm.terms import CycleId


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


@approve.command(epilog=exit_status(PairBusy, LedgerBroken, AuditBroken, RecordUnknown, ApprovalRefused))
@click.argument("held", type=CYCLE)
@click.option("--by", default="", help="Who looked at the plan and answers for it: not who ran or configured it.")
@click.option("--reason", default="", help="Why production may have changed so.")
@click.option("--json", "is_json", is_flag=True, help="Print the plan as JSON.")
@click.pass_obj
def hold(path: Path, held: CycleId, by: str, reason: str, is_json: bool) -> None:
    """
    Approve the plan of a cycle that was held because it goes beyond the change budgets.

    Without --by and --reason nothing is approved: the plan is shown. The approval is good for exactly this plan and
    for one cycle; a plan that does more is held again.
    """
    by, reason = _line(by), _line(reason)
    if bool(by) != bool(reason):
        raise click.UsageError("an approval needs both --by and --reason")
    site = Site(read_config(path))
    content, record = site.held_plan(held)
    if by:
        with site.locked():
            site.approve_hold(site.ledger(), held, by=by, reason=reason)
    click.echo(content.decode().rstrip() if is_json else _say_hold(held, content, record, by))


def _say_hold(cycle: CycleId, content: bytes, record: HoldRecord, by: str) -> str:
    plan = wire.load(HeldPlan, content)
    touched = sorted({item.path for root in plan.roots for item in (*root.deletes, *root.changed)})
    more = len(touched) - _PATHS_SHOWN
    return "\n".join(
        (
            f"cycle {cycle} was held by budgets version {plan.rules_version}:",
            *(f"  {says}" for says in record.breaches),
            *(f"  {spell(path)}" for path in touched[:_PATHS_SHOWN]),
            *((f"  and {more:,} more paths in hold.json of the record",) if more > 0 else ()),
            f"plan sha256 {record.plan_digest}",
            f"approved by {by}; the next cycle of study {cycle.study:03d} may carry it out" if by else "not approved",
        )
    )


_PATHS_SHOWN = 20


def _say(order: ScopeOrder) -> str:
    policy, approval = order.policy, order.approval
    when = f"approved by {approval.by} on {approval.at:%Y-%m-%d %H:%M UTC}: " if approval.at else ""
    state = f"{when}{approval.reason}" if order.is_approved else "not approved; changed since the last approval:"
    changes = () if order.is_approved else tuple(order.changes())
    return "\n".join((*policy.say(), f"sha256 {policy.digest}", state, *changes))


def _line(text: str) -> str:
    return " ".join(text.split())
