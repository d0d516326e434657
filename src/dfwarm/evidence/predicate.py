"""What a statement is about: its types, and the one digest that stands for all listings of a side."""

import hashlib
from collections.abc import Mapping

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE = "https://dfwarm.example/attestation/warm-standby-equivalence"
PREDICATE_TYPE = f"{PREDICATE}/v1"


def combine(digests: Mapping[str, str]) -> str:
    """The digest that stands for all roots of a side: of one root its own, of several that of their list."""
    if len(digests) < 2:
        return next(iter(digests.values()), "")
    listed = "".join(f"{digests[root]}  {root}\n" for root in sorted(digests))
    return hashlib.sha256(listed.encode()).hexdigest()
