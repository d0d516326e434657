"""Secrets come from a file that its owner alone may read, or from systemd."""

from pathlib import Path

import pytest

from dfwarm.config.mistake import MistakesFound
from dfwarm.config.reading import check_secrets, read_config
from dfwarm.config.secret import read_secret
from dfwarm.config.values import SecretFile, SystemdCredential
from dfwarm.errors import ConfigInvalid


def secret_file(folder: Path, content: bytes = b"hunter2\nsecond line\n", mode: int = 0o600) -> Path:
    path = folder / "password"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_secret_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    assert read_secret(SecretFile(secret_file(tmp_path)), {}) == "hunter2"


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o644, 0o602])
def test_a_file_open_to_others_is_refused_and_its_secret_not_repeated(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ConfigInvalid, match=f"mode {mode:04o}") as caught:
        read_secret(SecretFile(secret_file(tmp_path, mode=mode)), {})
    assert "hunter2" not in str(caught.value)
    assert "chmod 600" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "what"), [(b"", "empty first line"), (b"\nx", "empty first line"), (b"\xff", "not UTF-8")]
)
def test_a_file_without_a_readable_secret_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    with pytest.raises(ConfigInvalid, match=what):
        read_secret(SecretFile(secret_file(tmp_path, content)), {})


def test_a_missing_file_or_a_device_is_no_secret(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="cannot be read: No such file"):
        read_secret(SecretFile(tmp_path / "no"), {})
    with pytest.raises(ConfigInvalid, match="not a regular file"):
        read_secret(SecretFile(Path("/dev/null")), {})


def test_a_credential_comes_from_the_folder_that_systemd_names(tmp_path: Path) -> None:
    secret_file(tmp_path, mode=0o440)
    source = SystemdCredential("password")
    assert read_secret(source, {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "hunter2"
    with pytest.raises(ConfigInvalid, match="systemd handed none over") as caught:
        read_secret(source, {})
    assert "LoadCredential=password" in caught.value.hint


def test_the_check_points_at_the_key_of_a_secret_that_is_open_to_others(tmp_path: Path) -> None:
    path = tmp_path / "dfwarm.toml"
    path.write_text(f"""\
[pair]
name = "a"
state = "/var/lib/dfwarm"
rpo = "24h"
activity = "wait"
hold = "none"
studies = "all"
[production]
reach = "local"
datafax_dir = "/opt/a"
release = "5"
stop = "study"
[standby]
reach = "local"
datafax_dir = "/opt/b"
release = "5"
stop = "study"
[mail]
from = "a@example.org"
to = ["b@example.org"]
host = "h"
port = 25
security = "tls"
user = "u"
password_file = "{secret_file(tmp_path, mode=0o644)}"
""")
    with pytest.raises(MistakesFound, match=r"dfwarm\.toml:25:1: mail\.password_file: .* is open to others"):
        check_secrets(read_config(path))
    (tmp_path / "password").chmod(0o600)
    check_secrets(read_config(path))
    path.write_text(path.read_text().split("[mail]")[0])
    check_secrets(read_config(path))
