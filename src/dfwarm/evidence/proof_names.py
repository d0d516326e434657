"""How files are named that hold a proof of their own."""

INCLUSION = ".tlog-proof"
GROWTH = ".growth-proof"


def is_proof(name: str) -> bool:
    """Whether a file is one of both proofs by its name."""
    return name.endswith((INCLUSION, GROWTH))
