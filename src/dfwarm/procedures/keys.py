"""The life of the evidence key: made, followed by a new one, revoked. What is trusted changes with each of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import rfc8785

from dfwarm.equipment.signer import Signer
from dfwarm.equipment.trust_folder import TrustFolder
from dfwarm.errors import KeyUnusable
from dfwarm.evidence import sshsig
from dfwarm.evidence.signers import Signer as Allowed
from dfwarm.evidence.signers import spell_window_time
from dfwarm.terms import spell_time

SKEW = timedelta(hours=1)
"""A new key is valid from a little before it was made: the clock of a time-stamp authority may lag behind ours."""

OVERLAP = timedelta(days=1)
"""An old key stays valid for a little after the new one came: a token for its last seal may still be pending."""


@dataclass(frozen=True, slots=True)
class RollOver:
    """The names of the files that a roll-over left in the trust folder."""

    statement: str
    signatures: tuple[str, ...]


def allow_key(trust: TrustFolder, key: bytes, principal: str, now: datetime) -> None:
    """Let a key seal evidence from now on, and sign what is rendered from it. Raises KeyUnusable where it cannot."""
    if not sshsig.seals_with(key):
        hint = "Make an Ed25519 key; on a PKCS#11 token one of ECDSA over P-256 or P-384, or RSA of 3072 bits."
        raise KeyUnusable(f"key {sshsig.fingerprint(key)} is of a kind whose seals nobody here verifies", hint=hint)
    if any(signer.key == key for signer in trust.signers()):
        raise KeyUnusable(f"key {sshsig.fingerprint(key)} is among the allowed signers already")
    trust.allow(Allowed(principal, key, (sshsig.EVIDENCE_NAMESPACE, sshsig.ROLL_OVER_NAMESPACE), now - SKEW))
    trust.allow(Allowed(principal, key, (sshsig.RENDERING_NAMESPACE,)))


def roll_over(trust: TrustFolder, old: Signer, new: Signer, now: datetime, reason: str) -> RollOver:
    """
    Let a new key follow an old one: both sign the statement that says so, then the old one's window is closed.

    Whoever trusts the old key can follow to the new one, and nobody can put a new key in place with the new one alone.
    """
    principal = next((each.principal for each in trust.signers() if each.key == old.key), "")
    if not principal:
        raise KeyUnusable(f"the old key {sshsig.fingerprint(old.key)} is not among the allowed signers")
    statement = rfc8785.dumps(
        {
            "type": "dfwarm-key-roll-over/1",
            "principal": principal,
            "oldKey": sshsig.fingerprint(old.key),
            "newKey": sshsig.fingerprint(new.key),
            "rolledOverAt": spell_time(now),
            "reason": reason,
        }
    )
    name = f"roll-over-{spell_window_time(now)}.json"
    files = {name: statement}
    for which, signer in (("old", old), ("new", new)):
        files[f"{name}.{which}.sig"] = signer.sign(sshsig.ROLL_OVER_NAMESPACE, statement)
    for each, content in files.items():
        trust.keep(each, content)
    allow_key(trust, new.key, principal, now)
    trust.close(old.key, now + OVERLAP)
    return RollOver(name, tuple(each for each in files if each != name))


def revoke(trust: TrustFolder, key: bytes, now: datetime, since: datetime | None) -> None:
    """
    Revoke a key.

    With `since`, what it signed before counts where a time-stamp shows it; without, nothing that it ever signed does.
    """
    trust.close(key, since or now)
    trust.revoke(key, now, is_entirely=since is None)


def find_key(trust: TrustFolder, fingerprint: str) -> bytes:
    """The key with a fingerprint, or with its beginning if that is of one key alone. Raises KeyUnusable."""
    found = {signer.key for signer in trust.signers() if signer.fingerprint.startswith(fingerprint)}
    if len(found) != 1:
        many = "more than one key" if found else "no key"
        raise KeyUnusable(f"{many} among the allowed signers begins with {fingerprint}")
    return found.pop()
