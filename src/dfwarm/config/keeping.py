"""The tables about keeping evidence: for how long, where else, and the index over it."""

from pydantic import Field

from dfwarm.config import kinds
from dfwarm.config.kinds import absent
from dfwarm.config.table import Table


class PlaceTable(Table):
    """Another place where evidence is copied to. `kind` says which of its keys are needed."""

    name: kinds.PairName = Field(description="What the place is called; its receipts carry this name.")
    kind: kinds.PlaceText = Field(
        description='What it is: "folder" on a disk of this host, "dropbox", an rsync server over ssh that takes '
        'files and gives none back, or "s3", a bucket with object lock.'
    )
    folder: kinds.AbsolutePath = absent("", 'The folder. Needed when `kind` is "folder".')
    host: kinds.HostText = absent("", 'The host of the drop box. Needed when `kind` is "dropbox".')
    port: int = Field(default=22, ge=1, le=65535, description="The port of its ssh server.")
    user: kinds.Account = absent("", 'The account to log in as. Needed when `kind` is "dropbox".')
    identity_file: kinds.AbsolutePath = absent("", 'The key that may only add. Needed when `kind` is "dropbox".')
    known_hosts: kinds.AbsolutePath = absent(
        "", 'The file with the pinned key of that host. Needed when `kind` is "dropbox".'
    )
    read_identity_file: kinds.AbsolutePath = absent(
        "", "Another key that may only read the drop box, for `dfwarm archive readback`. Left out: not read from here."
    )
    endpoint: kinds.Endpoint = absent("", 'The address of the S3 service. Needed when `kind` is "s3".')
    region: kinds.CredentialName = Field(default="us-east-1", description="The region of the bucket.")
    bucket: kinds.BucketName = absent(
        "", 'The bucket. It is made beforehand, with object lock on. Needed when `kind` is "s3".'
    )
    prefix: kinds.KeyPrefix = absent("", "What the names of all objects begin with. Left out: nothing.")
    access_key: kinds.AccessKey = absent("", 'The id of the key that may put and get. Needed when `kind` is "s3".')
    secret_file: kinds.AbsolutePath = absent(
        "", "The file with the secret of that key in its first line, for its owner alone."
    )
    secret_credential: kinds.CredentialName = absent(
        "", "The name of a systemd credential with that secret, instead of `secret_file`."
    )
    ca_file: kinds.AbsolutePath = absent(
        "", "The authorities of the service's certificate. Left out: those that this host trusts."
    )
    deadline: kinds.Duration = Field(default="10m", description="How long copying one bundle may take.")


class ArchiveTable(Table):
    """How long evidence is kept and where copies of it go."""

    retention_years: int = Field(
        default=25, ge=1, le=100, description="For how many years evidence is kept; before that nothing is removed."
    )
    readback: kinds.Duration = Field(
        default="180d", description="How long a copy may go without being read back and held against its receipt."
    )
    compact_after: kinds.Duration = Field(
        default="90d", description="From which age on `dfwarm archive compact` keeps manifests as what changed."
    )
    places: list[PlaceTable] = Field(
        default=[], description="The other places. Empty: evidence lies on this host alone."
    )


class IndexTable(Table):
    """The index of the records. It is never the truth and can be made anew at any time."""

    url: kinds.DatabaseUrl = absent(
        "",
        "A PostgreSQL database, as `postgresql+psycopg://user@host/name`, without a password. Left out: a SQLite file "
        "in the state folder.",
    )


class ReviewTable(Table):
    """Who may sign for cycles, and by which procedure."""

    software_keys: bool = Field(
        default=False,
        description="Whether a reviewer may be enrolled with a key in software. False takes security keys alone, which "
        "want a touch and a PIN for each signature.",
    )
    procedure: str = absent("", "The procedure that reviewers follow, with its version; each signed review names it.")
