"""
What sealing and verifying cost, with nothing but this script: python benchmarks/seal.py

1. Everything after the verdict of a cycle of 200,000 entries: listings, files, seal, token. Goal: 5 s and 300 MB.
2. Verifying that bundle, against `sha256sum -c` of the same files, in the same run: by all steps within a process that
   runs already, and by a process of its own, start-up and all.
3. What `verify --all` does over 9,000 different bundles in one log, in one process and among as many as there are
   processors. Goal: 30 s. To make them takes minutes, for each is sealed and stamped.
Each figure is the median of --runs runs; peak memory is that of a process that does nothing else.
"""

import argparse
import hashlib
import itertools
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from bundle_forge import SealingSite, files_of, make_site, now, record_of
from dfwarm.equipment.archive import Archive
from dfwarm.equipment.history import LEAVES, History
from dfwarm.equipment.log_key import LogKey
from dfwarm.equipment.packing import Press
from dfwarm.equipment.verifying import Verifying, processors
from dfwarm.evidence.circumstances import ContentRecord, ManifestRecord
from dfwarm.evidence.leaf import Leaf
from dfwarm.evidence.log_trust import LogTrust
from dfwarm.evidence.merkle import EMPTY_ROOT, grow
from dfwarm.evidence.statement import Ties
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.rendering import render_sides
from dfwarm.manifest.scope import Scope
from dfwarm.procedures.history import verify_study_history
from dfwarm.terms import CycleId, StudyNumber
from manifest_maker import Made, folder, made

FOLDER_FILES = 1_000
VERIFY = "import sys; from dfwarm.cli.standalone import main; sys.exit(main(sys.argv[1:]))"


def median(runs: int, work: Callable[[], object]) -> float:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def manifest_of(entries: int) -> Manifest:
    folders = [b"pages/%04d" % number for number in range(entries // FOLDER_FILES)]
    files = (
        Made(place + b"/%03d%04d" % (number, number), b"%b %d" % (place, number))
        for place in folders
        for number in range(FOLDER_FILES)
    )
    return made(folder(b"pages"), *map(folder, folders), *files)


def seal_large(site: SealingSite, manifest: Manifest, sequence: int) -> Path:
    ours, theirs = render_sides(manifest, manifest, Scope())
    same = ours == theirs
    sums, mtree = Press().pack_all((ours.sums, ours.mtree))
    records = (ManifestRecord("STUDY_DIR", *(sums.digest,) * 2, *(mtree.digest,) * 2),) if same else ()
    record = record_of(sequence)
    content = ContentRecord(ours.directories, ours.links, records)
    record = replace(record, circumstances=replace(record.circumstances, content=content))
    place = site.place(sequence)
    files = files_of(record) | {"production.sha256.gz": sums.content, "production.mtree.gz": mtree.content}
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        with (place / name).open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    facts = site.sealer().seal(place, record, Ties)
    site.sealer().sign_renderings(place)
    assert not facts.problem, facts
    return place


def measure_large(work: Path, entries: int, runs: int) -> None:
    site = make_site(work / "large")
    manifest = manifest_of(entries)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sequence = iter(range(1, 1_000))
    seconds = median(runs, lambda: seal_large(site, manifest, next(sequence)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"seal {entries:,} entries: {seconds:.2f} s, peak {peak // 1024} MB (of it {before // 1024} MB the listing)")
    place = site.place(1)
    size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
    assert not site.examine(place)[-1].error
    ours = median(runs, lambda: site.examine(place))
    argv = ["sha256sum", "-c", "--quiet", "SHA256SUMS"]
    theirs = median(runs, lambda: subprocess.run(argv, cwd=place, check=True))
    script = median(runs, lambda: subprocess.run(["sh", "VERIFY.sh"], cwd=place, check=True, capture_output=True))
    words = [sys.executable, "-c", VERIFY, str(place), "--trust", str(site.trust.folder)]
    process = median(runs, lambda: subprocess.run(words, check=True, capture_output=True))
    print(f"verify it ({size / 1e6:.1f} MB): all steps {ours:.3f} s, a process of its own {process:.3f} s;", end=" ")
    print(f"ratio of all steps to sha256sum -c {ours / theirs:.2f}, of the process {process / theirs:.2f}")
    print("    of the steps the digests alone", end=" ")
    digests = median(runs, lambda: [hashlib.sha256((place / name).read_bytes()) for name in files_of(record_of(1))])
    print(f"{digests:.3f} s; sha256sum -c {theirs:.3f} s; VERIFY.sh {script:.3f} s")


def make_many(site: SealingSite, count: int) -> History:
    """So many sealed and stamped bundles in one log, as so many days would have left them."""
    study = StudyNumber(35)
    key = LogKey("dfwarm/pair", site.folder / "keys" / "log.seed", site.folder / "log" / "log.vkeys")
    history = History(site.folder / "log", "pair", key, now)
    history.place(study).mkdir(parents=True)
    leaves: list[Leaf] = []
    roots = grow(leaf.hash for leaf in iter_as_they_come(leaves))
    root = EMPTY_ROOT
    with (history.place(study) / LEAVES).open("wb") as file:
        for sequence in range(1, count + 1):
            last = leaves[-1] if leaves else None
            ties = Ties(sequence - 1, last.sha256 if last else "", len(leaves), root.hex())
            place = site.write(sequence)
            assert not site.sealer().seal(place, record_of(sequence), lambda ties=ties: ties).problem
            site.sealer().sign_renderings(place)
            leaves.append(Leaf.of(CycleId(study, sequence), (place / "statement.json").read_bytes()))
            file.write(leaves[-1].line)
            root = next(roots)
    history.catch_up(study, Archive(site.folder / "records"))
    return history


def iter_as_they_come(leaves: list[Leaf]) -> Iterator[Leaf]:
    for place in itertools.count():
        yield leaves[place]


def measure_many(work: Path, count: int) -> None:
    """What `verify --all` does: every step of every bundle, then every step over the log that they hang in."""
    site = make_site(work / "many")
    history, archive, study = make_many(site, count), Archive(work / "many" / "records"), StudyNumber(35)
    trust = site.trust.read()
    places = [(archive.place(cycle), cycle) for cycle in archive.cycles(study)]
    trusted = LogTrust(history.key.keys)
    for workers in (1, processors()):
        began = time.perf_counter()
        assert not any(told.code for told in Verifying(trust).each(places, workers=workers))
        seconds = time.perf_counter() - began
        steps = verify_study_history(study, history, archive, trusted, lines=(), audit=b"")
        assert all(step.is_sound for step in steps if step.title != "audit trail"), steps
        whole = time.perf_counter() - began
        print(f"verify {count:,} bundles among {workers}: {seconds:.1f} s; with the log {whole:.1f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=200_000)
    parser.add_argument("--bundles", type=int, default=9_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder_name:
        measure_large(Path(folder_name), asked.entries, asked.runs)
        measure_many(Path(folder_name), asked.bundles)
