"""A PostgreSQL server of the system's packages for the length of a test."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("the package postgresql is not installed")
    return found[-1].parent


@contextmanager
def a_server() -> Iterator[str]:
    """
    The address of an empty database. As root the server runs as the account `postgres`.

    Its folder is not one of pytest's, since other accounts cannot get into those.
    """
    programs, port = _programs(), _free_port()
    become = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    with tempfile.TemporaryDirectory(prefix="dfwarm-postgres-") as name:
        folder, data = Path(name), Path(name) / "data"
        if become:
            shutil.chown(folder, "postgres")
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": name}

        def call(*argv: str) -> None:
            argv = (*become, *argv)
            done = subprocess.run(argv, env=environment, capture_output=True, check=False, timeout=60, cwd="/")
            assert done.returncode == 0, done.stderr

        call(str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "dfwarm", "--no-sync")
        options = f"-p {port} -k {folder} -c listen_addresses= -c fsync=off"
        call(str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://dfwarm@/postgres?host={folder}&port={port}"
        finally:
            call(str(programs / "pg_ctl"), "-D", str(data), "-w", "-m", "immediate", "stop")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
