"""What a transfer has to carry and to delete, as the difference of two manifests says it."""

from dataclasses import dataclass

from dfwarm.manifest.difference import Comparison, DifferenceKind
from dfwarm.manifest.listing import Manifest


@dataclass(frozen=True, slots=True)
class TransferList:
    """
    Paths relative to the root, each once, in the order of their bytes.

    `sent` are to be as they are on production, with the names that share an inode with one of them; `deleted` are on
    the standby alone, without those below a folder that goes as a whole.
    """

    sent: tuple[bytes, ...]
    deleted: tuple[bytes, ...]

    @property
    def from_null(self) -> bytes:
        """The paths to send as `--files-from=- --from0` takes them: no name can be misread."""
        return b"".join(path + b"\0" for path in self.sent)


def list_transfer(comparison: Comparison, production: Manifest) -> TransferList:
    """
    Say what makes the standby equal to production.

    What could not be examined is in neither list: it is a gap, and nothing below one is deleted.
    """
    sent = {each.path for each in comparison.differences if each.kind is not DifferenceKind.SURPLUS}
    for group in production.links:
        if not sent.isdisjoint(group):
            sent.update(group)
    surplus = sorted(each.path for each in comparison.differences if each.kind is DifferenceKind.SURPLUS)
    guarded = {gap.path for gap in comparison.gaps} | set(comparison.excluded)
    return TransferList(tuple(sorted(sent - set(comparison.excluded))), tuple(_topmost(surplus, guarded)))


def _topmost(paths: list[bytes], guarded: set[bytes]) -> list[bytes]:
    """The paths without those below another one; a folder that holds something guarded is not taken as a whole."""
    holding = {folder for path in guarded for folder in _folders(path)}
    whole = {path for path in paths if path not in holding}
    return [path for path in paths if path in whole and whole.isdisjoint(_folders(path))]


def _folders(path: bytes) -> list[bytes]:
    parts = path.split(b"/")
    return [b"/".join(parts[:depth]) for depth in range(1, len(parts))]
