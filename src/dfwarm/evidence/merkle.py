"""
The Merkle tree of RFC 6962 over the leaves of a log: its root, and proofs that a leaf is in it or that it only grew.

Standard library only: the standby's gate checks with it what it is asked to cosign.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from dfwarm.errors import HistoryBroken

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

_LEAF, _NODE = b"\x00", b"\x01"


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one leaf (RFC 6962, 2.1)."""
    return hashlib.sha256(_LEAF + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(_NODE + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over the hashes of all leaves."""
    root = EMPTY_ROOT
    for root in grow(hashes):  # noqa: B007 - the last one is the answer
        pass
    return root


def grow(hashes: Iterable[bytes]) -> Iterator[bytes]:
    """The root after each leaf. The stack holds one full subtree for each bit that is set in the size."""
    stack: list[bytes] = []
    for size, hashed in enumerate(hashes, start=1):
        stack.append(hashed)
        for _ in range((size & -size).bit_length() - 1):
            right = stack.pop()
            stack.append(node_hash(stack.pop(), right))
        root = stack[-1]
        for left in reversed(stack[:-1]):
            root = node_hash(left, root)
        yield root


def prove_inclusion(hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The path from a leaf to the root (RFC 6962, 2.1.1)."""
    if not 0 <= index < len(hashes):
        raise HistoryBroken(f"a log of {len(hashes)} leaves has no leaf {index}")
    if len(hashes) == 1:
        return ()
    split = _split(len(hashes))
    if index < split:
        return (*prove_inclusion(hashes[:split], index), root_of(hashes[split:]))
    return (*prove_inclusion(hashes[split:], index - split), root_of(hashes[:split]))


def prove_consistency(hashes: Sequence[bytes], older: int) -> tuple[bytes, ...]:
    """That a log is a longer form of what it was with `older` leaves (RFC 6962, 2.1.2)."""
    if not 0 <= older <= len(hashes):
        raise HistoryBroken(f"a log of {len(hashes)} leaves never had {older}")
    return _subproof(hashes, older, is_whole=True) if older else ()


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise HistoryBroken unless the proof leads from the leaf's hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        raise HistoryBroken(f"leaf {index} is not in a log of {size}")
    first, last, hashed = index, size - 1, leaf
    for step in proof:
        if not last:
            raise HistoryBroken("the proof of inclusion is longer than the log is deep")
        if first & 1 or first == last:
            hashed = node_hash(step, hashed)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            hashed = node_hash(hashed, step)
        first, last = first >> 1, last >> 1
    if last or hashed != root:
        raise HistoryBroken(f"leaf {index} is not in the log of {size} leaves with that root")


def check_consistency(older: int, older_root: bytes, newer: int, newer_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise HistoryBroken unless the newer log begins with the older one (RFC 9162, 2.1.4.2)."""
    if not 0 <= older <= newer:
        raise HistoryBroken(f"the log shrank from {older} leaves to {newer}")
    if older in (0, newer):
        if proof or older_root != (newer_root if older else EMPTY_ROOT):
            raise HistoryBroken(f"two logs of {older} leaves are not the same: the history was forked")
        return
    path = list(proof) if older & (older - 1) else [older_root, *proof]
    if not path:
        raise HistoryBroken(f"nothing proves that the log of {newer} leaves begins with that of {older}")
    first, last = older - 1, newer - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        if not last:
            raise HistoryBroken("the proof of consistency is longer than the log is deep")
        if first & 1 or first == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            new = node_hash(new, step)
        first, last = first >> 1, last >> 1
    if last or (old, new) != (older_root, newer_root):
        raise HistoryBroken(f"the log of {newer} leaves does not begin with that of {older}: the history was rewritten")


def _subproof(hashes: Sequence[bytes], older: int, *, is_whole: bool) -> tuple[bytes, ...]:
    if older == len(hashes):
        return () if is_whole else (root_of(hashes),)
    split = _split(len(hashes))
    if older <= split:
        return (*_subproof(hashes[:split], older, is_whole=is_whole), root_of(hashes[split:]))
    return (*_subproof(hashes[split:], older - split, is_whole=False), root_of(hashes[:split]))


def _split(size: int) -> int:
    """The largest power of two below a size."""
    return 1 << ((size - 1).bit_length() - 1)
