"""What the units of a pair need on this host, by its configuration: folders, files, secrets."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from dfwarm.config.secret import secrets_of
from dfwarm.config.values import (
    AgentHeld,
    AuthorityFile,
    BucketPlace,
    Config,
    DropBoxPlace,
    EvidenceConfig,
    FolderPlace,
    LocalReach,
    MailConfig,
    MailLogin,
    SecretFile,
    SystemdCredential,
)
from dfwarm.datafax.registration import parse_studies_db
from dfwarm.errors import StudyUnknown
from dfwarm.facts.reach import SshReach
from dfwarm.facts.site import HostSite
from dfwarm.plan.installation import Credential, Installation
from dfwarm.plan.schedule import Schedule
from dfwarm.terms import Side


def plan_installation(
    config: Config, name: str, writable: tuple[Path, ...], mail_password: Path | None
) -> Installation:
    """What the units of a pair have to fit on this host. Raises StudyUnknown."""
    sites = local_sites(config)
    studies = tuple(folder for site in sites if site.side is Side.STANDBY for folder in _study_folders(site, writable))
    folders = (*(os.fsdecode(site.datafax_dir) for site in sites), *studies, *map(str, writable))
    state, outside = str(config.pair.state), tuple(_evidence_folders(config))
    return Installation(
        name=name,
        pair=config.pair.name,
        program=(sys.executable, "-I", "-m", "dfwarm", "--config", str(config.path.absolute())),
        schedule=Schedule.parse(config.schedule.every, config.schedule.zone),
        writable=tuple(dict.fromkeys((state, *folders, *outside))),
        needed=(sys.executable, __file__, str(config.path.absolute()), state, *folders, *outside, *_read_files(config)),
        credentials=_credentials(config, mail_password),
        has_alerts=config.alerts.is_wanted,
        writes_standby=any(site.side is Side.STANDBY for site in sites),
        follows=config.follow.is_wanted,
        copies=bool(config.archive.places),
    )


def local_sites(config: Config) -> tuple[HostSite, ...]:
    """The sites of the sides that are this host."""
    reaches = (config.production.reach, config.standby.reach)
    return tuple(reach.site for reach in reaches if isinstance(reach, LocalReach))


def _study_folders(site: HostSite, writable: tuple[Path, ...]) -> tuple[str, ...]:
    """Where rsync writes: the study folders that this host registers. With --writable the operator knows better."""
    studies_db = Path(os.fsdecode(site.datafax_dir), "lib", "DFstudies.db")
    try:
        registrations = parse_studies_db(studies_db.read_bytes())
    except OSError as error:
        if writable:
            return ()
        hint = "Run this on the host itself, or name the folders of the studies with --writable."
        raise StudyUnknown(f"{studies_db} cannot be read: {error.strerror}", hint=hint) from error
    return tuple(os.fsdecode(registration.study_dir) for registration in registrations)


def _evidence_folders(config: Config) -> Iterator[str]:
    """Where evidence goes beside the state: what is trusted, a local authority, copies, figures."""
    folders: list[Path] = []
    if isinstance(config.evidence, EvidenceConfig):
        folders += (config.evidence.trust, *config.evidence.local_authority)
    folders += (place.folder for place in config.archive.places if isinstance(place, FolderPlace))
    folders += (file.parent for file in config.alerts.metrics)
    yield from (str(folder) for folder in folders if not folder.is_relative_to(config.pair.state))


def _read_files(config: Config) -> Iterator[str]:
    """The files that a unit reads: keys, pinned hosts, authorities, secrets."""
    reaches = [side.reach for side in (config.production, config.standby) if isinstance(side.reach, SshReach)]
    for place in config.archive.places:
        if isinstance(place, DropBoxPlace):
            reaches.append(place.reach)
            yield from map(str, place.readers)
        elif isinstance(place, BucketPlace):
            yield from map(str, place.authorities)
    yield from (str(file) for reach in reaches for file in (reach.identity_file, reach.known_hosts))
    if isinstance(config.mail, MailConfig) and isinstance(config.mail.authorities, AuthorityFile):
        yield str(config.mail.authorities.path)
    if isinstance(config.evidence, EvidenceConfig) and isinstance(config.evidence.key, AgentHeld):
        yield from filter(None, (str(config.evidence.key.public), config.evidence.key.socket))
    yield from (str(secret.path) for secret, _ in secrets_of(config) if isinstance(secret, SecretFile))


def _credentials(config: Config, mail_password: Path | None) -> tuple[Credential, ...]:
    """Every secret that systemd hands over, read from `/etc/dfwarm/NAME`. Two places may share one."""
    named = {secret.name: lack for secret, lack in secrets_of(config) if isinstance(secret, SystemdCredential)}
    files = {name: f"/etc/dfwarm/{name}" for name in named}
    match config.mail:
        case MailConfig(login=MailLogin(password=SystemdCredential(name=name))):
            files[name] = str(mail_password.absolute()) if mail_password else files[name]
        case _ if mail_password:
            raise click.UsageError("--mail-password is for a password_credential, and the configuration names none")
        case _:
            pass
    return tuple(Credential(name, files[name], lack) for name, lack in named.items())
