"""
How much memory does a manifest take?

Claim: under 300 MB for a manifest of 1,000,000 entries that is held, sent and read again, and linear beyond; the
listings are made up, so that 10,000,000 entries need no disk.

    python benchmarks/manifest_memory.py [--entries N ...]
"""

import argparse
import random
import resource
import subprocess
import sys
from array import array
from datetime import UTC, datetime

from dfwarm.manifest.block import Block
from dfwarm.manifest.difference import compare
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.people import People
from dfwarm.manifest.scope import Scope
from dfwarm.manifest.stream import decode, encode

FOLDER = 500
_WHAT = {
    "hold": "one manifest held",
    "read": "one manifest read from its stream",
    "compare": "two manifests compared",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--entries", type=int, nargs="+", default=[1_000_000, 2_000_000, 10_000_000])
    parser.add_argument("--measure", choices=("hold", "read", "compare"))
    asked = parser.parse_args()
    if asked.measure:
        measure(asked.entries[0], asked.measure)
        return
    for entries in asked.entries:
        for what in ("hold", "read", "compare"):
            argv = (sys.executable, __file__, "--entries", str(entries), "--measure", what)
            said = subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout.decode().strip()
            print(f"{entries:>12,} entries, {_WHAT[what]:<40} {said}")


def measure(entries: int, what: str) -> None:
    manifest = make(entries)
    if what == "read":
        sent = b"".join(encode(manifest))
        del manifest
        manifest = decode(sent)
    if what == "compare":
        found = compare(manifest, make(entries), Scope())
        assert found.compared == found.expected == len(manifest)
    assert len(manifest) >= entries
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB at most")


def make(entries: int) -> Manifest:
    """Folders of 500 files with digests of noise."""
    now = datetime(2026, 11, 23, tzinfo=UTC)
    names = b"\0".join(b"%07d" % row for row in range(FOLDER))
    blocks = tuple(_block(b"%06d" % folder, names) for folder in range(-(-entries // FOLDER)))
    return Manifest(now, now, People(((500, "datafax"),), ((500, "studies"),)), blocks, (), ())


def _block(folder: bytes, names: bytes) -> Block:
    columns = ([0o100644] * FOLDER, range(FOLDER), range(10**18, 10**18 + FOLDER), [500] * FOLDER, [500] * FOLDER)
    return Block(
        folder,
        bytes(bytearray(names)),
        b"".join(array("q", column).tobytes() for column in columns),
        b"",
        random.Random(folder).randbytes(32 * FOLDER),
        b"",
        array("q", [1_700_000_000] * FOLDER).tobytes(),
    )


if __name__ == "__main__":
    main()
