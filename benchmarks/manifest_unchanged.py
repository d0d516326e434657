"""
What does the manifest of a tree cost when nothing changed?

Claim: at most 1.3 times `find -printf` with the same fields, with the remembered digests loaded, the comparison with
the manifest of before and both roots included. Ours runs in a process that stands, as the gate of a cycle does; the
start of an interpreter is printed beside it.

    python benchmarks/manifest_unchanged.py [--small] [--many] [--runs N] [--folder DIR]
"""

import os
import shutil
import sys
import time

from manifest_race import arguments, make_tree, program, race

from dfwarm.equipment.remembered import Notebook
from dfwarm.equipment.scan import scan
from dfwarm.gate.manifest import workers
from dfwarm.manifest.difference import compare
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.scope import Scope


def main() -> None:
    asked = arguments(__doc__.splitlines()[1])
    shutil.rmtree(asked.folder, ignore_errors=True)
    asked.folder.mkdir(parents=True)
    try:
        tree = asked.folder / "tree"
        make_tree(asked, tree)
        root = os.fsencode(tree)
        notebook = Notebook(asked.folder / "state" / "remembered.sqlite", root)
        time.sleep(3)  # past the grain of the clock, so that no file is too young to be remembered
        first = scan(root, notebook, workers=workers())
        fields = "%s %T@ %C@ %i %m %U %G %p\n"  # numbers: a look-up of each name would cost find four times as much
        race(
            [
                ("manifest, remembered, compared, rooted", lambda: look(root, notebook, first, workers())),
                ("the same in one process", lambda: look(root, notebook, first, 1)),
                ("find -printf", program("find", tree, "-printf", fields)),
                ("rsync -an of the tree to itself", program("rsync", "-an", f"{tree}/", f"{tree}/")),
                (
                    "an interpreter that starts with our rooms",
                    program(sys.executable, "-c", "import dfwarm.gate.manifest"),
                ),
            ],
            asked.runs,
        )
    finally:
        shutil.rmtree(asked.folder, ignore_errors=True)


def look(root: bytes, notebook: Notebook, first: Manifest, processes: int) -> None:
    found = scan(root, notebook, workers=processes)
    compared = compare(first, found, Scope())
    if compared.differences or compared.compared != len(first) or found.content_root != first.content_root:
        sys.exit("the manifest is not what it was")
    assert found.metadata_root == first.metadata_root


if __name__ == "__main__":
    os.umask(0o022)
    main()
