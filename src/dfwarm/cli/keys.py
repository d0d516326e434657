"""`dfwarm keys`: make, show, follow and revoke the evidence key, and say who vouches for time."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from dfwarm import wire
from dfwarm.assembly import Site, now
from dfwarm.cli.exits import exit_status
from dfwarm.cli.key_lines import ssh
from dfwarm.config.reading import read_config
from dfwarm.config.values import AgentHeld, EvidenceConfig, NoEvidence, SecretFile
from dfwarm.errors import AuditBroken, ConfigInvalid, KeyUnusable, PairBusy
from dfwarm.evidence.sshsig import fingerprint
from dfwarm.terms import read_time, spell_time

_CODES = exit_status(ConfigInvalid, PairBusy, KeyUnusable, AuditBroken)


@click.group()
def keys() -> None:
    """Make, show, follow and revoke the key that seals the evidence; make those that open the other host's gate."""


@keys.command(epilog=_CODES)
@click.option("--public", type=click.Path(path_type=Path), help="Allow this public key; its private half is elsewhere.")
@click.option("--by", default="", help="Who answers for it.")
@click.pass_obj
def init(path: Path, public: Path | None, by: str) -> None:
    """Make the evidence key, and the local time-stamp authority where the configuration names one."""
    site = Site(read_config(path))
    with site.locked():
        for line in begin_evidence(site, public, by):
            click.echo(line)


@keys.command(epilog=_CODES)
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(path: Path, is_json: bool) -> None:
    """Show the key, who may seal and when, and whom a verification trusts with time."""
    site = Site(read_config(path))
    evidence = _evidence(site)
    trust = site.trust(evidence)
    problem, held = "", ""
    try:
        held = fingerprint(site.signer(evidence).key)
    except KeyUnusable as error:
        problem = str(error)
    told = {
        "key": held,
        "source": _say_source(evidence),
        "problem": problem,
        "warnings": site.sealer().warnings,
        "signers": [
            {
                "principal": each.principal,
                "fingerprint": each.fingerprint,
                "namespaces": list(each.namespaces),
                "validAfter": each.valid_after,
                "validBefore": each.valid_before,
                "isRevoked": trust.is_revoked(each.key),
            }
            for each in trust.signers()
        ],
        "authorities": [authority.name for authority in site.authorities(evidence)],
        "trustFolder": str(evidence.trust),
    }
    click.echo(wire.dump_indented(told) if is_json else "\n".join(_say(told)))


@keys.command(epilog=_CODES)
@click.option("--reason", required=True, help="Why the key is followed by a new one.")
@click.option("--by", default="", help="Who answers for it.")
@click.pass_obj
def rotate(path: Path, reason: str, by: str) -> None:
    """Make a new key. Old and new one both sign that it follows; the old one's private half is then gone."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from dfwarm.equipment.key_file import write_key
    from dfwarm.equipment.signer import HeldKey
    from dfwarm.procedures.keys import roll_over

    site = Site(read_config(path))
    evidence = _evidence(site)
    if not isinstance(evidence.key, SecretFile):
        hint = "Make the new key where the old one lies, allow it with `dfwarm keys init --public FILE`, and name it."
        raise KeyUnusable("only a key in a file can be rotated from here", hint=hint)
    with site.locked():
        old, private = site.signer(evidence), Ed25519PrivateKey.generate()
        new = HeldKey(private)
        site.audit.append(
            "key rotated",
            "evidence key",
            by=by,
            reason=reason,
            before=fingerprint(old.key),
            after=fingerprint(new.key),
        )
        left = roll_over(site.trust(evidence), old, new, now(), reason)
        write_key(evidence.key.path, private, site.principal)
    click.echo(f"old key: {fingerprint(old.key)}\nnew key: {fingerprint(new.key)}")
    click.echo(f"roll-over statement, signed by both: {evidence.trust / left.statement}")
    click.echo(f"Give every auditor the new {evidence.trust / 'allowed_signers'} and the statement.")


@keys.command(epilog=_CODES)
@click.argument("key")
@click.option("--reason", required=True, help="Why the key is revoked.")
@click.option("--since", help="When it was lost, as 2026-11-23T02:00:00Z: what was stamped before still counts.")
@click.option("--by", default="", help="Who answers for it.")
@click.pass_obj
def revoke(path: Path, key: str, reason: str, since: str | None, by: str) -> None:
    """Revoke a key by its fingerprint. Without --since nothing that it ever sealed counts any more."""
    from dfwarm.procedures import keys as procedure

    moment = _read_moment(since)
    site = Site(read_config(path))
    trust = site.trust(_evidence(site))
    with site.locked():
        found = procedure.find_key(trust, key)
        what = f"since {spell_time(moment)}" if moment else "from the first seal on"
        site.audit.append("key revoked", fingerprint(found), by=by, reason=reason, after=what)
        procedure.revoke(trust, found, now(), moment)
    click.echo(f"{fingerprint(found)} is revoked {what}")


@keys.command(epilog=_CODES)
@click.argument("certificates", type=click.Path(path_type=Path))
@click.option("--by", default="", help="Who answers for it.")
@click.pass_obj
def authority(path: Path, certificates: Path, by: str) -> None:
    """Trust a time-stamp authority: take the root certificate in a PEM file into the trust folder."""
    from dfwarm.equipment.trust_folder import read_certificates

    site = Site(read_config(path))
    content = read_certificates(certificates)
    with site.locked():
        site.audit.append("authority trusted", str(certificates), by=by)
        site.trust(_evidence(site)).trust_authority(content)
    click.echo(f"trusted: {certificates}")


keys.add_command(ssh)


def begin_evidence(site: Site, public: Path | None = None, by: str = "") -> list[str]:
    """Make or take the key, let it seal, and make the local authority. Hold the lock. Says what was done."""
    from dfwarm.equipment.key_file import make_key_file
    from dfwarm.equipment.local_authority import make_local_authority
    from dfwarm.equipment.signer import read_public_file
    from dfwarm.procedures.keys import allow_key

    evidence = _evidence(site)
    trust = site.trust(evidence)
    if public:
        key = read_public_file(public)
    elif isinstance(evidence.key, SecretFile) and not evidence.key.path.exists():
        key = make_key_file(evidence.key.path, site.principal).key
    else:
        key = site.signer(evidence).key
    site.audit.append("key allowed", fingerprint(key), by=by)
    allow_key(trust, key, site.principal, now())
    said = [f"evidence key: {fingerprint(key)}", f"trust folder: {evidence.trust}"]
    for folder in evidence.local_authority:
        if not folder.exists():
            trust.trust_authority(make_local_authority(folder, site.config.pair.name, now()))
            said.append(f"local time-stamp authority: {folder}")
    return said


def _evidence(site: Site) -> EvidenceConfig:
    if isinstance(site.config.evidence, NoEvidence):
        hint = 'Write a table [evidence] with key_file = "/var/lib/dfwarm/keys/evidence".'
        raise KeyUnusable("the configuration names no evidence key", hint=hint)
    return site.config.evidence


def _say_source(evidence: EvidenceConfig) -> str:
    if isinstance(evidence.key, AgentHeld):
        return f"ssh-agent, public half in {evidence.key.public}"
    return f"file {evidence.key.path}" if isinstance(evidence.key, SecretFile) else f"credential {evidence.key.name}"


def _say(told: Mapping[str, Any]) -> list[str]:
    lines = [
        f"key      {told['key'] or told['problem']}",
        f"source   {told['source']}",
        f"trust    {told['trustFolder']}",
    ]
    lines += [f"time     {name}" for name in told["authorities"]] or ["time     no authority"]
    lines += [f"         {warning}" for warning in told["warnings"]]
    for each in told["signers"]:
        window = " ".join(
            f"{word} {spell_time(moment)}"
            for word, moment in (("after", each["validAfter"]), ("before", each["validBefore"]))
            if isinstance(moment, datetime)
        )
        names = ", ".join(each["namespaces"])
        mark = "  REVOKED" if each["isRevoked"] else ""
        lines.append(f"signer   {each['principal']}  {each['fingerprint']}  {names}  {window}{mark}")
    return lines


def _read_moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return read_time(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a time like 2026-11-23T02:00:00Z", param_hint="--since") from error
