"""Secrets come from a file that its owner alone may read, or from systemd; they never stand in the configuration."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from dfwarm.config.values import (
    BucketPlace,
    Config,
    EvidenceConfig,
    MailConfig,
    MailLogin,
    SecretFile,
    SystemdCredential,
)
from dfwarm.errors import ConfigInvalid

CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"

_LONGEST_BYTES = 4096


def read_secret(source: SecretFile | SystemdCredential, environment: Mapping[str, str]) -> str:
    """Read a secret, the first line of its file. Raises ConfigInvalid, which never repeats the secret."""
    if isinstance(source, SecretFile):
        return _read_line(source.path, is_guarded_by_systemd=False)
    folder = environment.get(CREDENTIALS_DIRECTORY)
    if not folder:
        hint = f"Add LoadCredential={source.name}:/path/of/the/file to the unit, or name a password_file."
        raise ConfigInvalid(f"credential {source.name} is not there: systemd handed none over", hint=hint)
    return _read_line(Path(folder, source.name), is_guarded_by_systemd=True)


def secrets_of(config: Config) -> Iterator[tuple[SecretFile | SystemdCredential, str]]:
    """Every secret that the configuration names, and what waits while it is not there."""
    match config.mail:
        case MailConfig(login=MailLogin(password=password)):
            yield password, "letters wait in the spool"
        case _:
            pass
    for address in (*config.alerts.webhook, *config.alerts.ping):
        yield address, "alerts wait"
    if isinstance(config.evidence, EvidenceConfig) and isinstance(config.evidence.key, SecretFile | SystemdCredential):
        yield config.evidence.key, "cycles are left unsealed"
    for place in config.archive.places:
        if isinstance(place, BucketPlace):
            yield place.secret, f"copies for {place.name} wait"


def mail_secret(config: Config) -> tuple[SecretFile, ...]:
    """The file of the mail password, where the configuration names one."""
    match config.mail:
        case MailConfig(login=MailLogin(password=SecretFile() as file)):
            return (file,)
        case _:
            return ()


def _read_line(path: Path, *, is_guarded_by_systemd: bool) -> str:
    try:
        with path.open("rb") as file:
            _refuse_open_mode(path, os.fstat(file.fileno()), is_guarded_by_systemd=is_guarded_by_systemd)
            line = file.readline(_LONGEST_BYTES).rstrip(b"\r\n")
            secret = line.decode()
    except OSError as error:
        raise ConfigInvalid(f"secret file {path} cannot be read: {error.strerror}", hint="Check its path.") from error
    except UnicodeDecodeError:
        raise ConfigInvalid(f"secret file {path} is not UTF-8", hint="Write the secret as text.") from None
    if not secret:
        raise ConfigInvalid(f"secret file {path} has an empty first line", hint="Write the secret there.")
    return secret


def _refuse_open_mode(path: Path, found: os.stat_result, *, is_guarded_by_systemd: bool) -> None:
    """A credential's mode shows the mask of its access list, so systemd is trusted with that."""
    if not stat.S_ISREG(found.st_mode):
        raise ConfigInvalid(f"secret file {path} is not a regular file", hint="Write the secret into a file.")
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077 and not is_guarded_by_systemd:
        raise ConfigInvalid(f"secret file {path} is open to others (mode {mode:04o})", hint=f"Run: chmod 600 {path}")
