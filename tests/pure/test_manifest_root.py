"""The two roots can be computed by anybody who has the reference page."""

import hashlib
import stat

from manifest_maker import Made, Tree, folder, link


def lengthened(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()


def packed(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(8, "little", signed=True) for number in numbers)


def test_the_roots_are_what_the_reference_page_says() -> None:
    page, way = Made(b"a", b"ink", attributes=(("user.n", "1"),)), link(b"l", b"a")
    manifest = Tree([page, way], links=((b"a", b"z"),)).manifest()
    root = folder(b".")
    own = (b"", b".", packed(stat.S_IFDIR), packed(0), b"", bytes(32))
    below = (
        b".",
        b"a\0l",
        packed(stat.S_IFREG, stat.S_IFLNK),
        packed(3, 1),
        b"a",
        hashlib.sha256(b"ink").digest() + bytes(32),
    )
    content = hashlib.sha256(b"dfwarm-content-root/1\n" + lengthened(*own) + lengthened(*below)).hexdigest()
    assert manifest.content_root == content
    names, links = lengthened(b"datafax", b"root", b"studies"), lengthened(b"a\0z")
    own = (b"", b".", packed(root.mode), packed(root.mtime_ns), packed(0), packed(2), b"")
    below = (
        b".",
        b"a\0l",
        packed(page.mode, way.mode),
        packed(page.mtime_ns, 0),
        packed(0, 0),
        packed(2, 2),
        b"0\0user.n\x001\n",
    )
    said = b"dfwarm-metadata-root/1\n" + names + links + lengthened(*own) + lengthened(*below)
    assert manifest.metadata_root == hashlib.sha256(said).hexdigest()
