"""What a witness signed, held against its key: it saw this checkpoint, and no other one is put into its mouth."""

import base64
import binascii
from collections.abc import Iterator, Mapping

from dfwarm.errors import BundleRefused, HistoryBroken
from dfwarm.evidence import sshsig
from dfwarm.facts.witness import NAMESPACE

SIGNATURE = ".sig"


def read_witness_keys(content: bytes) -> tuple[bytes, ...]:
    """The public keys of witnesses, a line each as OpenSSH writes them. Raises HistoryBroken."""
    return tuple(_read_key(line) for line in content.splitlines())


def unsigned_by_witness(
    cosigned: Mapping[str, bytes], signatures: Mapping[str, bytes], witnesses: tuple[bytes, ...]
) -> Iterator[str]:
    """What speaks against the signatures under the cosigned checkpoints. A known witness that signed nothing does."""
    if witnesses and not cosigned:
        yield "there is a witness's key, and what it signed is missing"
    for name in sorted(cosigned):
        problem = _problem(cosigned[name], signatures.get(name + SIGNATURE, b""), witnesses)
        if problem:
            yield f"{name}: {problem}"


def _problem(checkpoint: bytes, signature: bytes, witnesses: tuple[bytes, ...]) -> str:
    if not signature:
        return "the witness's signature is missing"
    try:
        found = sshsig.parse_signature(signature)
        if found.key not in witnesses:
            return f"it is signed by {found.fingerprint}, which is no witness that is trusted"
        sshsig.check_signature(found, checkpoint, NAMESPACE)
    except BundleRefused as error:
        return f"the witness's {error}"
    return ""


def _read_key(line: bytes) -> bytes:
    words = line.split()
    try:
        key = base64.b64decode(words[1], validate=True)
        is_key = sshsig.unpack(key)[0] == words[0]
    except (IndexError, ValueError, binascii.Error):
        is_key = False
    if not is_key:
        raise HistoryBroken(f"not the public key of a witness: {line[:80]!r}")
    return key
