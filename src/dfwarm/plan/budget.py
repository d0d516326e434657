"""Budgets: limits that are judged on the plan, before the first write to the standby."""

from dataclasses import dataclass

ALWAYS_ALLOWED_DELETES = 5
"""Deletions that never breach a budget, so that a share means something in a small study too."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Shares in hundredths of a percent: of entries lost since the last proven cycle, of entries to delete."""

    shrink_basis_points: int
    delete_basis_points: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """Entries of production, entries of the standby, entries of the last EQUIVALENT cycle, entries to delete."""

    production: int
    production_files: int
    standby: int
    earlier: int
    deletes: int


def judge_sizes(sizes: Sizes, limits: Limits) -> tuple[str, ...]:
    """Say every reason to refuse the transfer. None says that it may go on."""
    return (*_emptiness(sizes), *_shrinkage(sizes, limits), *_deletion(sizes, limits))


def _emptiness(sizes: Sizes) -> tuple[str, ...]:
    if sizes.production_files > 0:
        return ()
    return ("production's study holds no file at all",)


def _shrinkage(sizes: Sizes, limits: Limits) -> tuple[str, ...]:
    before = max(sizes.earlier, sizes.standby)
    lost = before - sizes.production
    if lost <= max(ALWAYS_ALLOWED_DELETES, before * limits.shrink_basis_points // 10_000):
        return ()
    return (f"production shrank from {before:,} to {sizes.production:,} entries",)


def _deletion(sizes: Sizes, limits: Limits) -> tuple[str, ...]:
    allowed = max(ALWAYS_ALLOWED_DELETES, sizes.standby * limits.delete_basis_points // 10_000)
    if sizes.deletes <= allowed:
        return ()
    return (f"{sizes.deletes:,} of {sizes.standby:,} entries would be deleted on the standby, {allowed:,} are allowed",)
