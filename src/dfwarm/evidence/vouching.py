"""Whether a key signed a note. The gate carries no cryptography, so this has a room of its own."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from dfwarm.errors import HistoryBroken
from dfwarm.evidence.checkpoint import Checkpoint
from dfwarm.evidence.note import Note, NoteKey, parse_note


def check_note(note: Note, key: NoteKey) -> None:
    """Raise HistoryBroken unless the key signed the note, and signed it in every line that is of its name."""
    ours = [line for line in note.signatures if (line.name, line.identity) == (key.name, key.identity)]
    if not ours:
        raise HistoryBroken(f"the note is not signed by {key.name} with the key {key.identity.hex()}")
    for line in ours:
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(line.signature, note.text.encode())
        except InvalidSignature as error:
            raise HistoryBroken(f"the signature of {key.name} does not fit the note") from error


def read_checkpoint(content: bytes, origin: str, keys: tuple[NoteKey, ...]) -> Checkpoint:
    """Read a checkpoint that one of the keys signed for a log. Raises HistoryBroken."""
    note = parse_note(content)
    names = {(line.name, line.identity) for line in note.signatures}
    known = [key for key in keys if (key.name, key.identity) in names]
    if not known:
        raise HistoryBroken("none of the trusted keys signed it")
    for key in known:
        check_note(note, key)
    found = Checkpoint.parse(note.text)
    if found.origin != origin:
        raise HistoryBroken(f"it is of the log {found.origin}, not of {origin}")
    return found
