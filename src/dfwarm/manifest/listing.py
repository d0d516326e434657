"""The manifest of one root: every folder's block, the names of owners and groups, and what could not be read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dfwarm.manifest import root
from dfwarm.manifest.block import FILE_TYPE, GID, MODE, MTIME, NO_DIGEST, SIZE, UID, Block, integers
from dfwarm.manifest.entry import KINDS, UNREAD, Entry, Kind
from dfwarm.manifest.people import People

ACCESS_LIST = "system.posix_acl_"
"""What the name of an attribute that is an access list begins with."""


class GapKind(StrEnum):
    """Why something was not examined."""

    UNREADABLE = "unreadable"
    CHANGED = "changed while it was read"
    VANISHED = "vanished while it was listed"
    UNREAD = "not read"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something below the root that was not examined."""

    path: bytes
    kind: GapKind
    why: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """
    Every entry below a root, as its own host saw it between two moments.

    The blocks go by folder in the order of their path bytes; the first one holds the root's own entry under the
    folder name `b""`. `links` are the groups of paths that share one inode.
    """

    began_at: datetime
    ended_at: datetime
    people: People
    blocks: tuple[Block, ...]
    links: tuple[tuple[bytes, ...], ...]
    gaps: tuple[Gap, ...]

    def __len__(self) -> int:
        return sum(map(len, self.blocks))

    def entries(self) -> Iterator[Entry]:
        """Every entry, folder by folder."""
        first_links = self.first_links()
        for block in self.blocks:
            yield from self.entries_of(block, first_links)

    def entries_of(
        self, block: Block, first_links: dict[bytes, bytes], *, but_for: frozenset[bytes] = frozenset()
    ) -> Iterator[Entry]:
        """The entries of one of the blocks, but for some names."""
        targets, attributes = block.targets_by_row(), block.attributes_by_row()
        columns = zip(*(block.column(number) for number in (MODE, SIZE, MTIME, UID, GID)), strict=True)
        rows = zip(block.list_names(), columns, integers(block.readings), strict=True)
        for row, (name, (mode, size, mtime, uid, gid), read_at) in enumerate(rows):
            if name in but_for:
                continue
            path = block.path_of(name)
            digest = block.digest_of(row)
            yield Entry(
                path=path,
                kind=KINDS[mode & FILE_TYPE],
                size=size,
                mode=mode & 0o7777,
                owner=self.people.owner[uid],
                group=self.people.group[gid],
                uid=uid,
                gid=gid,
                mtime_ns=mtime,
                first_link=first_links.get(path, b""),
                target=targets.get(row, b""),
                attributes=tuple(attributes.get(row, ())),
                digest=UNREAD if digest == NO_DIGEST else digest,
                read_at=read_at,
            )

    def first_links(self) -> dict[bytes, bytes]:
        """The first path of its group, for every path that shares its inode with another one."""
        return {path: group[0] for group in self.links for path in group}

    def find(self, path: bytes) -> Entry | None:
        """The entry at a path, if there is one."""
        folder, _, name = path.rpartition(b"/")
        folder = b"" if path == b"." else folder or b"."
        for block in self.blocks:
            if block.folder == folder and name in block.list_names():
                return next(entry for entry in self.entries_of(block, self.first_links()) if entry.path == path)
        return None

    @property
    def files(self) -> int:
        """How many regular files there are."""
        return sum(_count_files(block) for block in self.blocks)

    @property
    def bytes(self) -> int:
        """The bytes of all files and links together."""
        return sum(sum(block.column(SIZE)) for block in self.blocks)

    @property
    def attribute_kinds(self) -> frozenset[str]:
        """The names of all access lists and extended attributes that any entry has."""
        lines = (line for block in self.blocks if block.attributes for line in block.attributes.split(b"\n")[:-1])
        return frozenset(line.split(b"\0")[1].decode() for line in lines)

    @property
    def oldest_reading(self) -> int:
        """The second in which the file that was not read for longest was read; 0 where there is none."""
        oldest = (min(filter(None, integers(block.readings)), default=0) for block in self.blocks)
        return min(filter(None, oldest), default=0)

    @property
    def content_root(self) -> str:
        """SHA-256 over path, kind, size, target and digest of every entry: equal content, equal root."""
        return root.of_content(self.blocks)

    @property
    def metadata_root(self) -> str:
        """SHA-256 over everything that is compared of every entry."""
        return root.of_metadata(self.blocks, self.people, self.links)


@dataclass(frozen=True, slots=True)
class Roots:
    """Both roots of a manifest."""

    content: str
    metadata: str


def roots_of_both(one: Manifest, other: Manifest) -> tuple[Roots, Roots]:
    """The roots of two manifests, each from its own blocks; what is equal in both is digested once."""
    content, metadata = root.Known(), root.Known()
    ours = Roots(root.of_content(one.blocks, content), root.of_metadata(one.blocks, one.people, one.links, metadata))
    if one.people != other.people:
        metadata = root.Known()  # the places of owners and groups may be other ones
    return ours, Roots(
        root.of_content(other.blocks, content), root.of_metadata(other.blocks, other.people, other.links, metadata)
    )


def _count_files(block: Block) -> int:
    """How many files a block has, counted by mode: a folder has few of them."""
    modes = block.column(MODE)
    return sum(modes.count(mode) for mode in set(modes) if KINDS[mode & FILE_TYPE] is Kind.FILE)
