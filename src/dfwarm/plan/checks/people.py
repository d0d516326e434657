"""Accounts, groups, users and roles: none of them travels with a study's files."""

from dfwarm.facts.wanted import WantedKind
from dfwarm.plan.checks.result import CheckResult, Examined, weigh
from dfwarm.spelling import spell


def owners_known(examined: Examined) -> CheckResult:
    """Ownership is kept by name: a number means somebody else on another host."""
    names = {name for root in examined.production.roots for name in (*root.tree.owners, *root.tree.groups)}
    fails = [
        f"{each.wanted.kind.name.lower()} {spell(each.wanted.name)} of production is not on the standby"
        for each in examined.had
        if each.problem and each.wanted.kind in (WantedKind.OWNER, WantedKind.GROUP)
    ]
    fails.extend(f"files belong to {name}, a number without a name" for name in sorted(names) if name.startswith("#"))
    return weigh(
        "owners and groups",
        f"{', '.join(sorted(names)) or 'none'} on both sides",
        fails,
        _gifts(examined),
        do="Create the account or group on the standby; run its gate as root where files have several owners.",
    )


def users_present(examined: Examined) -> CheckResult:
    """The deck: permissions are not transferred and have to be defined before use."""
    warnings = [f"{side}: not examined: {found.users.problem}" for side, found in examined.sides if found.users.problem]
    production, standby = examined.production.users.database, examined.standby.users.database
    fails: list[str] = []
    if not warnings:
        fails = [f"user {name} is not on the standby" for name in production.logins if name not in standby.logins]
        theirs = {kind.name: kind.digests for kind in standby.kinds}
        warnings = [f"{kind.name} records differ" for kind in production.kinds if theirs.get(kind.name) != kind.digests]
        if not production.logins:
            warnings.append("production's user database names nobody")
    return weigh(
        "users and permissions",
        f"{len(production.logins)} users of production are on the standby, roles and permissions are equal",
        fails,
        warnings,
        do="Carry users and roles over with DFuserdb -export and -import, or compare them by hand and note it.",
    )


def _gifts(examined: Examined) -> list[str]:
    """The owners that the standby's gate cannot give a file to: only root can."""
    account = examined.standby.environment.account
    owners = {name for root in examined.production.roots for name in root.tree.owners}
    if account == "root":
        return []
    return [f"{account} on the standby cannot give files to {name}" for name in sorted(owners - {account})]
