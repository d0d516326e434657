"""From the tables of the file to the values that leave this floor."""

from dataclasses import replace
from pathlib import Path

from dfwarm.config import values
from dfwarm.config.alerting import AlertsTable
from dfwarm.config.amounts import bandwidth, duration, release_numbers, share
from dfwarm.config.doors import GateTable
from dfwarm.config.freezing import FollowTable, SnapshotTable
from dfwarm.config.keeping import ArchiveTable, PlaceTable
from dfwarm.config.kinds import Reach
from dfwarm.config.names import command, study_number
from dfwarm.config.paths import absolute_path, exclusion_path, records_pattern, relative_glob, replicated_pattern
from dfwarm.config.schema import (
    EvidenceTable,
    FileTable,
    FreezeTable,
    MailTable,
    PairTable,
    SideTable,
    TransferTable,
)
from dfwarm.config.timetable import calendar, time_zone
from dfwarm.datafax.reports.figure import Figure
from dfwarm.facts.freeze import FreezeMode
from dfwarm.facts.reach import SshReach
from dfwarm.facts.site import CommandOverrides, HostSite, Release, ReportCommand, StopScope
from dfwarm.facts.snapshot import SnapshotKind, SnapshotSource
from dfwarm.manifest.policy import Policy, Rule
from dfwarm.plan.beside import Label
from dfwarm.plan.budget import Limits
from dfwarm.plan.doors import DoorTerms
from dfwarm.plan.freeze import FreezePlan
from dfwarm.plan.scope import LEFT_TO_THE_LAYOUT, built_in_policy, layout_rules
from dfwarm.plan.transport import TransportTerms
from dfwarm.terms import Side, Treatment


def hand_out(file: FileTable, *, path: Path, text: bytes, digest: str) -> values.Config:
    """The whole configuration as values."""
    return values.Config(
        path=path,
        text=text,
        digest=digest,
        pair=_pair(file.pair),
        production=_side(Side.PRODUCTION, file.production, file),
        standby=_side(Side.STANDBY, file.standby, file),
        transfer=_transfer(file.transfer),
        scope=_scope(file),
        mail=_mail(file.mail) if file.mail else values.NoMail(),
        alerts=_alerts(file.alerts) if file.alerts else values.AlertsConfig(),
        evidence=_evidence(file.evidence, file.pair) if file.evidence else values.NoEvidence(),
        freeze=_freeze(file),
        follow=_follow(file.follow),
        schedule=values.ScheduleConfig(every=calendar(file.schedule.every), zone=time_zone(file.schedule.zone)),
        archive=_archive(file.archive),
        review=values.ReviewConfig(file.review.software_keys, file.review.procedure),
        index_url=file.index.url,
        limits=_limits(file),
        labels=tuple(Label(each.report, each.label, Figure(each.figure)) for each in file.reports.beside),
    )


def host_site(side: Side, table: SideTable, state: str, freeze: FreezeTable, gate: GateTable) -> HostSite:
    """What the host of one side knows of its own DataFax."""
    return HostSite(
        side=side,
        datafax_dir=absolute_path(table.datafax_dir),
        release=Release(table.release),
        stop=StopScope(table.stop),
        commands=CommandOverrides(
            start=tuple(table.commands.start),
            stop=tuple(table.commands.stop),
            enable=tuple(table.commands.enable),
            disable=tuple(table.commands.disable),
            query=tuple(table.commands.query),
            restrict=tuple(table.commands.restrict),
            inbound_off=tuple(table.commands.inbound_off),
            inbound_on=tuple(table.commands.inbound_on),
            inbound_query=tuple(table.commands.inbound_query),
        ),
        reports=tuple(ReportCommand(name, command(words)) for name, words in table.reports.items()),
        has_vendor_reports=table.vendor_reports,
        users=tuple(table.users),
        server_status=relative_glob(table.server_status) if table.server_status else b"",
        state=state.removesuffix("/"),
        staging=freeze.staging.removesuffix("/"),
        call_log=gate.call_log.removesuffix("/"),
        authorized_keys=gate.authorized_keys.removesuffix("/"),
        snapshot=snapshot_source(freeze.snapshot) if freeze.snapshot else None,
    )


def snapshot_source(table: SnapshotTable) -> SnapshotSource:
    """How a host takes snapshots."""
    return SnapshotSource(
        kind=SnapshotKind(table.kind),
        source=absolute_path(table.source),
        folder=absolute_path(table.folder) if table.folder else b"",
        volume=table.volume,
        create=tuple(table.create),
        remove=tuple(table.remove),
    )


def _follow(table: FollowTable | None) -> values.FollowConfig:
    found = table or FollowTable()
    every, whole = duration(found.every), duration(found.whole)
    return values.FollowConfig(every, whole, bandwidth(found.bandwidth), is_wanted=table is not None)


def _pair(table: PairTable) -> values.PairConfig:
    return values.PairConfig(
        name=table.name,
        state=_path(table.state),
        rpo_seconds=duration(table.rpo),
        activity=values.ActivityPolicy(table.activity),
        wait_at_most_seconds=duration(table.wait_at_most),
        studies=_studies(table),
    )


def _studies(table: PairTable) -> values.MonitoredStudies:
    if table.studies:
        return values.NamedStudies(tuple(map(study_number, table.studies)))
    return values.AllStudies(tuple(map(study_number, table.ended)))


def _side(side: Side, table: SideTable, file: FileTable) -> values.SideConfig:
    if table.reach == Reach.SSH:
        terms = DoorTerms(tuple(table.allowed_from), table.keys_expire, tuple(table.gate_command))
        return values.SideConfig(side, _ssh(table), duration(table.deadline), terms)
    site = host_site(side, table, file.pair.state, file.freeze, file.gate)
    return values.SideConfig(side, values.LocalReach(site), duration(table.deadline))


def _freeze(file: FileTable) -> FreezePlan:
    table = file.freeze
    older = {values.Hold.DISABLE: FreezeMode.ACCESS, values.Hold.NONE: FreezeMode.STILL}
    mode = FreezeMode(table.mode) if table.mode else older[values.Hold(file.pair.hold)]
    fallback = FreezeMode.STILL if table.fallback == values.Fallback.NONE else FreezeMode(table.fallback)
    return FreezePlan(mode, duration(table.budget), duration(table.drain), fallback, table.tries)


def _ssh(table: SideTable) -> SshReach:
    return SshReach(
        host=table.host,
        port=table.port,
        user=table.user,
        identity_file=_path(table.identity_file),
        known_hosts=_path(table.known_hosts),
        transfer_identity_files=(_path(table.transfer_identity_file),) if table.transfer_identity_file else (),
    )


def _transfer(table: TransferTable) -> values.TransferConfig:
    return values.TransferConfig(
        exclusions=tuple(values.Exclusion(exclusion_path(item.path), item.reason) for item in table.exclude),
        bandwidth_kib=bandwidth(table.bandwidth),
        io_timeout_seconds=duration(table.io_timeout),
        shrink_at_most=share(table.shrink_at_most),
        delete_at_most=share(table.delete_at_most),
        transport=TransportTerms(
            floor=release_numbers(table.rsync_floor),
            builds=tuple(table.rsync_builds),
            is_refused=table.rsync_below == values.Below.FAIL,
        ),
    )


def _limits(file: FileTable) -> Limits:
    table = file.budgets
    return Limits(
        shrink_basis_points=share(file.transfer.shrink_at_most).basis_points,
        delete_basis_points=share(file.transfer.delete_at_most).basis_points,
        deletes=table.deletes,
        journal_deletes=table.journal_deletes,
        data_deletes=table.data_deletes,
        setup_deletes=table.setup_deletes,
        change_basis_points=share(table.change_at_most).basis_points,
        garbled_images=table.garbled_images,
        strange_images=table.strange_images,
        lost_folders=table.lost_folders,
    )


def _scope(file: FileTable) -> Policy:
    """The scope policy. Without a table of its own it is the built-in one, and unnamed where its exclusions are not."""
    excluded = tuple(Rule(Treatment.EXCLUDE, exclusion_path(item.path), item.reason) for item in file.transfer.exclude)
    if file.scope is None:
        built_in = built_in_policy()
        policy = replace(built_in, rules=(*excluded, *layout_rules(*LEFT_TO_THE_LAYOUT)))
        return policy if policy == built_in else replace(policy, name="unnamed", version="0")
    table = file.scope
    replicated = (Rule(Treatment.REPLICATE, replicated_pattern(item.path), item.reason) for item in table.replicate)
    by_records = (Rule(Treatment.BY_RECORDS, records_pattern(item.path), item.reason) for item in table.by_records)
    return Policy(table.name, table.version, tuple(table.roots), (*excluded, *replicated, *by_records))


def _mail(table: MailTable) -> values.MailConfig:
    return values.MailConfig(
        sender=table.sender,
        recipients=tuple(table.to),
        host=table.host,
        port=table.port,
        security=values.MailSecurity(table.security),
        login=values.MailLogin(table.user, _password(table)) if table.user else values.NoLogin(),
        authorities=values.AuthorityFile(_path(table.ca_file)) if table.ca_file else values.SystemAuthorities(),
    )


def _alerts(table: AlertsTable) -> values.AlertsConfig:
    return values.AlertsConfig(
        webhook=_address(table.webhook_file, table.webhook_credential),
        ping=_address(table.ping_file, table.ping_credential),
        is_chat=table.chat,
        metrics=(_path(table.metrics),) if table.metrics else (),
        answer_within_seconds=duration(table.answer_within),
        acknowledge_within_seconds=duration(table.acknowledge_within),
        escalate_to=tuple(table.escalate_to),
        is_wanted=True,
    )


def _address(file: str, credential: str) -> tuple[values.SecretFile | values.SystemdCredential, ...]:
    if credential:
        return (values.SystemdCredential(credential),)
    return (values.SecretFile(_path(file)),) if file else ()


def _archive(table: ArchiveTable) -> values.ArchiveConfig:
    return values.ArchiveConfig(
        retention_years=table.retention_years,
        readback_seconds=duration(table.readback),
        compact_after_seconds=duration(table.compact_after),
        places=tuple(map(_place, table.places)),
    )


def _place(table: PlaceTable) -> values.FolderPlace | values.DropBoxPlace | values.BucketPlace:
    if table.kind == values.PlaceKind.FOLDER:
        return values.FolderPlace(table.name, _path(table.folder))
    if table.kind == values.PlaceKind.S3:
        return _bucket(table)
    reach = SshReach(table.host, table.port, table.user, _path(table.identity_file), _path(table.known_hosts))
    readers = (_path(table.read_identity_file),) if table.read_identity_file else ()
    return values.DropBoxPlace(table.name, reach, readers, duration(table.deadline))


def _bucket(table: PlaceTable) -> values.BucketPlace:
    return values.BucketPlace(
        name=table.name,
        endpoint=table.endpoint,
        region=table.region,
        bucket=table.bucket,
        prefix=f"{table.prefix}/" if table.prefix else "",
        access_key=table.access_key,
        secret=_secret(table),
        authorities=(_path(table.ca_file),) if table.ca_file else (),
        deadline_seconds=duration(table.deadline),
    )


def _secret(table: PlaceTable) -> values.SecretFile | values.SystemdCredential:
    if table.secret_credential:
        return values.SystemdCredential(table.secret_credential)
    return values.SecretFile(_path(table.secret_file))


def _password(table: MailTable) -> values.SecretFile | values.SystemdCredential:
    if table.password_credential:
        return values.SystemdCredential(table.password_credential)
    return values.SecretFile(_path(table.password_file))


def _evidence(table: EvidenceTable, pair: PairTable) -> values.EvidenceConfig:
    return values.EvidenceConfig(
        key=_evidence_key(table),
        authorities=tuple(table.authorities),
        local_authority=(_path(table.local_authority),) if table.local_authority else (),
        answer_within_seconds=duration(table.answer_within),
        trust=_path(table.trust) if table.trust else _path(pair.state) / "trust",
        is_key_allowed_on_standby=table.allow_key_on_standby,
    )


def _evidence_key(table: EvidenceTable) -> values.SecretFile | values.SystemdCredential | values.AgentHeld:
    if table.key_agent:
        return values.AgentHeld(_path(table.key_agent), table.agent_socket)
    if table.key_credential:
        return values.SystemdCredential(table.key_credential)
    return values.SecretFile(_path(table.key_file))


def _path(text: str) -> Path:
    return Path(text.removesuffix("/"))
