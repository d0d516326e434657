"""From the configuration to the equipment: the only room that names concrete classes."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from dfwarm.config import values
from dfwarm.config.secret import CREDENTIALS_DIRECTORY, read_secret
from dfwarm.config.values import (
    AgentHeld,
    AllStudies,
    Arrangement,
    AuthorityFile,
    BucketPlace,
    Config,
    DropBoxPlace,
    EvidenceConfig,
    FolderPlace,
    LocalReach,
    MailConfig,
    MailLogin,
    NoEvidence,
    NoMail,
    SystemdCredential,
)
from dfwarm.equipment.alarms import Alarms
from dfwarm.equipment.archive import Archive
from dfwarm.equipment.audit import AuditTrail, actor_of_process
from dfwarm.equipment.bare_folders import bare_folders
from dfwarm.equipment.build import build_digest
from dfwarm.equipment.deviations import Deviations
from dfwarm.equipment.gentle import gently
from dfwarm.equipment.history import History
from dfwarm.equipment.host import LocalHost, SshHost
from dfwarm.equipment.ledger import Ledger
from dfwarm.equipment.listing_question import HeadStart
from dfwarm.equipment.lock import is_pair_locked
from dfwarm.equipment.log_key import LogKey
from dfwarm.equipment.mail import Login, NoLogin, Protection, Route
from dfwarm.equipment.outbox import Outbox
from dfwarm.equipment.packing import Press
from dfwarm.equipment.places import DropBox, Folder, Place
from dfwarm.equipment.postman import NoRoute, Postman
from dfwarm.equipment.process import run
from dfwarm.equipment.receipts import Receipts
from dfwarm.equipment.ruling import Rulings
from dfwarm.equipment.seen import Seen
from dfwarm.equipment.shipped import ShippedShelf
from dfwarm.equipment.spool import Spool
from dfwarm.equipment.unsealed import NoSealer, Sealer, look_at_seal
from dfwarm.equipment.webhook import Address
from dfwarm.errors import ApprovalRefused, DfwarmError, KeyUnusable
from dfwarm.evidence.hold import HoldRecord
from dfwarm.evidence.metrics import StudyFigures, render_metrics
from dfwarm.evidence.seal import SealFacts
from dfwarm.facts.audit import Actor, read_trail
from dfwarm.facts.fact import Transcript
from dfwarm.facts.hostkey import pinned_keys
from dfwarm.facts.ledger import Act, read_ledger, torn_tail
from dfwarm.facts.reach import SshReach
from dfwarm.facts.ruling import CONTROLLER, Claim
from dfwarm.hosts import Hosts, head_start_of, hold_pair, host_of
from dfwarm.plan import questions
from dfwarm.plan.cycle import CycleOrder, WhenActive
from dfwarm.plan.due import due_studies, last_begun, may_be_due
from dfwarm.plan.hold import (
    HOLD,
    ApprovedPlan,
    describe_hold_approval,
    digest_of,
    open_approval,
    read_plan,
    refuse_approval,
)
from dfwarm.plan.recovery import next_sequence
from dfwarm.plan.schedule import Schedule
from dfwarm.plan.scope import ScopeOrder, order_scope
from dfwarm.procedures.copying import Copying
from dfwarm.procedures.earlier import last_equivalent, last_freezes
from dfwarm.procedures.follow import RUN_SECONDS, Follower, FollowOrder, Proven
from dfwarm.procedures.freshness import Freshness, look_at_freshness
from dfwarm.procedures.kit import Host, Kit, Sides
from dfwarm.procedures.story import Audience
from dfwarm.terms import CycleId, HostName, Outcome, Side, StudyNumber, spell_duration

if TYPE_CHECKING:
    from dfwarm.equipment.authority import Authority
    from dfwarm.equipment.catalogue.catalogue import Catalogue
    from dfwarm.equipment.signer import Signer as KeyHolder
    from dfwarm.equipment.trust_folder import TrustFolder
    from dfwarm.evidence.signers import Signer

KEY_ON_STANDBY = "WARNING: the evidence key lies on the standby itself; whoever breaks into it can seal what is not so."
CONFIGURATION_CHANGED = "configuration changed"
CLOCK_LIMIT_MS = 2_000
REPORT_SECONDS = 3_600
TRANSFER_SECONDS = 24 * 3_600


@dataclass(frozen=True, slots=True)
class Site:
    """One pair as configured, with the places where its state lies."""

    config: Config
    hosts: Hosts = field(default_factory=dict)
    begun: HeadStart | None = None

    @property
    def archive(self) -> Archive:
        """The records."""
        return Archive(self.config.pair.state / "records")

    @property
    def history(self) -> History:
        """The logs of statements, one a study, and the key that signs their checkpoints."""
        state, pair = self.config.pair.state, self.config.pair.name
        key = LogKey(f"dfwarm/{pair}", state / "keys" / "log.seed", state / "log" / "log.vkeys")
        evidence = self.config.evidence
        trust = () if isinstance(evidence, NoEvidence) else (evidence.trust,)
        return History(state / "log", pair, key, now, trust)

    @property
    def copying(self) -> Copying:
        """Whoever copies the evidence to the other places."""
        state = self.config.pair.state
        return Copying(
            places=tuple(_place(place, self.config.archive.retention_years) for place in self.config.archive.places),
            receipts=Receipts(state / "receipts.jsonl"),
            outbox=Outbox(state / "outbox"),
            archive=self.archive,
            history=self.history,
            audit=self.audit,
            now=now,
        )

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
        with hold_pair(self.config):
            self.note_configuration()
            yield

    def note_configuration(self) -> None:
        """Write down that the configuration is another one than dfwarm last acted by, with the lines that changed."""
        seen = Seen(self.config.pair.state / "configuration.seen.toml")
        change = seen.compare(self.config.text)
        if change:
            after = f"sha256 {change.after}\n{change.lines}".rstrip("\n")
            before = f"sha256 {change.before}" if change.before else ""
            self.audit.append(CONFIGURATION_CHANGED, str(self.config.path), before=before, after=after)
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
        begun = self.begun or head_start_of(self.config)
        return Kit(
            production=self._claiming(self.host(Side.PRODUCTION)),
            standby=self._claiming(self.host(Side.STANDBY)),
            run_rsync=self._writer(),
            bare_folders=bare_folders,
            ledger=self.ledger(),
            archive=self.archive,
            history=self.history,
            listings=begun.listings,
            head_start=begun,
            press=Press(),
            sealer=self.sealer(),
            post=self.postman(),
            alarms=self.alarms,
            audience=audience,
            audit=self.audit,
            now=now,
            wait=time.sleep,
        )

    @property
    def rulings(self) -> Rulings:
        """What this controller was told of who rules."""
        return Rulings(self.config.pair.state / "authority", CONTROLLER)

    @property
    def claim(self) -> Claim:
        """By which epoch this controller acts; 0, which no gate takes, where it was never told."""
        pair = self.config.pair.name
        return Claim(pair, self.rulings.find(pair).epoch)

    def _claiming(self, host: Host) -> Host:
        """Let a host hear by which epoch it is asked to keep people out, as this controller knew it when it began."""
        if isinstance(host, LocalHost | SshHost):
            host.claim = self.claim.word
        return host

    def _writer(
        self, run_rsync: Callable[..., Transcript] | None = None
    ) -> Callable[[tuple[str, ...], bytes, Callable[[bytes], None]], Transcript]:
        """
        Whoever starts rsync: each time it may write only by the epoch that holds then at the side that it writes to.

        On this host the standby's own record is read and its lock is lent to rsync; over ssh its gate does both. The
        epoch is the one that this controller knew when it began, so that a paused one that wakes up is refused.
        """
        starts = run_rsync or _run_rsync
        claim, reach = self.claim, self.config.standby.reach
        if isinstance(reach, SshReach):
            return partial(starts, told=(f"--rsync-path=epoch={claim.epoch} rsync",))
        receiver = Rulings(Path(reach.site.state) / "authority", Side.STANDBY.value)

        def write(argv: tuple[str, ...], stdin: bytes, listen: Callable[[bytes], None]) -> Transcript:
            with receiver.admitted(claim) as lock:
                return starts(argv, stdin, listen, lends=(lock,))

        return write

    def scope(self) -> ScopeOrder:
        """The scope policy against the last approval, read without the lock. Raises LedgerBroken."""
        content = self.ledger_path.read_bytes() if self.ledger_path.exists() else b""
        return order_scope(self.config.scope, read_ledger(content[: len(content) - len(torn_tail(content))]))

    @property
    def named_studies(self) -> tuple[StudyNumber, ...]:
        """The studies that the configuration names; none where it says all."""
        chosen = self.config.pair.studies
        return () if isinstance(chosen, AllStudies) else chosen.numbers

    def sealer(self) -> Sealer:
        """Whoever seals the evidence, if the site has a key."""
        evidence = self.config.evidence
        if isinstance(evidence, NoEvidence):
            return NoSealer("the configuration names no evidence key ([evidence])")
        from dfwarm.equipment.sealer import KeySealer

        return KeySealer(
            signer=lambda: self.signer(evidence),
            trust=self.trust(evidence),
            authorities=self.authorities(evidence),
            now=now,
            warnings=self.key_warnings,
        )

    @property
    def key_warnings(self) -> tuple[str, ...]:
        """What stays to be said of the evidence key until the site changes."""
        evidence = self.config.evidence
        if isinstance(evidence, NoEvidence) or isinstance(evidence.key, AgentHeld):
            return ()
        stands_badly = self.config.arrangement is Arrangement.PULL and evidence.is_key_allowed_on_standby
        return (KEY_ON_STANDBY,) if stands_badly else ()

    def seals(self, studies: Iterable[StudyNumber]) -> dict[str, SealFacts]:
        """How the last cycle of each study is sealed, by its own word."""
        last = {study: self.archive.cycles(study)[-1:] for study in studies}
        return {
            f"{study:03d}": look_at_seal(self.archive.place(each)) for study, found in last.items() for each in found
        }

    @property
    def principal(self) -> str:
        """The name under which the evidence of this pair is sealed."""
        return f"evidence@{self.config.pair.name}"

    def trust(self, evidence: EvidenceConfig) -> "TrustFolder":
        """What a verification trusts."""
        from dfwarm.equipment.trust_folder import TrustFolder

        return TrustFolder(evidence.trust)

    def authorities(self, evidence: EvidenceConfig) -> "tuple[Authority, ...]":
        """The time-stamp authorities, in the order in which a statement names them."""
        from dfwarm.equipment.authority import HttpAuthority, LocalAuthority

        remote = (HttpAuthority(url, evidence.answer_within_seconds) for url in evidence.authorities)
        return (*remote, *(LocalAuthority(folder) for folder in evidence.local_authority))

    def signer(self, evidence: EvidenceConfig) -> "KeyHolder":
        """The evidence key. Raises KeyUnusable."""
        from dfwarm.equipment.agent import Agent
        from dfwarm.equipment.signer import AgentKey, read_key_file, read_public_file

        if isinstance(evidence.key, AgentHeld):
            return AgentKey(read_public_file(evidence.key.public), Agent(_agent_socket(evidence.key)))
        if self.config.arrangement is Arrangement.PULL and not evidence.is_key_allowed_on_standby:
            raise KeyUnusable(
                "the evidence key lies on the standby that pulls, where whoever breaks in could seal what is not so",
                hint="Let an ssh-agent of another host hold it (key_agent), or write allow_key_on_standby = true.",
            )
        if isinstance(evidence.key, SystemdCredential):
            return read_key_file(_credential(evidence.key), is_guarded_by_systemd=True)
        return read_key_file(evidence.key.path)

    def host_keys(self) -> Mapping[Side, tuple[str, ...]]:
        """The fingerprints of the keys that are pinned for each side."""
        return {side: _pinned(self.config.side(side).reach) for side in Side}

    @property
    def alarms(self) -> Alarms:
        """Whoever tells people beside the mail."""
        wanted, seconds = self.config.alerts, float(self.config.alerts.answer_within_seconds)
        webhook, switch = (
            next((Address(partial(read_secret, source, os.environ), seconds) for source in sources), None)
            for sources in (wanted.webhook, wanted.ping)
        )
        folder, pair = self.config.pair.state / "alerts", self.config.pair.name
        return Alarms(folder, pair, webhook, switch, wanted.is_chat, seconds, now)

    @property
    def acknowledge_within_seconds(self) -> int:
        """How long an alert test waits for a person."""
        return self.config.alerts.acknowledge_within_seconds

    def freshness(self) -> tuple[Freshness, ...]:
        """How old the last proven time point of each study is."""
        return tuple(
            look_at_freshness(
                self.archive,
                study,
                lambda wanted: self.catalogue.entries(wanted),  # noqa: PLW0108  (loaded when it is asked)
                now=now(),
                rpo_seconds=self.config.pair.rpo_seconds,
            )
            for study in sorted({*self.named_studies, *self.archive.studies()})
        )

    def metrics(self) -> str:
        """The figures for Prometheus."""
        figures = (
            StudyFigures(
                each.study,
                each.proven_as_of,
                each.rpo_seconds,
                Outcome(each.last_outcome).exit_code if each.last_outcome else -1,
            )
            for each in self.freshness()
        )
        pair, waiting = self.config.pair.name, len(self.alarms.waiting())
        return render_metrics(pair, figures, self.rulings.find(pair).epoch, waiting, now())

    def write_metrics(self) -> None:
        """Write the figures where the configuration asks for it, for others to read. A full disk costs no cycle."""
        for path in self.config.alerts.metrics:
            with suppress(OSError):
                aside = path.with_name(f".{path.name}.{os.getpid()}")
                aside.write_text(self.metrics())
                aside.chmod(0o644)
                aside.replace(path)

    def life_lines(self) -> tuple[str, ...]:
        """A line for each study, and one on who rules."""
        told = (
            f"study {each.study:03d}: "
            + (f"proven {spell_duration(each.age_seconds)} ago" if each.age_seconds >= 0 else "never proven")
            + f", {'within' if each.is_within_rpo else 'NOT WITHIN'} the promise; last cycle {each.last_outcome or '-'}"
            for each in self.freshness()
        )
        return (*told, f"authority: {self.rulings.find(self.config.pair.name).say()}")

    def postman(self, *, is_escalated: bool = False) -> Postman:
        """Whoever delivers the letters, or keeps them in the spool."""
        others = self.config.alerts.escalate_to
        if is_escalated and others and isinstance(self.config.mail, MailConfig):
            route = route_of(replace(self.config.mail, recipients=others))
            return Postman(route, Spool(self.config.pair.state / "spool-escalated"), now)
        return Postman(route_of(self.config.mail), Spool(self.config.pair.state / "spool"), now)

    def order(self, ledger: Ledger, study: StudyNumber, *, mends: bool = False, kind: str = "manual") -> CycleOrder:
        """The order for the next cycle of a study."""
        pair, transfer = self.config.pair, self.config.transfer
        return CycleOrder(
            cycle=CycleId(study, next_sequence(ledger.lines, study)),
            pair=pair.name,
            freeze=self.config.freeze,
            earlier_freezes=last_freezes(self.archive, study),
            when_active=WhenActive(pair.activity.value),
            wait_at_most_seconds=pair.wait_at_most_seconds,
            scope=order_scope(self.config.scope, ledger.lines),
            studies=self.named_studies,
            limits=self.config.limits,
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
            kind=kind,
            host_keys=self.host_keys(),
            build_digest=build_digest(),
            approved_hold=self._approved_hold(ledger, study),
            ran_by=_names_of(actor_of_process()),
            ruled=self.rulings.find(pair.name),
            labels=self.config.labels,
        )

    def _approved_hold(self, ledger: Ledger, study: StudyNumber) -> ApprovedPlan | None:
        """The plan that was held back last and may be carried out now. Raises ApprovalRefused where it was altered."""
        approval = open_approval(ledger.lines, study)
        return read_plan(approval, self.archive.read_file(approval.held, HOLD)) if approval else None

    def approve_hold(self, ledger: Ledger, held: CycleId, *, by: str, reason: str) -> None:
        """Let a second person approve the plan that a cycle was held for. Raises ApprovalRefused. Hold the lock."""
        content, record = self.held_plan(held)
        actor = actor_of_process(by)
        from dfwarm.evidence.signers import names_of_person

        register, first = self._register(), self._first_persons(record)
        known = first.union(*(names_of_person(register, name) for name in first))
        for name in (by, *filter(None, (actor.sudo,)), *names_of_person(register, by)):
            refuse_approval(ledger.lines, held, name, known)
        digest = digest_of(content)
        self.audit.append("hold approved", str(held), by=by, reason=reason, after=f"sha256 {digest}")
        ledger.append(Act.APPROVAL, "", **describe_hold_approval(held, digest, by=by, reason=reason))

    def held_plan(self, held: CycleId) -> tuple[bytes, HoldRecord]:
        """The plan that a cycle was held for, and what its record says. Raises ApprovalRefused where there is none."""
        found = self.archive.read(held).hold
        if found is None or not found.is_held:
            raise ApprovalRefused(f"cycle {held} was not held, so there is nothing to approve")
        content = self.archive.read_file(held, HOLD)
        if digest_of(content) != found.plan_digest:
            raise ApprovalRefused(f"the plan of {held} was altered since it was held")
        return content, found

    def _register(self) -> "tuple[Signer, ...]":
        """The people that are enrolled, also those who were; nobody where there is no trust folder."""
        evidence = self.config.evidence
        return () if isinstance(evidence, NoEvidence) else self.trust(evidence).reviewers()

    def _first_persons(self, hold: HoldRecord) -> frozenset[str]:
        """The names of those who ran the held cycle, or changed the configuration last."""
        changes = [entry for entry, _ in read_trail(self.audit.content) if entry.act == CONFIGURATION_CHANGED]
        return frozenset((*hold.ran_by, *(_names_of(changes[-1].actor) if changes else ())))

    def follower(self, study: StudyNumber) -> Follower:
        """Whoever ships what is new of a study between cycles. Hold no lock around it."""
        production, standby = self.host(Side.PRODUCTION), self.host(Side.STANDBY)
        wanted, pair_lock_file = self.config.follow, self.config.pair.state / "pair.lock"
        return Follower(
            order=FollowOrder(study, self.config.pair.name, self.scope(), wanted.bandwidth_kib, wanted.whole_seconds),
            hosts=Sides(production, standby),
            production=production,
            standby=standby,
            run_rsync=self._writer(_run_gently),
            shelf=self.shipped,
            is_wanted=lambda: is_pair_locked(pair_lock_file),
            now=now,
        )

    @property
    def shipped(self) -> ShippedShelf:
        """What was shipped between cycles."""
        return ShippedShelf(self.config.pair.state / "follow")

    def proven(self, study: StudyNumber) -> Proven | None:
        """The last cycle of a study that proved equality."""
        last = last_equivalent(self.archive, study)
        return Proven(last.cycle, last.as_of) if last.as_of else None

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
        """
        The studies of the pair: those that are named, or all that production registers or has registered once.

        One that was proven and vanished from production's list is among them until the configuration ends it, so that
        its cycle fails and people are told. So are all such where production does not say what it registers.
        """
        chosen = self.config.pair.studies
        if not isinstance(chosen, AllStudies):
            return chosen.numbers
        known = set(self.archive.studies()) - set(chosen.ended)
        proven = {study for study in known if last_equivalent(self.archive, study).as_of}
        try:
            registered = self._registered()
        except DfwarmError:
            if not proven:
                raise
            registered = ()
        return tuple(sorted({*registered, *proven}))

    def _registered(self) -> tuple[StudyNumber, ...]:
        production = self.host(Side.PRODUCTION)
        try:
            return production.ask(questions.studies()).value
        finally:
            if not self.hosts:
                production.close()


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def _names_of(actor: Actor) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in (actor.account, actor.sudo, actor.by) if name))


def software() -> str:
    """Name the program and its version."""
    return f"dfwarm {version('dfwarm')}"


def _agent_socket(key: AgentHeld) -> str:
    return key.socket or os.environ.get("SSH_AUTH_SOCK", "")


def _credential(key: SystemdCredential) -> Path:
    folder = os.environ.get(CREDENTIALS_DIRECTORY, "")
    if not folder:
        hint = f"Add LoadCredential={key.name}:/path/of/the/key to the unit, or name a key_file."
        raise KeyUnusable(f"credential {key.name} is not there: systemd handed none over", hint=hint)
    return Path(folder, key.name)


def _pinned(reach: SshReach | LocalReach) -> tuple[str, ...]:
    if not isinstance(reach, SshReach) or not reach.known_hosts.exists():
        return ()
    found = pinned_keys(reach.known_hosts.read_bytes(), reach.host, reach.port)
    return tuple(f"{key.kind} {key.fingerprint}" for key in found if not key.is_revoked)


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


def _place(place: FolderPlace | DropBoxPlace | BucketPlace, retention_years: int) -> Place:
    if isinstance(place, FolderPlace):
        return Folder(place.name, place.folder)
    if isinstance(place, BucketPlace):
        from dfwarm.equipment.bucket import Address, Bucket

        where = (place.endpoint, place.region, place.bucket, place.prefix)
        address = Address(*where, place.access_key, place.authorities, place.deadline_seconds)
        return Bucket(place.name, address, lambda: read_secret(place.secret, os.environ), retention_years, now)
    return DropBox(place.name, place.reach, place.readers, place.deadline_seconds)


def _login(login: MailLogin | values.NoLogin) -> Login | NoLogin:
    if isinstance(login, values.NoLogin):
        return NoLogin()
    return Login(login.user, lambda: read_secret(login.password, os.environ))


def _run_gently(
    argv: tuple[str, ...],
    stdin: bytes,
    listen: Callable[[bytes], None],
    *,
    told: tuple[str, ...] = (),
    lends: tuple[int, ...] = (),
) -> Transcript:
    return _run(gently((*argv[:1], *told, *argv[1:])), stdin, listen, lends, RUN_SECONDS)


def _run_rsync(
    argv: tuple[str, ...],
    stdin: bytes,
    listen: Callable[[bytes], None],
    *,
    told: tuple[str, ...] = (),
    lends: tuple[int, ...] = (),
) -> Transcript:
    return _run((*argv[:1], *told, *argv[1:]), stdin, listen, lends, TRANSFER_SECONDS)


def _run(
    argv: tuple[str, ...], stdin: bytes, listen: Callable[[bytes], None], lends: tuple[int, ...], seconds: int
) -> Transcript:
    return run(argv, host=HostName("controller"), deadline_seconds=seconds, stdin=stdin, listen=listen, lends=lends)
