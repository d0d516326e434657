"""
What do both manifests and their comparison cost after a day of change, and what does the proof of every byte cost?

Claims: at most 1.0 times what `rsync -an` over ssh needs to look at both trees, and at least 3 times faster than
`rsync -nac` over ssh; with every byte of both sides read, at most 1.8 times `rsync -nac` and at least 3 times faster
than `rclone check`. Ours is asked as the cycle asks: a gate in a process of its own on each side, at the same time.

    python benchmarks/manifest_day.py [--small] [--runs N] [--folder DIR]
"""

import os
import random
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from manifest_race import arguments, installed, make_tree, program, race

from dfwarm.equipment.listings import Listings
from dfwarm.equipment.ssh import shell_argv
from dfwarm.manifest.difference import compare
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.scope import Scope
from dfwarm.manifest.stream import decode
from dfwarm.simulator.sshd import loopback_sshd
from dfwarm.terms import Side, StudyNumber

ASK = """
import os, sys
from dfwarm.facts.site import HostSite, Release, StopScope
from dfwarm.gate.manifest import answer_manifest
from dfwarm.terms import Side
root, state, known = sys.argv[1:]
site = HostSite(Side.STANDBY, b"", Release.DFDISCOVER_5, StopScope.STUDY, state=state)
answer_manifest(site, os.fsencode(root), sys.stdout.buffer, is_full=not state, known=known)
"""


def main() -> None:
    asked = arguments(__doc__.splitlines()[1])
    shutil.rmtree(asked.folder, ignore_errors=True)
    asked.folder.mkdir(parents=True)
    try:
        ours, theirs = asked.folder / "production", asked.folder / "standby"
        make_tree(asked, ours)
        subprocess.run(("rsync", "-a", f"{ours}/", f"{theirs}/"), check=True)
        time.sleep(3)
        remembered = [(root, asked.folder / "state" / root.name) for root in (ours, theirs)]
        listings = Listings(asked.folder / "listings")
        prove(remembered, listings)
        listings.save()
        shutil.copytree(asked.folder / "state", asked.folder / "state-before")
        let_a_day_pass(ours)
        with loopback_sshd(asked.folder / "ssh", "exec $SSH_ORIGINAL_COMMAND") as sshd:
            shell = " ".join(shell_argv(sshd.reach))
            there = f"{sshd.reach.host}:{ours}/"
            look = program("rsync", "-an", "--delete", "-e", shell, there, f"{theirs}/")
            read = program("rsync", "-nac", "--delete", "-e", shell, there, f"{theirs}/")
            race(
                [
                    ("both manifests, compared", lambda: prove(remembered, Listings(listings.folder))),
                    ("rsync -an over ssh", look),
                    ("rsync -nac over ssh", read),
                ],
                asked.runs,
                prepare=lambda: forget_the_day(asked.folder),
            )
            rclone = program(f"rclone check {ours} {theirs} 2>/dev/null || true", shell=True)
            full = [(root, Path()) for root in (ours, theirs)]
            nothing = asked.folder / "nothing-held"
            race(
                [
                    ("both full manifests, compared", lambda: prove(full, Listings(nothing))),
                    ("rsync -nac over ssh", read),
                    *installed([("rclone check", "rclone", rclone)]),
                ],
                asked.runs,
            )
    finally:
        shutil.rmtree(asked.folder, ignore_errors=True)


def prove(sides: list[tuple[Path, Path]], listings: Listings) -> None:
    """Ask both sides at the same time and hold their answers against each other."""
    with ThreadPoolExecutor(2) as pool:
        production, standby = pool.map(lambda side: _ask(*side, listings), sides)
    compared = compare(production, standby, Scope())
    if compared.compared != compared.expected or compared.gaps:
        sys.exit("not everything was compared")


def _ask(root: Path, state: Path, listings: Listings) -> Manifest:
    key = (Side.PRODUCTION if root.name == "production" else Side.STANDBY, StudyNumber(35), "STUDY_DIR")
    held = listings.held(key)
    argv = (sys.executable, "-c", ASK, str(root), "" if state == Path() else str(state), held.name)
    manifest = decode(subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout, held.blocks)
    listings.keep(key, manifest)
    return manifest


def forget_the_day(folder: Path) -> None:
    """Let the gates remember again what they did before the day, so that each run meets the day anew."""
    shutil.rmtree(folder / "state")
    shutil.copytree(folder / "state-before", folder / "state")


def let_a_day_pass(root: Path) -> None:
    """0.3 % new pages, ten X renames, 20 plate files written to."""
    dice = random.Random(37)
    weeks = sorted((root / "pages").iterdir())
    pages = sum(1 for week in weeks for _ in week.iterdir())
    for number in range(pages * 3 // 1000):
        (weeks[-1] / f"N{number:06d}").write_bytes(dice.randbytes(dice.randrange(1_024, 40_960)))
    for page in sorted(weeks[0].iterdir())[:10]:
        page.rename(page.with_name(f"X{page.name}"))
    for plate in sorted((root / "data").iterdir())[:20]:
        with plate.open("ab") as file:
            file.write(b"one more record\n")


if __name__ == "__main__":
    os.umask(0o022)
    main()
