r"""
A manifest as `mtree -f FILE -p ROOT` and `bsdtar` read it.

Source: mtree(5) of NetBSD and libarchive, the form with a full path on each line, and vis(3) for names: whatever is
no visible ASCII character, and backslash, `#` and `=` besides, is a backslash and three octal digits. Access lists,
hard links and the times of links have no keyword there.
"""

from collections.abc import Iterator

from dfwarm.manifest.entry import Entry, Kind
from dfwarm.manifest.listing import Manifest

_TYPES = {
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
    yield b"#mtree v2.0\n"
    for entry in manifest.entries():
        if entry.kind is not Kind.DEVICE:
            path = b"." if entry.path == b"." else b"./" + entry.path
            yield b" ".join((_visible(path), *(word.encode() for word in _keywords(entry)))) + b"\n"


def _keywords(entry: Entry) -> Iterator[str]:
    yield f"type={_TYPES[entry.kind]}"
    yield f"uid={entry.uid}" if entry.owner.startswith("#") else f"uname={_word(entry.owner)}"
    yield f"gid={entry.gid}" if entry.group.startswith("#") else f"gname={_word(entry.group)}"
    if entry.kind is Kind.SYMLINK:
        yield f"link={_visible(entry.target).decode()}"
        return
    yield f"mode={entry.mode:04o}"
    yield f"time={entry.mtime_ns // 10**9}.{entry.mtime_ns % 10**9:09d}"
    if entry.kind is Kind.FILE:
        yield f"size={entry.size}"
        if not entry.is_unread:
            yield f"sha256={entry.digest.hex()}"


def _word(name: str) -> str:
    return _visible(name.encode("utf-8", "surrogateescape")).decode()


def _visible(name: bytes) -> bytes:
    return b"".join(bytes([byte]) if byte in _PLAIN else b"\\%03o" % byte for byte in name)
