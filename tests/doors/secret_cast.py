"""Canaries: one secret for each kind that a configuration knows, and a look at whatever could have let one out."""

import base64
import os
import subprocess
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_ssh_private_key

LOOK_SECONDS = 0.03
LOOKS_AT_MOST = 6
"""How often one process is looked at: it may become another program after its first looks."""


def new_secret(kind: str) -> str:
    return f"canary/{kind}+{uuid.uuid4().hex}"


def write_secret(path: Path, secret: str) -> str:
    path.write_text(f"{secret}\n")
    path.chmod(0o600)
    return secret


def forms_of(secret: str) -> tuple[bytes, ...]:
    """A secret as it is, and as it could stand in a header, an address, a line of JSON or a dump."""
    raw = secret.encode()
    words = (raw, base64.b64encode(raw).rstrip(b"=")[:-1], raw.hex().encode(), quote(secret, safe="").encode())
    return (*words, base64.b64encode(b"\0dfwarm\0" + raw).rstrip(b"=")[:-1])


def forms_of_key(path: Path) -> tuple[bytes, ...]:
    """The secret half of a key in its file's own lines, as bytes and in hexadecimal."""
    private = load_ssh_private_key(path.read_bytes(), None)
    assert isinstance(private, Ed25519PrivateKey)
    seed = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    lines = path.read_bytes().splitlines()
    return (seed, seed.hex().encode(), base64.b64encode(seed).rstrip(b"=")[:-1], lines[3])


def files_with(folder: Path, needles: dict[str, tuple[bytes, ...]], allowed: set[Path]) -> list[tuple[str, str]]:
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and path not in allowed:
            content = path.read_bytes()
            found += [(kind, str(path)) for kind, forms in needles.items() if any(each in content for each in forms)]
    return found


@dataclass
class Watch:
    """What arguments and environments of processes showed while it looked."""

    needles: dict[str, tuple[bytes, ...]]
    seen: set[tuple[str, str, str]] = field(default_factory=set)
    children: set[str] = field(default_factory=set)
    _looks: Counter[str] = field(default_factory=Counter)
    _is_over: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        while not self._is_over.wait(LOOK_SECONDS):
            for entry in os.scandir("/proc"):
                if entry.name.isdigit() and int(entry.name) != os.getpid():
                    self._looks[entry.name] += 1
                    if self._looks[entry.name] <= LOOKS_AT_MOST:
                        self._look_at(Path(entry.path))

    def _look_at(self, place: Path) -> None:
        try:
            argv = (place / "cmdline").read_bytes()
            environment = (place / "environ").read_bytes()
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return  # it has ended
        name = argv.replace(b"\0", b" ").decode("utf-8", "replace")
        self.children.add(name)
        for where, content in (("argv", argv), ("environment", environment)):
            if where == "environment" and (parent == os.getpid() or b"\0-m\0dfwarm\0--config" in argv):
                continue  # what this test itself handed to dfwarm, and forks of it that have not become a program yet
            self.seen |= {
                (kind, where, name) for kind, forms in self.needles.items() if any(f in content for f in forms)
            }

    def end(self) -> None:
        self._is_over.set()


@contextmanager
def watching(needles: dict[str, tuple[bytes, ...]]) -> Iterator[Watch]:
    watch = Watch(needles)
    thread = threading.Thread(target=watch.look)
    thread.start()
    try:
        yield watch
    finally:
        watch.end()
        thread.join(10)


def sees_a_secret_in_the_open(secret: str) -> bool:
    """Whether such a watch finds a program that carelessly takes a secret as an argument."""
    with watching({"open": forms_of(secret)}) as watch:
        subprocess.run(["sleep", "0.3", "0.0"], env={"SECRET": "x"}, check=True)
        subprocess.run(["sh", "-c", "sleep 0.3; :", secret], check=True)
    return {where for _, where, _ in watch.seen} == {"argv"}
