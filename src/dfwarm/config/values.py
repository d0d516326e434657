"""The configuration as values: what leaves this floor. Standard library only, so every door may import it."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from dfwarm.facts.reach import SshReach
from dfwarm.facts.site import HostSite
from dfwarm.manifest.policy import Policy
from dfwarm.plan.beside import Label
from dfwarm.plan.budget import Limits
from dfwarm.plan.doors import NO_TERMS, DoorTerms
from dfwarm.plan.freeze import FreezePlan
from dfwarm.plan.transport import USUAL, TransportTerms
from dfwarm.terms import Side, StudyNumber


class ActivityPolicy(StrEnum):
    """What to do when people work in the study."""

    WAIT = "wait"
    SKIP = "skip"
    GO_ON = "go-on"


class Hold(StrEnum):
    """The older way to say how production is kept still: disabled, or not at all."""

    DISABLE = "disable"
    NONE = "none"


class PlaceKind(StrEnum):
    """What another place for evidence is."""

    FOLDER = "folder"
    DROPBOX = "dropbox"
    S3 = "s3"


class MailSecurity(StrEnum):
    """How the way to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Arrangement(StrEnum):
    """Where the controller stands: on the standby, on production, or beside both."""

    PULL = "pull"
    PUSH = "push"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class AllStudies:
    """Every study that production registers, and those that it registered once and that nobody ended."""

    ended: tuple[StudyNumber, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedStudies:
    """The studies that the operator named."""

    numbers: tuple[StudyNumber, ...]


MonitoredStudies = AllStudies | NamedStudies


@dataclass(frozen=True, slots=True)
class PairConfig:
    """What holds for the pair as a whole."""

    name: str
    state: Path
    rpo_seconds: int
    activity: ActivityPolicy
    wait_at_most_seconds: int
    studies: MonitoredStudies


@dataclass(frozen=True, slots=True)
class LocalReach:
    """The side stands on this host."""

    site: HostSite


@dataclass(frozen=True, slots=True)
class SideConfig:
    """How one side is reached, how long a question to it may take, and which keys it lets in."""

    side: Side
    reach: SshReach | LocalReach
    deadline_seconds: int
    doors: DoorTerms = NO_TERMS


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A path below the study that is neither sent nor compared, and why. The path begins with a slash."""

    path: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole in hundredths of a percent, so that no float decides anything."""

    basis_points: int

    def of(self, whole: int) -> int:
        """The part of a whole, rounded down."""
        return whole * self.basis_points // 10_000

    def __str__(self) -> str:
        percent, rest = divmod(self.basis_points, 100)
        return f"{percent}.{rest:02d}".rstrip("0").rstrip(".") + "%"


@dataclass(frozen=True, slots=True)
class TransferConfig:
    """What rsync leaves out and the limits that are checked before the first write. Bandwidth 0 is unlimited."""

    exclusions: tuple[Exclusion, ...]
    bandwidth_kib: int
    io_timeout_seconds: int
    shrink_at_most: Share
    delete_at_most: Share
    transport: TransportTerms = USUAL


class Below(StrEnum):
    """What preflight makes of an rsync that is not as the site wants it."""

    WARN = "warn"
    FAIL = "fail"


class Fallback(StrEnum):
    """What follows where production did not stand still by itself."""

    NONE = "none"
    ACCESS = "access"
    STOP = "stop"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A secret in a file that its owner alone may read."""

    path: Path


@dataclass(frozen=True, slots=True)
class SystemdCredential:
    """A secret that systemd hands to the unit under this name."""

    name: str


@dataclass(frozen=True, slots=True)
class MailLogin:
    """Who we are to the mail server."""

    user: str
    password: SecretFile | SystemdCredential


@dataclass(frozen=True, slots=True)
class NoLogin:
    """The mail server takes letters from this host without a password."""


@dataclass(frozen=True, slots=True)
class SystemAuthorities:
    """The mail server's certificate is checked against the authorities that this host trusts."""


@dataclass(frozen=True, slots=True)
class AuthorityFile:
    """The mail server's certificate is checked against the authorities in this file alone."""

    path: Path


@dataclass(frozen=True, slots=True)
class MailConfig:
    """Where letters go and how."""

    sender: str
    recipients: tuple[str, ...]
    host: str
    port: int
    security: MailSecurity
    login: MailLogin | NoLogin
    authorities: SystemAuthorities | AuthorityFile


@dataclass(frozen=True, slots=True)
class NoMail:
    """The site chose to send no letters."""


@dataclass(frozen=True, slots=True)
class AlertsConfig:
    """Whom to tell beside the mail. Each address is none or one, and is read when it is needed."""

    webhook: tuple[SecretFile | SystemdCredential, ...] = ()
    ping: tuple[SecretFile | SystemdCredential, ...] = ()
    is_chat: bool = False
    metrics: tuple[Path, ...] = ()
    answer_within_seconds: int = 10
    acknowledge_within_seconds: int = 3 * 86_400
    escalate_to: tuple[str, ...] = ()
    is_wanted: bool = False


@dataclass(frozen=True, slots=True)
class AgentHeld:
    """A private key that an ssh-agent holds, by its public half. No socket means that of SSH_AUTH_SOCK."""

    public: Path
    socket: str


@dataclass(frozen=True, slots=True)
class EvidenceConfig:
    """The key that seals, the authorities for time, and where what is trusted lies."""

    key: SecretFile | SystemdCredential | AgentHeld
    authorities: tuple[str, ...]
    local_authority: tuple[Path, ...]
    answer_within_seconds: int
    trust: Path
    is_key_allowed_on_standby: bool


@dataclass(frozen=True, slots=True)
class NoEvidence:
    """The site has not decided about a key, so its cycles are left unsealed."""


@dataclass(frozen=True, slots=True)
class ScheduleConfig:
    """When cycles run: a calendar expression of systemd and the zone in which it is read."""

    every: str
    zone: str


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """A folder of this host where copies of the evidence go."""

    name: str
    folder: Path


@dataclass(frozen=True, slots=True)
class DropBoxPlace:
    """An rsync server over ssh that takes copies; `readers` are keys that may read there, none or one."""

    name: str
    reach: SshReach
    readers: tuple[Path, ...]
    deadline_seconds: int


@dataclass(frozen=True, slots=True)
class BucketPlace:
    """A bucket with object lock behind the S3 interface. `authorities` are files with roots for its certificate."""

    name: str
    endpoint: str
    region: str
    bucket: str
    prefix: str
    access_key: str
    secret: SecretFile | SystemdCredential
    authorities: tuple[Path, ...]
    deadline_seconds: int


@dataclass(frozen=True, slots=True)
class ArchiveConfig:
    """How long evidence is kept, and where copies go."""

    retention_years: int
    readback_seconds: int
    compact_after_seconds: int
    places: tuple[FolderPlace | DropBoxPlace | BucketPlace, ...]


@dataclass(frozen=True, slots=True)
class ReviewConfig:
    """Whether keys in software may be enrolled for reviews, and the procedure that reviews name."""

    software_keys: bool
    procedure: str


@dataclass(frozen=True, slots=True)
class FollowConfig:
    """How often production is looked at between cycles, and how much is shipped a second. 0 KiB is no limit."""

    every_seconds: int
    whole_seconds: int
    bandwidth_kib: int
    is_wanted: bool


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration, the very bytes that it was read from, and their digest."""

    path: Path
    text: bytes
    digest: str
    pair: PairConfig
    production: SideConfig
    standby: SideConfig
    transfer: TransferConfig
    scope: Policy
    mail: MailConfig | NoMail
    alerts: AlertsConfig
    evidence: EvidenceConfig | NoEvidence
    schedule: ScheduleConfig
    archive: ArchiveConfig
    review: ReviewConfig
    index_url: str
    freeze: FreezePlan
    follow: FollowConfig
    limits: Limits
    labels: tuple[Label, ...] = ()

    @property
    def arrangement(self) -> Arrangement:
        """Where the controller stands, as the two reaches imply."""
        if isinstance(self.production.reach, SshReach):
            return Arrangement.PULL
        return Arrangement.PUSH if isinstance(self.standby.reach, SshReach) else Arrangement.LOCAL

    def side(self, side: Side) -> SideConfig:
        """The configuration of one side."""
        return self.production if side is Side.PRODUCTION else self.standby
