"""Sections 1 to 3: who the parties are, what is in scope, by which method."""

from collections.abc import Iterator

from dfwarm.evidence.certificate.content import NOT_KNOWN, Fact, Section
from dfwarm.evidence.certificate.wording import Json, count, find, rows, short, study, text

_EXCLUSIONS_AT_MOST = 4


def parties(predicate: Json) -> Section:
    """Who stands on either side."""
    return Section(
        1,
        "Parties",
        (
            *(Fact(side, _party(find(predicate, "parties", side) or {})) for side in ("production", "standby")),
            *_authority(find(predicate, "cycle", "authority") or {}),
        ),
    )


def scope(predicate: Json) -> Section:
    """What the results are about, and what was left out."""
    return Section(
        2,
        "Scope",
        (
            Fact("study", f"{study(predicate)}; roots: {text(predicate, 'scope', 'roots')}"),
            Fact("policy", _policy(predicate)),
            Fact("left out", _exclusions(predicate)),
            Fact("not in scope", _unscoped(predicate)),
        ),
    )


def method(predicate: Json) -> Section:
    """With what, and by which rule, it was decided."""
    software = f"{text(predicate, 'software', 'name')} {text(predicate, 'software', 'version')}"
    rule = f"{text(predicate, 'decision', 'ruleId')} version {text(predicate, 'decision', 'ruleVersion')}"
    build = short(find(predicate, "software", "buildDigest") or "")
    qualified = short(find(predicate, "software", "qualification", "oqReportDigest") or "")
    return Section(
        3,
        "Method",
        (
            Fact("software", f"{software}, build {build}; operational qualification {qualified}"),
            Fact(
                "procedure",
                "each host lists and hashes its own disk (SHA-256); both listings and the reports of both sides are"
                f" compared; transfer by {text(predicate, 'transfer', 'tool')} {_version(predicate)}",
            ),
            Fact("rule", f"{rule}: EQUIVALENT only where every clause holds; what was not examined never is"),
        ),
    )


def _authority(authority: Json) -> Iterator[Fact]:
    """Which side ruled; statements of the time before there were epochs do not say."""
    if authority:
        yield Fact("authority", f"{text(authority, 'ruler')} rules, epoch {count(authority, 'epoch')}")


def _party(party: Json) -> str:
    name, hostname = text(party, "name"), text(party, "hostname")
    host = hostname if name in (hostname, NOT_KNOWN) else f"{name} ({hostname})" if hostname != NOT_KNOWN else name
    keys = rows(party, "hostKeyFingerprints")
    machine = short_id(find(party, "machineId") or "")
    key = keys[0] if keys else "none (this host)"
    return f"{host}; machine {machine}; host key {key}; {text(party, 'datafaxVersion')}; {text(party, 'os')}"


def short_id(machine: str) -> str:
    """The beginning of a machine's id."""
    return machine[:12] or NOT_KNOWN


def _policy(predicate: Json) -> str:
    policy = find(predicate, "scope", "policy") or {}
    version = find(policy, "version")
    named = f"{text(policy, 'name')}{f' version {version}' if version else ''}"
    digest = find(policy, "digest") or find(predicate, "scope", "configDigest") or ""
    approved = find(policy, "approvedBy")
    return f"{named}, sha256 {short(digest)}{f', approved by {approved}' if approved else ''}"


def _exclusions(predicate: Json) -> str:
    exclusions = rows(predicate, "scope", "exclusions")
    if not exclusions:
        excluded = count(predicate, "scope", "excludedCount")
        return f"{excluded:,} {'entry' if excluded == 1 else 'entries'}" if excluded else "nothing"
    hit = [each for each in exclusions if count(each, "matchedFiles")]
    said = [
        f"{text(each, 'pattern')} ({text(each, 'reason')}; {count(each, 'matchedFiles'):,} matched)"
        for each in hit[:_EXCLUSIONS_AT_MOST]
    ]
    rest, idle = len(hit) - _EXCLUSIONS_AT_MOST, len(exclusions) - len(hit)
    said += [f"and {rest:,} more rules in the statement"] if rest > 0 else []
    said += [f"{idle:,} rule{'' if idle == 1 else 's'} of the policy matched nothing"] if idle else []
    return "; ".join(said)


def _unscoped(predicate: Json) -> str:
    numbers = rows(predicate, "scope", "unscopedStudies")
    return f"studies {', '.join(map(str, numbers))} of production" if numbers else "no other study of production"


def _version(predicate: Json) -> str:
    version: str = find(predicate, "transfer", "version") or ""
    return version.removeprefix("rsync").strip() or NOT_KNOWN
