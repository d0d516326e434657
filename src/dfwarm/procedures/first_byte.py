"""From which byte on two files differ: found by asking both hosts for digests of ever closer beginnings."""

from dfwarm.facts.journals import AT_ONCE, PATH_AT_MOST, Beginning, ask_for
from dfwarm.manifest.difference import Difference, DifferenceKind
from dfwarm.manifest.entry import Entry, Kind
from dfwarm.procedures.kit import Host
from dfwarm.terms import StudyNumber

LARGEST_BYTES = 1 << 28


def say_first_byte(hosts: tuple[Host, Host], study: StudyNumber, root: str, difference: Difference) -> str:
    """
    Say from which byte on the two files differ; empty for what is no pair of files with other bytes.

    The hosts are asked now: where a file is not any more what it was when it was listed, that is said instead.
    """
    ours, theirs = difference.production, difference.standby
    if difference.kind is not DifferenceKind.CONTENT or ours is None or theirs is None:
        return ""
    if ours.kind is not Kind.FILE or max(ours.size, theirs.size) > LARGEST_BYTES or len(ours.path) > PATH_AT_MOST:
        return ""
    search = _Search(hosts, study, root, ours.path)
    if not search.is_as_listed((ours, theirs)):
        return "From which byte on they differed is not known: a side has changed since it was listed."
    return f"They differ from byte {search.first_byte(min(ours.size, theirs.size)):,} on."


class _Search:
    def __init__(self, hosts: tuple[Host, Host], study: StudyNumber, root: str, path: bytes) -> None:
        self._hosts = hosts
        self._study = study
        self._root = root
        self._path = path

    def is_as_listed(self, entries: tuple[Entry, Entry]) -> bool:
        """Whether each side's file still has the digest of its listing."""
        return all(
            self._digests(host, [entry.size]) == (entry.digest.hex(),)
            for host, entry in zip(self._hosts, entries, strict=True)
        )

    def first_byte(self, common: int) -> int:
        """The number of the first byte that differs, counted from 1; one more than all that both have if none does."""
        equal, other = 0, common + 1
        while other - equal > 1:
            step = max(1, (other - equal) // (AT_ONCE + 1))
            sizes = list(range(equal + step, other, step))[:AT_ONCE]
            ours, theirs = (self._digests(host, sizes) for host in self._hosts)
            same = [size for size, here, there in zip(sizes, ours, theirs, strict=True) if here == there]
            unlike = [size for size in sizes if size not in same]
            equal, other = max((*same, equal)), min((*unlike, other))
        return other

    def _digests(self, host: Host, sizes: list[int]) -> tuple[str, ...]:
        wanted = [Beginning(self._path, size) for size in sizes]
        answers = (host.ask(question).value for _, question in ask_for(self._study, self._root, wanted))
        return tuple(digest for answer in answers for digest in answer.digests)
