"""The names of a bundle's listings: one pair of files a root and side, packed with gzip."""

import re

from dfwarm.datafax.serverconf import STUDY_DIR
from dfwarm.terms import Side

SUMS_FORM, MTREE_FORM = "sha256", "mtree"

_ROOT = re.compile(r"[A-Za-z0-9_]+")


def listing_name(side: Side, root: str, form: str) -> str:
    """`production.sha256.gz` for the study itself, `production.PAGE_DIR.sha256.gz` for another root."""
    if not _ROOT.fullmatch(root):
        raise ValueError(f"not the key of a root: {root!r}")
    return f"{side}.{form}.gz" if root == STUDY_DIR else f"{side}.{root}.{form}.gz"
