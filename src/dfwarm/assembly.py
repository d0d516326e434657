"""From the configuration to the equipment: the only room that names concrete classes."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from dfwarm.config import values
from dfwarm.config.secret import read_secret
from dfwarm.config.values import AllStudies, AuthorityFile, Config, Hold, MailConfig, MailLogin, NoMail
from dfwarm.equipment.archive import Archive
from dfwarm.equipment.audit import AuditTrail
from dfwarm.equipment.bare_folders import bare_folders
from dfwarm.equipment.deviations import Deviations
from dfwarm.equipment.history import History
from dfwarm.equipment.ledger import Ledger
from dfwarm.equipment.listings import Listings
from dfwarm.equipment.lock import pair_lock
from dfwarm.equipment.log_key import LogKey
from dfwarm.equipment.mail import Login, NoLogin, Protection, Route
from dfwarm.equipment.postman import NoRoute, Postman
from dfwarm.equipment.process import run
from dfwarm.equipment.seen import Seen
from dfwarm.equipment.spool import Spool
from dfwarm.facts.fact import Transcript
from dfwarm.hosts import Hosts, host_of
from dfwarm.plan import questions
from dfwarm.plan.budget import Limits
from dfwarm.plan.cycle import CycleOrder, Earlier, WhenActive
from dfwarm.plan.due import due_studies, last_begun, may_be_due
from dfwarm.plan.recovery import next_sequence
from dfwarm.plan.schedule import Schedule
from dfwarm.plan.scope import order_scope
from dfwarm.procedures.kit import Host, Kit
from dfwarm.procedures.story import Audience
from dfwarm.terms import CycleId, HostName, Outcome, Side, StudyNumber

if TYPE_CHECKING:
    from dfwarm.equipment.catalogue.catalogue import Catalogue

CLOCK_LIMIT_MS = 2_000
REPORT_SECONDS = 3_600
TRANSFER_SECONDS = 24 * 3_600


@dataclass(frozen=True, slots=True)
class Site:
    """One pair as configured, with the places where its state lies."""

    config: Config
    hosts: Hosts = field(default_factory=dict)

    @property
    def archive(self) -> Archive:
        """The records."""
        return Archive(self.config.pair.state / "records")

    @property
    def history(self) -> History:
        """The logs of statements, one a study, and the key that signs their checkpoints."""
        state, pair = self.config.pair.state, self.config.pair.name
        key = LogKey(f"dfwarm/{pair}", state / "keys" / "log.seed", state / "log" / "log.vkeys")
        return History(state / "log", pair, key, now)

    @property
    def catalogue(self) -> "Catalogue":
        """The index over the records. Its libraries are loaded when it is asked for."""
        from dfwarm.equipment.catalogue.catalogue import Catalogue
        from dfwarm.equipment.catalogue.database import Database

        return Catalogue(Database(self.config.pair.state / "index.sqlite", self.config.index_url), self.archive)

    @property
    def deviations(self) -> Deviations:
        """The accepted differences."""
        return Deviations(self.config.pair.state / "deviations")

    @property
    def audit(self) -> AuditTrail:
        """The audit trail of what operators did: `site.audit.append(act, subject, by=..., reason=...)`."""
        return AuditTrail(self.config.pair.state / "audit.jsonl", now)

    @property
    def ledger_path(self) -> Path:
        """The ledger."""
        return self.config.pair.state / "ledger.jsonl"

    def ledger(self) -> Ledger:
        """Open the ledger. Hold the lock to write in it."""
        return Ledger.open(self.ledger_path, now)

    def host(self, side: Side) -> Host:
        """The host of a side: the one whose gate is on its way already, or one of its own."""
        return self.hosts.get(side) or host_of(self.config, side)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the pair's lock. Whatever is written under it is for its owner alone."""
        os.umask(0o077)
        with pair_lock(self.config.pair.state / "pair.lock"):
            self._note_configuration()
            yield

    def _note_configuration(self) -> None:
        """Write down that the configuration is another one than dfwarm last acted by, with the lines that changed."""
        seen = Seen(self.config.pair.state / "configuration.seen.toml")
        change = seen.compare(self.config.text)
        if change:
            after = f"sha256 {change.after}\n{change.lines}".rstrip("\n")
            before = f"sha256 {change.before}" if change.before else ""
            self.audit.append("configuration changed", str(self.config.path), before=before, after=after)
            seen.keep(self.config.text)

    @contextmanager
    def kit(self, audience: Audience) -> Iterator[Kit]:
        """The equipment of the pair for the length of a block. Hold the lock around it."""
        kit = self._kit(audience)
        try:
            yield kit
        finally:
            kit.close()

    def _kit(self, audience: Audience) -> Kit:
        return Kit(
            production=self.host(Side.PRODUCTION),
            standby=self.host(Side.STANDBY),
            run_rsync=_run_rsync,
            bare_folders=bare_folders,
            ledger=self.ledger(),
            archive=self.archive,
            history=self.history,
            listings=Listings(self.config.pair.state / "listings"),
            post=self.postman(),
            audience=audience,
            audit=self.audit,
            now=now,
            wait=time.sleep,
        )

    def postman(self) -> Postman:
        """Whoever delivers the letters, or keeps them in the spool."""
        return Postman(route_of(self.config.mail), Spool(self.config.pair.state / "spool"), now)

    def order(self, ledger: Ledger, study: StudyNumber, *, mends: bool = False) -> CycleOrder:
        """The order for the next cycle of a study."""
        pair, transfer = self.config.pair, self.config.transfer
        return CycleOrder(
            cycle=CycleId(study, next_sequence(ledger.lines, study)),
            pair=pair.name,
            holds_production=pair.hold is Hold.DISABLE,
            when_active=WhenActive(pair.activity.value),
            wait_at_most_seconds=pair.wait_at_most_seconds,
            scope=order_scope(self.config.scope, ledger.lines),
            studies=() if isinstance(pair.studies, AllStudies) else pair.studies.numbers,
            limits=Limits(transfer.shrink_at_most.basis_points, transfer.delete_at_most.basis_points),
            bandwidth_kib=transfer.bandwidth_kib,
            io_timeout_seconds=transfer.io_timeout_seconds,
            question_seconds=REPORT_SECONDS,
            clock_limit_ms=CLOCK_LIMIT_MS,
            rpo_seconds=pair.rpo_seconds,
            config_digest=self.config.digest,
            software=software(),
            earlier=last_equivalent(self.archive, study),
            mends=mends,
            deviations=self.deviations.of(study),
        )

    @property
    def schedule(self) -> Schedule:
        """When cycles begin."""
        return Schedule.parse(self.config.schedule.every, self.config.schedule.zone)

    def due_studies(self, named: tuple[StudyNumber, ...]) -> tuple[StudyNumber, ...]:
        """Those of the named studies, or of all, that are due. Production is asked only when some may be."""
        begun = last_begun(self.ledger_path.read_bytes() if self.ledger_path.exists() else b"")
        if (
            not named
            and isinstance(self.config.pair.studies, AllStudies)
            and not may_be_due(begun, self.schedule, now())
        ):
            return ()
        return due_studies(named or self.studies(), begun, self.schedule, now())

    def studies(self) -> tuple[StudyNumber, ...]:
        """The studies of the pair: those that are named, or all that production registers."""
        chosen = self.config.pair.studies
        if not isinstance(chosen, AllStudies):
            return chosen.numbers
        production = self.host(Side.PRODUCTION)
        try:
            return production.ask(questions.studies()).value
        finally:
            if not self.hosts:
                production.close()


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def software() -> str:
    """Name the program and its version."""
    return f"dfwarm {version('dfwarm')}"


def route_of(mail: MailConfig | NoMail) -> Route | NoRoute:
    """The way that letters take. A password is read only when it is needed."""
    if isinstance(mail, NoMail):
        return NoRoute()
    return Route(
        host=mail.host,
        port=mail.port,
        protection=Protection(mail.security.value),
        sender=mail.sender,
        recipients=mail.recipients,
        login=_login(mail.login),
        authorities=(mail.authorities.path,) if isinstance(mail.authorities, AuthorityFile) else (),
    )


def _login(login: MailLogin | values.NoLogin) -> Login | NoLogin:
    if isinstance(login, values.NoLogin):
        return NoLogin()
    return Login(login.user, lambda: read_secret(login.password, os.environ))


def last_equivalent(archive: Archive, study: StudyNumber) -> Earlier:
    """What the last cycle that proved equality left to compare with."""
    for cycle in reversed(archive.cycles(study)):
        record = archive.read(cycle)
        if record.outcome in (Outcome.EQUIVALENT, Outcome.EQUIVALENT_WITH_DEVIATIONS) and record.trees:
            return Earlier(str(cycle), record.as_of, record.trees.compared, record.trees.bytes)
    return Earlier("", None, 0, 0)


def _run_rsync(argv: tuple[str, ...], stdin: bytes, listen: Callable[[bytes], None]) -> Transcript:
    return run(argv, host=HostName("controller"), deadline_seconds=TRANSFER_SECONDS, stdin=stdin, listen=listen)
