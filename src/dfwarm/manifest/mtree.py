r"""
A manifest as `mtree -f FILE -p ROOT` and `bsdtar` read it.

Source: mtree(5) of NetBSD and libarchive, the form with a full path on each line, and vis(3) for names: whatever is
no visible ASCII character, and backslash, `#` and `=` besides, is a backslash and three octal digits. Access lists,
hard links and the times of links have no keyword there.
"""

from collections.abc import Iterator

from dfwarm.manifest.entry import Entry, Kind
from dfwarm.manifest.listing import Manifest

HEADING = b"#mtree v2.0\n"
TYPES = {
    Kind.FILE: "file",
    Kind.DIRECTORY: "dir",
    Kind.SYMLINK: "link",
    Kind.FIFO: "fifo",
    Kind.SOCKET: "socket",
    Kind.DEVICE: "char",
}
_PLAIN = frozenset(range(0x21, 0x7F)) - frozenset(b"\\#=*?[")


def render_mtree(manifest: Manifest) -> Iterator[bytes]:
    """The heading, and one line for each entry but devices, of which a manifest does not say which sort they are."""
    yield HEADING
    for entry in manifest.entries():
        if entry.kind is not Kind.DEVICE:
            path = b"." if entry.path == b"." else b"./" + entry.path
            yield b" ".join((visible(path), *(word.encode() for word in _keywords(entry)))) + b"\n"


def _keywords(entry: Entry) -> Iterator[str]:
    yield f"type={TYPES[entry.kind]}"
    yield spell_owner(entry.owner, entry.uid).decode()
    yield spell_group(entry.group, entry.gid).decode()
    if entry.kind is Kind.SYMLINK:
        yield f"link={visible(entry.target).decode()}"
        return
    yield f"mode={entry.mode:04o}"
    yield f"time={entry.mtime_ns // 10**9}.{entry.mtime_ns % 10**9:09d}"
    if entry.kind is Kind.FILE:
        yield f"size={entry.size}"
        if not entry.is_unread:
            yield f"sha256={entry.digest.hex()}"


def spell_owner(name: str, number: int) -> bytes:
    """The owner by name, or by number where there is no name."""
    return b"uid=%d" % number if name.startswith("#") else b"uname=" + visible(_encode(name))


def spell_group(name: str, number: int) -> bytes:
    """The group by name, or by number where there is no name."""
    return b"gid=%d" % number if name.startswith("#") else b"gname=" + visible(_encode(name))


def visible(name: bytes) -> bytes:
    """A name as vis(3) with octal numbers writes it."""
    return b"".join(bytes([byte]) if byte in _PLAIN else b"\\%03o" % byte for byte in name)


def _encode(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
