"""What a witness is asked and answers: which log it saw last, and its signature under one that grew from that."""

import re
from dataclasses import dataclass

from dfwarm.errors import AnswerRefused

NAMESPACE = "witness@dfwarm"

_SIZE = re.compile(r"[1-9][0-9]{0,17}")
_HASHES = re.compile(r"[0-9a-f]{64}(?:,[0-9a-f]{64}){0,2}")
_ROOT, _SIGNATURE = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{136}")
_HASHES_A_WORD = 3


@dataclass(frozen=True, slots=True)
class Witnessed:
    """The log that a witness cosigned last: its size, 0 where there is none, its root, and the witness's public key."""

    size: int
    root: bytes
    key: str


@dataclass(frozen=True, slots=True)
class Cosigned:
    """An SSH signature over the bytes of the signed checkpoint, and the public key that made it."""

    signature: str
    key: str


@dataclass(frozen=True, slots=True)
class Growth:
    """A checkpoint as its log signed it, and the proof that it grew from the one before."""

    size: int
    root: bytes
    signature: bytes
    proof: tuple[bytes, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The growth as words of the gate's grammar."""
        steps = [step.hex() for step in self.proof]
        packed = (",".join(steps[start : start + _HASHES_A_WORD]) for start in range(0, len(steps), _HASHES_A_WORD))
        return (str(self.size), self.root.hex(), self.signature.hex(), *packed)


def read_growth(words: tuple[str, ...]) -> Growth:
    """Read it back. Raises AnswerRefused."""
    forms = (_SIZE, _ROOT, _SIGNATURE, *(_HASHES for _ in words[3:]))
    if len(words) < 3 or not all(form.fullmatch(word) for form, word in zip(forms, words, strict=False)):
        raise AnswerRefused("the verb cosign takes a size, a root, a signature and the hashes of a proof")
    steps = (step for word in words[3:] for step in word.split(","))
    root, signature = map(bytes.fromhex, words[1:3])
    return Growth(int(words[0]), root, signature, tuple(map(bytes.fromhex, steps)))
