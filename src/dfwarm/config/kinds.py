"""The kinds of values as pydantic takes them: a text, the reader that may refuse it, and its JSON Schema."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidatorFunctionWrapHandler, WithJsonSchema, WrapValidator

from dfwarm.config import amounts, names, paths, timetable
from dfwarm.config.mistake import Refused
from dfwarm.config.values import ActivityPolicy, Below, Fallback, Hold, MailSecurity, PlaceKind
from dfwarm.datafax.reports.figure import Figure
from dfwarm.facts.freeze import FreezeMode
from dfwarm.facts.site import Release, StopScope
from dfwarm.facts.snapshot import SnapshotKind

KIND = "x-kind"
KINDS = {
    "path": "An absolute path, written out in full: no variables, no `..`, no blanks at its ends, not `/`.",
    "pattern": "A path or shell pattern below `datafax_dir`.",
    "scope pattern": "A path below the study with a slash at its beginning; `*` and `?` stand for anything but a slash,"
    " `**` for anything. What lies below a folder that fits belongs to it.",
    "duration": "A time span with its unit: `90s`, `30m`, `24h`, `7d`, `1d12h`; at most ten years.",
    "share": "A part of the whole with at most two decimals: `10%`, `0.5%`.",
    "release": "Three numbers with points between them: `3.5.0`.",
    "SHA-256": "64 hexadecimal digits in lower case, as `sha256sum` prints them.",
    "bandwidth": "`0`, or an amount a second in units of 1024: `500K`, `10M`, `1G`.",
    "command": "A program and its arguments as a list. No shell reads it, so nothing is expanded but `{study}`, "
    "`{study_dir}` and `{datafax_dir}`.",
    "snapshot command": "A program and its arguments as a list. No shell reads it, so nothing is expanded but "
    "`{name}`, `{source}` and `{place}`.",
    "listed studies": 'A list of study numbers of three digits in quotes: `["035", "254"]`.',
    "studies": '`"all"`, or a list of study numbers of three digits in quotes: `["035", "254"]`.',
    "name": "Letters, digits and the few signs that the key allows.",
    "address": "A mail address without a display name.",
    "calendar": "systemd's form `[weekdays] *-*-* hours:minutes[:seconds]`, or `hourly`, `daily`, `weekly`.",
    "day": "A day as `2027-01-31`.",
    "zone": "A name of the time zone database, such as `UTC` or `America/Toronto`.",
    "database": "`postgresql+psycopg://`, the account, host and name of the database; a password never stands here.",
    "url": "An address that begins with `http://` or `https://`.",
    "text": "Any text that is not blank.",
}
ALL_STUDIES = "all"

T = TypeVar("T")


class Reach(StrEnum):
    """How the controller comes to a side."""

    SSH = "ssh"
    LOCAL = "local"


def absent(default: Any, description: str) -> Any:
    """A key that may be left out and then says nothing; the schema shows no default for it."""
    return Field(default=default, description=description, json_schema_extra=_drop_default)


def _drop_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def _checked(read: Callable[[T], object]) -> AfterValidator:
    """Let a reader refuse a value, and keep the value as it is written."""

    def check(value: T) -> T:
        read(value)
        return value

    return AfterValidator(check)


def _schema(kind: str, **details: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, **details, KIND: kind})


def _choice(choices: type[StrEnum]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": [choice.value for choice in choices]})


def _reason(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise Refused("is no reason", "Write one line that an auditor understands.")
    return text


def _policy_text(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise Refused("is blank", "Write what the document that approves the policy calls it.")
    return text


def _mail_user(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise Refused("is not the name of an account")
    return text


def _refuse_bare_number(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        raise Refused("is a bare number", f'Write the study in quotes: "{value:03d}".')
    return value


def _read_studies(value: Any, read_list: ValidatorFunctionWrapHandler) -> Any:
    """All studies become the empty list, which nobody may write."""
    if value == ALL_STUDIES:
        return []
    if not isinstance(value, list):
        raise Refused('is neither "all" nor a list of studies', 'Write for example ["035", "254"].')
    if not value:
        raise Refused("names no study", 'Write "all" for every study that production registers.')
    studies = read_list(value)
    if repeated := [study for index, study in enumerate(studies) if study in studies[:index]]:
        raise Refused(f"names study {repeated[0]} twice")
    return studies


_PATH = r"^/[^/$`~]"

AbsolutePath = Annotated[str, _checked(paths.absolute_path), _schema("path", pattern=_PATH)]
RelativeGlob = Annotated[str, _checked(paths.relative_glob), _schema("pattern", pattern=r"^[^/~$`\s]")]
ExclusionPath = Annotated[str, _checked(paths.exclusion_path), _schema("path", pattern=_PATH)]
ReplicatedPattern = Annotated[str, _checked(paths.replicated_pattern), _schema("scope pattern", pattern=_PATH)]
RecordsPattern = Annotated[str, _checked(paths.records_pattern), _schema("scope pattern", pattern=r"^/data/[^/$`~]")]
Duration = Annotated[
    str, _checked(amounts.duration), _schema("duration", pattern=r"^(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$")
]
ShareText = Annotated[str, _checked(amounts.share), _schema("share", pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?%$")]
Bandwidth = Annotated[str, _checked(amounts.bandwidth), _schema("bandwidth", pattern=r"^(0|[1-9][0-9]{0,8}[KMG])$")]
RsyncReleaseText = Annotated[
    str, _checked(amounts.release_numbers), _schema("release", pattern=r"^[0-9]{1,3}(\.[0-9]{1,3}){2}$")
]
BelowText = Annotated[str, _checked(names.one_of(Below)), _choice(Below)]
Sha256Text = Annotated[str, _checked(amounts.sha256_text), _schema("SHA-256", pattern=r"^[0-9a-f]{64}$")]
PolicyText = Annotated[str, _checked(_policy_text), _schema("text")]
RootKey = Annotated[str, _checked(names.directory_key), _schema("name", pattern=r"^[A-Z][A-Z0-9_]*$")]
PairName = Annotated[str, _checked(names.pair_name), _schema("name", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
HostText = Annotated[str, _checked(names.host_name), _schema("name", pattern=r"^[A-Za-z0-9:][A-Za-z0-9._:-]*$")]
Account = Annotated[str, _checked(names.account), _schema("name", pattern=r"^[A-Za-z_][A-Za-z0-9._-]*\$?$")]
ReportName = Annotated[str, _checked(names.report_name), _schema("name", pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
LabelText = Annotated[str, _checked(names.report_label), _schema("text", maxLength=60)]
FigureText = Annotated[str, _checked(names.one_of(Figure)), _choice(Figure)]
CredentialName = Annotated[
    str, _checked(names.credential_name), _schema("name", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
]
MailAddress = Annotated[
    str, _checked(names.mail_address), _schema("address", pattern=r"^[^@\s<>]+@[A-Za-z0-9][A-Za-z0-9.-]*$")
]
MailUser = Annotated[str, _checked(_mail_user), _schema("text")]
Reason = Annotated[str, _checked(_reason), _schema("text")]
AuthorityUrl = Annotated[str, _checked(names.authority_url), _schema("url", pattern=r"^https?://[A-Za-z0-9]")]
Endpoint = Annotated[str, _checked(names.endpoint), _schema("url", pattern=r"^https?://[A-Za-z0-9\[]")]
BucketName = Annotated[str, _checked(names.bucket), _schema("name", pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
KeyPrefix = Annotated[str, _checked(names.key_prefix), _schema("name", pattern=r"^[A-Za-z0-9._/-]*$")]
AccessKey = Annotated[str, _checked(names.access_key), _schema("name", pattern=r"^[A-Za-z0-9]{3,128}$")]
Calendar = Annotated[str, _checked(timetable.calendar), _schema("calendar")]
DateText = Annotated[str, _checked(names.day), _schema("day", pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
TimeZone = Annotated[str, _checked(timetable.time_zone), _schema("zone")]

ReachText = Annotated[str, _checked(names.one_of(Reach)), _choice(Reach)]
ActivityText = Annotated[str, _checked(names.one_of(ActivityPolicy)), _choice(ActivityPolicy)]
HoldText = Annotated[str, _checked(names.one_of(Hold)), _choice(Hold)]
ReleaseText = Annotated[str, _checked(names.one_of(Release)), _choice(Release)]
StopText = Annotated[str, _checked(names.one_of(StopScope)), _choice(StopScope)]
PlaceText = Annotated[str, _checked(names.one_of(PlaceKind)), _choice(PlaceKind)]
DatabaseUrl = Annotated[str, _checked(names.database_url), _schema("database", pattern=r"^postgresql\+psycopg://")]
FreezeText = Annotated[str, _checked(names.one_of(FreezeMode)), _choice(FreezeMode)]
FallbackText = Annotated[str, _checked(names.one_of(Fallback)), _choice(Fallback)]
SecurityText = Annotated[str, _checked(names.one_of(MailSecurity)), _choice(MailSecurity)]

_WORDS = {"type": "array", "minItems": 1, "items": {"type": "string"}, KIND: "command"}
Command = Annotated[list[str], _checked(names.command), WithJsonSchema(_WORDS)]

SnapshotCommand = Annotated[
    list[str], _checked(names.snapshot_command), WithJsonSchema({**_WORDS, KIND: "snapshot command"})
]
SnapshotText = Annotated[str, _checked(names.one_of(SnapshotKind)), _choice(SnapshotKind)]
VolumeText = Annotated[str, _checked(names.volume_name), _schema("name", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]*$")]

_STUDY_SCHEMA = {"type": "string", "pattern": "^[0-9]{3}$"}
_STUDIES_SCHEMA = {
    "anyOf": [
        {"const": ALL_STUDIES},
        {"type": "array", "minItems": 1, "uniqueItems": True, "items": _STUDY_SCHEMA},
    ],
    KIND: "studies",
}
_LISTED_SCHEMA = {"type": "array", "uniqueItems": True, "items": _STUDY_SCHEMA, KIND: "listed studies"}
_Study = Annotated[str, _checked(names.study_number), BeforeValidator(_refuse_bare_number)]
ListedStudies = Annotated[list[_Study], WithJsonSchema(_LISTED_SCHEMA)]
Studies = Annotated[list[_Study], WrapValidator(_read_studies), WithJsonSchema(_STUDIES_SCHEMA)]
