"""
The rules between keys, on the tables as they were written.

They do not wait until every single key is right, so that all mistakes come out at once; a value of the wrong type is
passed over here, since its own key complains already.
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from dfwarm.config.freezing import SnapshotTable
from dfwarm.config.keeping import PlaceTable
from dfwarm.config.kinds import Reach
from dfwarm.config.mistake import Complaint
from dfwarm.config.schema import PairTable, SideTable, keys_of, spell_decision
from dfwarm.datafax.serverconf import STUDY_DIR

Tables = Mapping[str, Any]

SIDES = ("production", "standby")
NEEDED = {
    Reach.SSH: ("host", "user", "identity_file", "known_hosts"),
    Reach.LOCAL: ("datafax_dir", "release", "stop"),
}
PLACE_NEEDS = {
    "folder": ("folder",),
    "dropbox": ("host", "user", "identity_file", "known_hosts"),
    "s3": ("endpoint", "bucket", "access_key"),
}


def broken_rules(tables: Tables) -> Iterator[Complaint]:
    """Every rule between keys that the file breaks."""
    yield from _needs(tables)
    yield from _one_side_is_here(tables)
    yield from _sides_stand_apart(tables)
    yield from _state_stands_apart(tables)
    yield from _ended_is_of_all(_table(tables, "pair"))
    yield from _freeze_is_decided(tables)
    yield from snapshot_needs(tables)
    yield from _mail_login(_table(tables, "mail"))
    for way in ("webhook", "ping"):
        yield from _one_source(_table(tables, "alerts"), way)
    if "evidence" in tables:
        yield from _evidence(_table(tables, "evidence"))
    yield from _paths_differ(tables, "transfer", "exclude", "is excluded twice")
    yield from _paths_differ(tables, "scope", "replicate", "is named twice")
    yield from _paths_differ(tables, "scope", "by_records", "is named twice")
    yield from _labels_differ(_table(tables, "reports"))
    yield from _places(tables)
    yield from _roots_are_whole(_table(tables, "scope"))


def missing_keys(side: str, table: Tables, reach: Reach) -> Iterator[Complaint]:
    """The keys that a way to reach a side needs and its table does not write."""
    for name in NEEDED[reach]:
        if name not in table:
            field = keys_of(SideTable)[name]
            needing = 'reach = "ssh"' if reach is Reach.SSH else "the host itself"
            message = f"is missing, and {needing} needs it{spell_decision(field)}"
            yield Complaint((side, name), message, field.description or "")


def _needs(tables: Tables) -> Iterator[Complaint]:
    for side in SIDES:
        table = _table(tables, side)
        for reach in Reach:
            if table.get("reach") == reach:
                yield from missing_keys(side, table, reach)


def _one_side_is_here(tables: Tables) -> Iterator[Complaint]:
    if all(_table(tables, side).get("reach") == Reach.SSH for side in SIDES):
        yield Complaint(
            ("production", "reach"),
            "is ssh on both sides, but the controller stands on one of them",
            'Where the controller stands, write reach = "local": on the standby (pull) or on production (push).',
        )


def _sides_stand_apart(tables: Tables) -> Iterator[Complaint]:
    """With both sides on one host a shared folder would make the standby its own production."""
    production, standby = (_local_folder(tables, side) for side in SIDES)
    if production and standby and _touches(production, standby):
        yield Complaint(
            ("standby", "datafax_dir"),
            "lies in, around or at production's datafax_dir",
            "Two sides on one host need two installations.",
        )


def _state_stands_apart(tables: Tables) -> Iterator[Complaint]:
    state = _path(_table(tables, "pair").get("state"))
    for side in SIDES:
        folder = _local_folder(tables, side)
        if state and folder and _touches(state, folder):
            yield Complaint(
                ("pair", "state"),
                f"lies in, around or at {side}'s datafax_dir",
                "Evidence stands apart from what it speaks of.",
            )


def _ended_is_of_all(pair: Tables) -> Iterator[Complaint]:
    if pair.get("ended") and isinstance(pair.get("studies"), list):
        says = "ends studies, but the studies that are kept are named one by one"
        yield Complaint(("pair", "ended"), says, 'Take an ended study out of studies, or write studies = "all".')


def _freeze_is_decided(tables: Tables) -> Iterator[Complaint]:
    """How people are kept out is decided once: by `freeze.mode`, or by the older `pair.hold`."""
    pair, freeze = _table(tables, "pair"), _table(tables, "freeze")
    if isinstance(tables.get("pair"), dict) and "hold" not in pair and "mode" not in freeze:
        field = keys_of(PairTable)["hold"]
        yield Complaint(("pair", "hold"), f"is missing{spell_decision(field)}", field.description or "")
    if "hold" in pair and "mode" in freeze:
        yield Complaint(("pair", "hold"), "is decided by freeze.mode already", "Leave one of the two out.")


SNAPSHOT_NEEDS = {
    "btrfs": ("folder",),
    "reflink": ("folder",),
    "zfs": ("volume",),
    "lvm": ("folder", "volume"),
    "command": ("folder", "create", "remove"),
}


def snapshot_needs(tables: Tables) -> Iterator[Complaint]:
    """Mode snapshot needs to know how, on production's own host, and each kind has keys of its own."""
    freeze = _table(tables, "freeze")
    table = freeze.get("snapshot")
    is_wanted = "snapshot" in (freeze.get("mode"), freeze.get("fallback"))
    if is_wanted and table is None and _table(tables, "production").get("reach") == Reach.LOCAL:
        yield Complaint(
            ("freeze", "snapshot"), "is missing, and mode snapshot needs it", "Write a table [freeze.snapshot]."
        )
    if not isinstance(table, dict):
        return
    needed = SNAPSHOT_NEEDS.get(str(table.get("kind")), ())
    for name in needed:
        if name not in table:
            message = f'is missing, and kind = "{table["kind"]}" needs it'
            yield Complaint(("freeze", "snapshot", name), message, keys_of(SnapshotTable)[name].description or "")


def _mail_login(mail: Tables) -> Iterator[Complaint]:
    passwords = [name for name in ("password_file", "password_credential") if name in mail]
    if "user" in mail and not passwords:
        yield Complaint(("mail", "user"), "has no password", "Name a password_file or a password_credential.")
    if "user" not in mail and passwords:
        yield Complaint(("mail", passwords[0]), "is a password without a user")
    if len(passwords) > 1:
        yield Complaint(("mail", passwords[1]), "is a second source of the same password")
    if "user" in mail and mail.get("security") == "none":
        yield Complaint(("mail", "security"), "would send the password in clear text", "Use starttls or tls.")


def _one_source(alerts: Tables, way: str) -> Iterator[Complaint]:
    if f"{way}_file" in alerts and f"{way}_credential" in alerts:
        yield Complaint(("alerts", f"{way}_credential"), "is a second source of the same address")


def _places(tables: Tables) -> Iterator[Complaint]:
    """Each place has what its kind needs and a name of its own, and a folder is another one than the evidence's."""
    state, seen = _path(_table(tables, "pair").get("state")), set[str]()
    listed = _table(tables, "archive").get("places")
    for index, place in enumerate(listed if isinstance(listed, list) else []):
        if not isinstance(place, dict):
            continue
        for name in PLACE_NEEDS.get(str(place.get("kind")), ()):
            if name not in place:
                message = f'is missing, and kind = "{place["kind"]}" needs it'
                yield Complaint(
                    ("archive", "places", index, name), message, keys_of(PlaceTable)[name].description or ""
                )
        if place.get("kind") == "s3" and ("secret_file" in place) == ("secret_credential" in place):
            hint = "Name a secret_file or a secret_credential."
            yield Complaint(("archive", "places", index, "access_key"), "needs one secret, and one alone", hint)
        folder = _path(place.get("folder"))
        if state and folder and _touches(state, folder):
            hint = "A copy on the same disk and in the same hands is no second place."
            yield Complaint(("archive", "places", index, "folder"), "lies in, around or at the pair's state", hint)
        if str(place.get("name")) in seen:
            yield Complaint(("archive", "places", index, "name"), "is the name of two places")
        seen.add(str(place.get("name")))


def _paths_differ(tables: Tables, table: str, key: str, message: str) -> Iterator[Complaint]:
    seen: set[str] = set()
    listed = _table(tables, table).get(key)
    for index, each in enumerate(listed if isinstance(listed, list) else []):
        path = each.get("path") if isinstance(each, dict) else None
        if isinstance(path, str):
            if path.rstrip("/") in seen:
                yield Complaint((table, key, index, "path"), message)
            seen.add(path.rstrip("/"))


def _labels_differ(reports: Tables) -> Iterator[Complaint]:
    """A label of a report stands once: two figures for one line would be two claims about one number."""
    seen: set[tuple[object, object]] = set()
    listed = reports.get("beside")
    for index, each in enumerate(listed if isinstance(listed, list) else []):
        name = (each.get("report"), each.get("label")) if isinstance(each, dict) else (index, None)
        if all(isinstance(part, str) for part in name):
            if name in seen:
                yield Complaint(("reports", "beside", index, "label"), "is named twice for this report")
            seen.add(name)


def _roots_are_whole(scope: Tables) -> Iterator[Complaint]:
    roots = scope.get("roots")
    if isinstance(roots, list) and roots and STUDY_DIR not in roots:
        yield Complaint(("scope", "roots"), f"lacks {STUDY_DIR}", "Every study has it; name it with the others.")


_EVIDENCE_KEYS = ("key_file", "key_credential", "key_agent")


def _evidence(evidence: Tables) -> Iterator[Complaint]:
    keys = [name for name in _EVIDENCE_KEYS if name in evidence]
    if not keys:
        hint = f"Name one of {', '.join(_EVIDENCE_KEYS)}; `dfwarm keys init` then makes the key."
        yield Complaint(("evidence", "key_file"), "is missing, and so is every other source of a key", hint)
    for name in keys[1:]:
        yield Complaint(("evidence", name), "is a second source of the same key")
    if "agent_socket" in evidence and "key_agent" not in evidence:
        yield Complaint(("evidence", "agent_socket"), "is a socket without a key_agent")
    asked = evidence.get("authorities")
    count = (len(asked) if isinstance(asked, list) else 0) + ("local_authority" in evidence)
    if count > 2:
        yield Complaint(("evidence", "authorities"), "makes more than two authorities", "Two are enough for a seal.")
    if isinstance(asked, list) and len({str(each) for each in asked}) < len(asked):
        yield Complaint(("evidence", "authorities"), "names an authority twice")


def _table(tables: Tables, name: str) -> Tables:
    table = tables.get(name)
    return table if isinstance(table, dict) else {}


def _local_folder(tables: Tables, side: str) -> PurePosixPath | None:
    table = _table(tables, side)
    return _path(table.get("datafax_dir")) if table.get("reach") == Reach.LOCAL else None


def _path(value: Any) -> PurePosixPath | None:
    return PurePosixPath(value) if isinstance(value, str) and value.startswith("/") else None


def _touches(one: PurePosixPath, other: PurePosixPath) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)
