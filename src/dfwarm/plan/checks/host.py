"""The two hosts: clocks, tools, keys, and whether they tell the truth about themselves."""

from collections.abc import Iterator

from dfwarm.errors import LineUnreadable
from dfwarm.facts.hostkey import PinnedKey
from dfwarm.plan.checks.result import CheckResult, Examined, weigh
from dfwarm.plan.transport import changes, doubts
from dfwarm.rsync.version import parse_version
from dfwarm.terms import Side

_WEAK_KEYS = frozenset({"ssh-dss"})


def clocks_agree(examined: Examined) -> CheckResult:
    """A verdict is about a time point, so the clocks must agree on it."""
    limit = examined.terms.clock_limit_ms
    fails: list[str] = []
    warnings: list[str] = []
    for side, offset in zip(Side, examined.clocks, strict=True):
        says = f"the clock of the {side} is off by {offset.offset_ms:+,} ms, give or take {offset.uncertainty_ms:,}"
        if offset.exceeds(limit):
            fails.append(says)
        elif abs(offset.offset_ms) + offset.uncertainty_ms > limit:
            warnings.append(says)
    worst = max(abs(offset.offset_ms) + offset.uncertainty_ms for offset in examined.clocks)
    return weigh("clocks", f"they agree within {worst:,} ms", fails, warnings, do="Start chrony or ntpd on that host.")


def zones_agree(examined: Examined) -> CheckResult:
    """DataFax stamps records and reports with local time."""
    zones = [found.environment.zone or "not known" for _, found in examined.sides]
    warnings = [f"production is in zone {zones[0]}, the standby in {zones[1]}"] if zones[0] != zones[1] else []
    return weigh(
        "time zones", f"{zones[0]} on both sides", (), warnings, do="Set the zone of production on the standby."
    )


def rsync_fit(examined: Examined) -> CheckResult:
    """Both ends must know what we ask for; old ones have known holes."""
    fails: list[str] = []
    warnings: list[str] = []
    versions: list[str] = []
    for side, found in examined.sides:
        try:
            version = parse_version(found.rsync)
        except LineUnreadable:
            fails.append(f"{side}: rsync does not say what it is")
            continue
        versions.append(version.text)
        terms = examined.terms.transport
        found_doubts = doubts(version, found.environment.rsync_sha256, terms)
        (fails if terms.is_refused else warnings).extend(f"{side}: {doubt}" for doubt in found_doubts)
        told = changes(side, found.environment.rsync_sha256, examined.terms.carried)
        warnings.extend(f"{side}: {change}" for change in told)
    do = (
        "Install the distribution's current rsync; where a patched older one is as safe, "
        "name its SHA-256 in [transfer] rsync_builds."
    )
    return weigh("rsync", f"{' and '.join(dict.fromkeys(versions))}", fails, warnings, do=do)


def tools_present(examined: Examined) -> CheckResult:
    """What dfwarm starts on a host; rrsync where a side is reached over ssh, ssh where the other one is."""
    fails = [
        f"{side}: {tool.name} is not installed"
        for side, found in examined.sides
        for tool in found.tools
        if not tool.path and _needs(examined, side, tool.name)
    ]
    ssh = [found.environment.ssh.partition(",")[0] for _, found in examined.sides]
    return weigh(
        "ssh and tools",
        " and ".join(dict.fromkeys(ssh)) or "no ssh needed",
        fails,
        do="Install the packages rsync, openssh-client and util-linux on that host.",
    )


def software_same(examined: Examined) -> CheckResult:
    """Both ends of a comparison must be of one release."""
    releases = [found.environment.software for _, found in examined.sides]
    fails = [f"production has {releases[0]}, the standby {releases[1]}"] if releases[0] != releases[1] else []
    return weigh("dfwarm release", f"{releases[0]} on both sides", fails, do="Install the same release on both hosts.")


def processes_seen(examined: Examined) -> CheckResult:
    """Whether a server runs is asked of /proc."""
    fails = [
        f"{side}: {found.environment.account} may not see the processes of others"
        for side, found in examined.sides
        if not found.sees_processes
    ]
    return weigh(
        "processes seen",
        "a running study server shows on both sides",
        fails,
        do="Give dfwarm's account the group that /proc is mounted with (gid=), or run the gate as root.",
    )


def key_pinned(side: Side, host: str, keys: tuple[PinnedKey, ...], problem: str = "") -> CheckResult:
    """A side that is reached over ssh is known by a key that a person compared."""
    good = [key for key in keys if not key.is_revoked]
    fails = [problem] if problem else list(_key_problems(host, keys, good))
    weak = [f"the key of {host} is of the weak kind {key.kind}" for key in good if key.kind in _WEAK_KEYS]
    return weigh(
        f"host key of {side}",
        ", ".join(f"{host} {key.kind} {key.fingerprint}" for key in good[:1])
        + (f" (+{len(good) - 1})" if good[1:] else ""),
        fails,
        weak,
        do="Compare the fingerprint with a person at that host, then put the key into dfwarm's known_hosts.",
    )


def _key_problems(host: str, keys: tuple[PinnedKey, ...], good: list[PinnedKey]) -> Iterator[str]:
    if not keys:
        yield f"no key of {host} is pinned"
    elif not good:
        yield f"every key of {host} is revoked"


def _needs(examined: Examined, side: Side, tool: str) -> bool:
    if tool == "rrsync":
        return side in examined.terms.remote
    if tool == "ssh":
        return bool(set(examined.terms.remote) - {side})
    return True
