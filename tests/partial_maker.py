"""Partials of data files that a test writes as lines, made by the kernel as the product makes them."""

import hashlib
from collections.abc import Sequence

from dfwarm.datafax.reports.kernel import Kernel
from dfwarm.datafax.reports.partial import FileKind, Partial, Reading

STUDY = 253


def partial_of(name: bytes, kind: FileKind, lines: Sequence[bytes], plate: int = 0) -> Partial:
    data = b"".join(line + b"\n" for line in lines)
    kernel = Kernel(b"data/" + name, Reading(kind, STUDY, plate))
    if data:
        kernel.take(memoryview(bytearray(data)), 0)
    return kernel.close(hashlib.sha256(data).digest(), len(data))


def plate_partial(plate: int, lines: Sequence[bytes]) -> Partial:
    return partial_of(b"plt%03d.dat" % plate, FileKind.PLATE, lines, plate)


def record(status: int, raster: bytes, plate: int, visit: int, subject: int, *, level: int = 1) -> bytes:
    stamp = b"25/03/01 10:00:00"
    if not status:
        return b"0|%d|%s|%d|%d|%d|%d|4|text|%s|%s|" % (level, raster, STUDY, plate, visit, subject, stamp, stamp)
    head = b"%d|%d|%s|%d|%d|%d|%d" % (status, level, raster, STUDY, plate, visit, subject)
    return head + b"|ABC|note|1|%s|%s|" % (stamp, stamp)


def arrived(raster: bytes, plate: int, visit: int, subject: int) -> bytes:
    return b"0|0" + record(1, raster, plate, visit, subject)[3:]


def query(status: int, plate: int, visit: int, subject: int, *, field: int = 9, code: int = 2, usage: int = 1) -> bytes:
    stamp = b"jack 25/03/01 10:00:00"
    return b"%d|2|0000/0000000|%d|%d|%d|%d|%d|12||1||Weight|060.0|%d|1|Please verify||%s|%s||%d" % (
        status, STUDY, plate, visit, subject, field, code, stamp, stamp, usage,
    )  # fmt: skip
