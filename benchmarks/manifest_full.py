"""
What does a full SHA-256 manifest of one side cost, warm, against every SHA-256 tool and against C?

Claim: ahead of `openssl dgst` and `sha256sum` under `xargs -P2`, `rhash`, `rclone hashsum` and `hashdeep`, and within
1.3 times a C program that walks, reads and hashes with two threads. Ours is `dfwarm manifest`, start-up included.

    python benchmarks/manifest_full.py [--small] [--many] [--runs N] [--folder DIR]
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from manifest_race import arguments, installed, make_tree, program, race


def main() -> None:
    asked = arguments(__doc__.splitlines()[1])
    shutil.rmtree(asked.folder, ignore_errors=True)
    asked.folder.mkdir(parents=True)
    try:
        tree, floor = asked.folder / "tree", asked.folder / "floor"
        make_tree(asked, tree)
        source = Path(__file__).with_name("manifest_floor.c")
        subprocess.run(("cc", "-O2", "-pthread", source, "-lcrypto", "-o", floor), check=True)
        files = f"find {tree} -type f -print0 | xargs -0 -n 500 -P 2"
        race(
            [
                ("dfwarm manifest", program(sys.executable, "-m", "dfwarm", "manifest", str(tree))),
                ("C, 2 threads", program(floor, tree, "2")),
                *installed(
                    [
                        ("openssl dgst, xargs -P2", "openssl", program(f"{files} openssl dgst -sha256", shell=True)),
                        ("sha256sum, xargs -P2", "sha256sum", program(f"{files} sha256sum", shell=True)),
                        ("rhash", "rhash", program("rhash", "--sha256", "-r", tree)),
                        ("rclone hashsum", "rclone", program("rclone", "hashsum", "sha256", tree)),
                        ("hashdeep -j2", "hashdeep", program("hashdeep", "-c", "sha256", "-j2", "-r", tree)),
                    ]
                ),
            ],
            asked.runs,
        )
    finally:
        shutil.rmtree(asked.folder, ignore_errors=True)


if __name__ == "__main__":
    os.umask(0o022)
    main()
