"""
Access lists and extended attributes of an entry, as text that two hosts can compare.

Left out is what belongs to the host and not to the data: `trusted.*` and `security.*`, but for capabilities. Access
lists are read from their kernel form (Linux, `include/uapi/linux/posix_acl_xattr.h`: version 2, then tag, permissions
and number of each line, little end first), with names for the numbers, as `getfacl` prints them.
"""

import os
import struct
from collections.abc import Iterator

from dfwarm.equipment.names import group_name, owner_name
from dfwarm.spelling import spell

Attributes = list[tuple[str, str]]

_KEPT = ("user.", "system.posix_acl_access", "system.posix_acl_default", "security.capability")
_ACL = "system.posix_acl_"
_ACL_VERSION = 2
_TAGS = {0x01: "user", 0x02: "user", 0x04: "group", 0x08: "group", 0x10: "mask", 0x20: "other"}
_NAMED_USER, _NAMED_GROUP = 0x02, 0x08


def read_attributes(entry: int | str, *, is_followed: bool = True) -> Attributes:
    """
    The access lists and attributes of an open file, or of a path, in the order of their names.

    Raises OSError where they cannot be read; a file system that has none gives none.
    """
    try:
        found = os.listxattr(entry, follow_symlinks=is_followed)
    except OSError as error:
        if error.errno == _NOT_SUPPORTED:
            return []
        raise
    if not found:
        return []
    kept = sorted(each for each in found if each.startswith(_KEPT))
    return [
        (spell(os.fsencode(each)), _say(each, os.getxattr(entry, each, follow_symlinks=is_followed))) for each in kept
    ]


def path_within(folder: int, name: str) -> str:
    """A path to an entry of an open folder, for calls that take no descriptor of a folder."""
    return f"/proc/self/fd/{folder}/{name}"


_NOT_SUPPORTED = 95


def _say(name: str, value: bytes) -> str:
    if name.startswith(_ACL) and len(value) % 8 == 4 and struct.unpack_from("<I", value)[0] == _ACL_VERSION:
        return ",".join(_lines(value))
    return spell(value)


def _lines(value: bytes) -> Iterator[str]:
    for tag, permissions, number in struct.iter_unpack("<HHI", value[4:]):
        who = {_NAMED_USER: owner_name, _NAMED_GROUP: group_name}.get(tag)
        letters = "".join(letter if permissions & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1)))
        yield f"{_TAGS.get(tag, f'tag {tag}')}:{who(number) if who else ''}:{letters}"
