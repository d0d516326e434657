"""
The tables of the file, key by key: what may stand there, what it means, what holds where it is left out.

The choices that can hurt somebody have no default. Descriptions are the text of the reference, of the JSON Schema and
of the file that `dfwarm init` writes, so they are written once, here. Rules between keys stand in `rules`.
"""

from typing import Annotated

from pydantic import Field, WithJsonSchema
from pydantic.fields import FieldInfo

from dfwarm.config import kinds
from dfwarm.config.alerting import AlertsTable
from dfwarm.config.doors import GateTable
from dfwarm.config.freezing import FollowTable, SnapshotTable
from dfwarm.config.keeping import ArchiveTable, IndexTable, ReviewTable
from dfwarm.config.kinds import absent
from dfwarm.config.names import spell_choices
from dfwarm.config.reporting import ReportsTable
from dfwarm.config.table import Table
from dfwarm.plan.scope import layout_rules as _layout
from dfwarm.terms import Treatment

_REPLICATE, _BY_RECORDS = Treatment.REPLICATE, Treatment.BY_RECORDS


class PairTable(Table):
    """The pair as a whole."""

    name: kinds.PairName = Field(description="The name of the pair. It also names systemd units and folders.")
    state: kinds.AbsolutePath = Field(
        description="The controller's own folder: ledger, records, mail spool and caches. It stands apart from DataFax."
    )
    rpo: kinds.Duration = Field(
        description="The promised recovery point: how old the last proven time point of a study may become."
    )
    activity: kinds.ActivityText = Field(
        description="What a cycle does when people work in the study: wait until it is quiet, skip the study this "
        "time, or go on all the same. There is no default, since going on may catch half a day's work and waiting may "
        "leave the standby old."
    )
    wait_at_most: kinds.Duration = Field(
        default="30m", description="How long a cycle waits for a quiet study when `activity` is wait."
    )
    hold: kinds.HoldText = absent(
        "",
        "The older way to choose `freeze.mode`: disable means access, none means still. One of the two is needed, and "
        "there is no default: disable keeps people out for seconds, none proves nothing while they work.",
    )
    studies: kinds.Studies = Field(description='The studies to keep, each as three digits in quotes, or "all".')
    ended: kinds.ListedStudies = absent(
        [],
        'With `studies = "all"`: studies that were taken off production on purpose. Any other study that was proven '
        "once and is not registered any more is missed: its cycle fails, and people are told.",
    )


class CommandsTable(Table):
    """The site's own control commands. A key left out means the command of the release."""

    start: kinds.Command = absent([], "Starts DataFax.")
    stop: kinds.Command = absent([], "Stops DataFax.")
    enable: kinds.Command = absent([], "Lets people into the study again.")
    disable: kinds.Command = absent([], "Keeps people out of the study.")
    query: kinds.Command = absent([], "Prints who may work in the study.")
    restrict: kinds.Command = absent([], "Lets nobody new into the study.")
    inbound_off: kinds.Command = absent([], "Lets arriving pages wait.")
    inbound_on: kinds.Command = absent([], "Lets arriving pages in again.")
    inbound_query: kinds.Command = absent([], "Prints whether arriving pages come in.")


class SideTable(Table):
    """One side of the pair. `reach` says which of its keys are needed."""

    reach: kinds.ReachText = Field(
        description='How this side is reached: "ssh" from another host, or "local" where the controller stands on it.'
    )
    host: kinds.HostText = absent("", 'The host to connect to. Needed when `reach` is "ssh".')
    port: int = Field(default=22, ge=1, le=65535, description="The port of its ssh server.")
    user: kinds.Account = absent("", 'The account to log in as. Needed when `reach` is "ssh".')
    identity_file: kinds.AbsolutePath = absent("", 'The private key of this pair. Needed when `reach` is "ssh".')
    known_hosts: kinds.AbsolutePath = absent(
        "", 'The file with the pinned key of that host; no other key is taken. Needed when `reach` is "ssh".'
    )
    transfer_identity_file: kinds.AbsolutePath = absent(
        "", "The private key for rsync alone. Left out: `identity_file` is for both, and preflight warns."
    )
    allowed_from: list[kinds.HostText] = absent(
        [], "The addresses from which that host lets this pair's keys in. `dfwarm keys ssh` needs them."
    )
    keys_expire: kinds.DateText = absent(
        "", "The day from which that host lets this pair's keys in no more. `dfwarm keys ssh` needs it."
    )
    gate_command: kinds.Command = absent(
        [],
        "How the gate is started on that host, up to its configuration: its Python, `-I -m dfwarm.gate --config` and "
        "the file, in a list. `dfwarm keys ssh` needs it.",
    )
    deadline: kinds.Duration = Field(default="2m", description="How long a question to this side may take.")
    datafax_dir: kinds.AbsolutePath = absent(
        "", "The folder where DataFax or DFdiscover is installed. Needed on the host itself."
    )
    release: kinds.ReleaseText = absent(
        "",
        "The line of releases: 4 (DataFax 4.x), 2014 (DataFax 2014.x) or 5 (DFdiscover 5.x). Needed on the host "
        "itself.",
    )
    stop: kinds.StopText = absent(
        "",
        "What stopping DataFax means on this side: the study alone, or the whole server with all its studies. There is "
        "no default, since stopping the server throws everybody out. Needed on the host itself.",
    )
    server_status: kinds.RelativeGlob = absent(
        "", "A pattern below `datafax_dir` for status files whose change is taken as activity. Left out: not asked."
    )
    users: kinds.Command = absent([], "A command that prints one user a line. Left out: not asked.")
    vendor_reports: bool = Field(
        default=True, description="Whether the vendor's own reports run. False leaves those of `reports` alone."
    )
    commands: CommandsTable = Field(default=CommandsTable(), description="The site's own control commands.")
    reports: dict[kinds.ReportName, kinds.Command] = Field(
        default={},
        description="Report commands by name. One of the vendor's names replaces that report; another name adds one.",
    )


class ExclusionTable(Table):
    """A path that is neither sent nor compared."""

    path: kinds.ExclusionPath = Field(description="The path below the study, with a slash at its beginning.")
    reason: kinds.Reason = Field(description="Why it is left out. The record shows it.")


class TransferTable(Table):
    """What rsync leaves out, and the limits that hold before the first write."""

    exclude: list[ExclusionTable] = Field(
        default=[ExclusionTable(path="/lib/DFserver.cf", reason="each host has its own")],
        description="Paths that are neither sent nor compared. A list given here replaces the default.",
    )
    bandwidth: kinds.Bandwidth = Field(default="0", description="The most that is sent a second; 0 is no limit.")
    io_timeout: kinds.Duration = Field(default="5m", description="How long rsync waits for a silent other side.")
    shrink_at_most: kinds.ShareText = Field(
        default="10%", description="How much smaller production may have become; beyond that nothing is written."
    )
    delete_at_most: kinds.ShareText = Field(
        default="2%",
        description="The share of the standby's files that may be deleted; beyond that nothing is written.",
    )
    rsync_floor: kinds.RsyncReleaseText = Field(
        default="3.5.0", description="The oldest rsync that preflight finds right on either host, by its number."
    )
    rsync_builds: list[kinds.Sha256Text] = Field(
        default=[],
        description="SHA-256 of the rsync programs that the site looked into: these are right whatever their number, "
        "and where one is named every other is told.",
    )
    rsync_below: kinds.BelowText = Field(
        default="warn", description="What preflight makes of an rsync below the floor or of another build."
    )


class BudgetsTable(Table):
    """What a transfer may change at most, beside the two shares of `[transfer]`. Beyond it the cycle is held (HOLD)."""

    deletes: int = Field(default=500, ge=0, description="How many entries may be deleted, whatever their share.")
    journal_deletes: int = Field(default=0, ge=0, description="How many journals may be deleted.")
    data_deletes: int = Field(default=0, ge=0, description="How many files of plate data may be deleted.")
    setup_deletes: int = Field(
        default=0, ge=0, description="How many files of the setup and its history may be deleted."
    )
    lost_folders: int = Field(
        default=0, ge=0, description="How many folders of the study, or weeks of images, may vanish."
    )
    change_at_most: kinds.ShareText = Field(
        default="25%", description="The share of the standby's files that may get other content; 50 files always may."
    )
    garbled_images: int = Field(
        default=0, ge=0, description="How many of the sampled images may be of no known kind any more."
    )
    strange_images: int = Field(
        default=5, ge=0, description="How many of the sampled new files among the images may look encrypted."
    )


class ReplicatedTable(Table):
    """What comes along and is not compared."""

    path: kinds.ReplicatedPattern = Field(description="The pattern.")
    reason: kinds.Reason = Field(description="Why it is not compared. The record shows it.")


class RecordsTable(Table):
    """Files that are compared by their records where the standby's server ran and wrote them anew."""

    path: kinds.RecordsPattern = Field(description="The pattern.")
    reason: kinds.Reason = Field(description="Why equal records are enough there. The record shows it.")


class ScopeTable(Table):
    """The scope policy. With `exclude` of `[transfer]` it says what is compared; without it the built-in one does."""

    name: kinds.PolicyText = Field(description="What the policy is called.")
    version: kinds.PolicyText = Field(description="Its version. Any change of the policy needs a new approval.")
    roots: list[kinds.RootKey] = Field(
        default=[],
        description="The directory keys of `DFserver.cf` that lie outside the study, and STUDY_DIR: where a study has "
        "others, nothing is proven. Empty takes whichever it has.",
    )
    replicate: list[ReplicatedTable] = Field(
        default=[ReplicatedTable(path=rule.pattern.decode(), reason=rule.reason) for rule in _layout(_REPLICATE)],
        description="What comes along and is not compared: it is listed with its digests on both sides. A list given "
        "here replaces the default.",
    )
    by_records: list[RecordsTable] = Field(
        default=[RecordsTable(path=rule.pattern.decode(), reason=rule.reason) for rule in _layout(_BY_RECORDS)],
        description="What may differ in bytes where the standby's server ran, as long as both sides hold the same "
        "records. A list given here replaces the default.",
    )


class FreezeTable(Table):
    """How production is kept still at the time point. Without this table `pair.hold` decides."""

    mode: kinds.FreezeText = absent(
        "",
        "How production is kept still: access (the study is disabled for seconds), stop (the whole server is stopped), "
        "snapshot (the study is disabled while its disk takes a snapshot) or still (nothing is frozen; it is proven "
        "that nothing moved). There is no default, since each keeps other people out.",
    )
    budget: kinds.Duration = Field(
        default="5m",
        description="How long production may be frozen at most. Then the cycle is given up, and a watchdog on "
        "production opens it even when the controller is gone.",
    )
    drain: kinds.Duration = Field(
        default="10s", description="How long people who are logged in may take to leave, within the budget."
    )
    fallback: kinds.FallbackText = Field(
        default="none",
        description="What follows where mode is still and production never was: none, or a mode.",
    )
    tries: int = Field(default=5, ge=1, le=100, description="How often mode still looks for a still moment.")
    staging: kinds.AbsolutePath = absent(
        "",
        "A folder on production for copies of what moved since the warm pass, best on the file system of the studies. "
        "Left out: one in the state folder.",
    )
    snapshot: SnapshotTable | None = absent(
        None, "How production's own host takes a snapshot. Mode snapshot needs it there."
    )


class MailTable(Table):
    """Where letters go. Without this table none are sent."""

    sender: kinds.MailAddress = Field(alias="from", description="The sender's address.")
    to: Annotated[list[kinds.MailAddress], Field(min_length=1)] = Field(
        description="The addresses that get each letter."
    )
    host: kinds.HostText = Field(description="The mail server.")
    port: int = Field(ge=1, le=65535, description="Its port: mostly 587 with starttls, 465 with tls, 25 with none.")
    security: kinds.SecurityText = Field(
        description="How the way to the mail server is protected: starttls, tls or none. There is no default, since a "
        "letter names studies and files."
    )
    user: kinds.MailUser = absent("", "The account at the mail server. Left out: no login.")
    password_file: kinds.AbsolutePath = absent(
        "", "A file with the password in its first line, which its owner alone may read."
    )
    password_credential: kinds.CredentialName = absent(
        "", "The name of a systemd credential with the password, instead of `password_file`."
    )
    ca_file: kinds.AbsolutePath = absent(
        "", "The authorities that may vouch for the mail server. Left out: those that the host trusts."
    )


class EvidenceTable(Table):
    """The key that seals the evidence, and who vouches for its time. Without this table no cycle is sealed."""

    key_file: kinds.AbsolutePath = absent(
        "", "The evidence key: an OpenSSH private key (Ed25519) in a file that its owner alone may read."
    )
    key_credential: kinds.CredentialName = absent(
        "", "The name of a systemd credential with the evidence key, instead of `key_file`."
    )
    key_agent: kinds.AbsolutePath = absent(
        "", "The public half of an evidence key that an ssh-agent holds, perhaps on a PKCS#11 token."
    )
    agent_socket: kinds.AbsolutePath = absent("", "The socket of that agent. Left out: SSH_AUTH_SOCK names it.")
    authorities: list[kinds.AuthorityUrl] = Field(
        default=[], description="Time-stamp authorities (RFC 3161), at most two. Only a digest is sent to them."
    )
    local_authority: kinds.AbsolutePath = absent(
        "", "A folder with an authority of the site's own, for a network without others. It counts as one of the two."
    )
    answer_within: kinds.Duration = Field(
        default="20s", description="How long an authority may take. A token that does not come is asked for later."
    )
    trust: kinds.AbsolutePath = absent(
        "", "The folder with what a verification trusts. Left out: `trust` in the state folder."
    )
    allow_key_on_standby: bool = Field(
        default=False,
        description="Whether the evidence key may lie on a standby that pulls: whoever breaks into it could then seal "
        "what is not so. Each seal carries a warning.",
    )


class ScheduleTable(Table):
    """When cycles run."""

    every: kinds.Calendar = Field(default="*-*-* 02:00:00", description="The times of day at which a cycle begins.")
    zone: kinds.TimeZone = Field(
        default="UTC", description="The time zone of those times. In UTC no clock change doubles or drops a cycle."
    )


class FileTable(Table):
    """The whole file."""

    pair: PairTable = Field(description="The pair as a whole.")
    production: SideTable = Field(description="The side that people work on.")
    standby: SideTable = Field(description="The side that is kept ready.")
    transfer: TransferTable = Field(default=TransferTable(), description="What is sent, and what is not.")
    budgets: BudgetsTable = Field(default=BudgetsTable(), description="What a transfer may change at most.")
    scope: ScopeTable | None = absent(None, "The scope policy. Without this table the built-in one holds.")
    freeze: FreezeTable = Field(default=FreezeTable(), description="How production is kept still at the time point.")
    follow: FollowTable | None = absent(
        None, "What is shipped between cycles. Without this table no unit is installed."
    )
    mail: MailTable | None = absent(None, "Where letters go. Without this table none are sent.")
    alerts: AlertsTable | None = absent(None, "Whom dfwarm tells beside the mail. Without this table nobody.")
    evidence: EvidenceTable | None = absent(None, "How evidence is sealed. Without this table no cycle is sealed.")
    schedule: ScheduleTable = Field(default=ScheduleTable(), description="When cycles run.")
    gate: GateTable = Field(default=GateTable(), description="What the gate of this host keeps of who came in.")
    archive: ArchiveTable = Field(default=ArchiveTable(), description="How long evidence is kept, and where copies go.")
    reports: ReportsTable = Field(
        default=ReportsTable(), description="Which numbers of the vendor's are held against the native reports."
    )
    review: ReviewTable = Field(default=ReviewTable(), description="Who may sign for cycles.")
    index: IndexTable = Field(default=IndexTable(), description="The rebuildable index of the records.")


def table_at(key: tuple[str | int, ...]) -> type[Table] | None:
    """The table that holds at a place of the file, if the file has one there."""
    table: type[Table] | None = FileTable
    for part in key:
        if isinstance(part, str):
            table = _inner_table(table, part) if table else None
    return table


def keys_of(table: type[Table]) -> dict[str, FieldInfo]:
    """The keys of a table as the file writes them, with what pydantic knows of each."""
    return {field.alias or name: field for name, field in table.model_fields.items()}


def options_of(field: FieldInfo) -> list[str]:
    """The values among which the operator decides, where a key has such."""
    schemas = [part.json_schema or {} for part in field.metadata if isinstance(part, WithJsonSchema)]
    return [option for schema in schemas for option in schema.get("enum", ())]


def spell_decision(field: FieldInfo) -> str:
    """What a complaint about a missing key adds, where the key is a choice."""
    options = options_of(field)
    return f": decide for {spell_choices(options)}" if options else ""


def _inner_table(table: type[Table], key: str) -> type[Table] | None:
    field = keys_of(table).get(key)
    parts = [] if field is None else [field.annotation, *getattr(field.annotation, "__args__", ())]
    return next((part for part in parts if isinstance(part, type) and issubclass(part, Table)), None)
