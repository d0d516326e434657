"""What the configuration may say of snapshots and of what is shipped between cycles, for both of its readers."""

import tomllib
from pathlib import Path

import pytest

from dfwarm.config.mistake import MistakesFound, Refused
from dfwarm.config.reading import parse_config
from dfwarm.config.values import FollowConfig, LocalReach
from dfwarm.facts.freeze import MODES, FreezeMode
from dfwarm.facts.snapshot import SnapshotKind, SnapshotSource
from dfwarm.gate.site import site_of
from dfwarm.terms import Side

BASE = """\
pair = { name = "a", state = "/s", rpo = "24h", activity = "wait", studies = ["035"] }
production = { reach = "local", datafax_dir = "/p", release = "5", stop = "study" }
standby = { reach = "ssh", host = "h", user = "u", identity_file = "/i", known_hosts = "/k" }
"""
COMMAND = 'kind = "command", source = "/p", folder = "/snap", create = ["/c", "{place}"], remove = ["/r", "{name}"]'


def text(snapshot: str, mode: str = "snapshot", more: str = "") -> str:
    table = f"snapshot = {{ {snapshot} }}\n" if snapshot else ""
    return f'{BASE}[freeze]\nmode = "{mode}"\n{table}{more}'


@pytest.mark.parametrize(
    ("snapshot", "source"),
    [
        (
            'kind = "btrfs", source = "/p", folder = "/snap"',
            SnapshotSource(SnapshotKind.BTRFS, b"/p", b"/snap"),
        ),
        (
            'kind = "zfs", source = "/p", volume = "tank/p"',
            SnapshotSource(SnapshotKind.ZFS, b"/p", volume="tank/p"),
        ),
        (
            COMMAND,
            SnapshotSource(SnapshotKind.COMMAND, b"/p", b"/snap", create=("/c", "{place}"), remove=("/r", "{name}")),
        ),
    ],
)
def test_the_controller_and_the_gate_read_the_same_snapshot(snapshot: str, source: SnapshotSource) -> None:
    config = parse_config(text(snapshot).encode(), Path("dfwarm.toml"))
    assert config.freeze.mode is FreezeMode.SNAPSHOT
    assert isinstance(config.production.reach, LocalReach)
    assert config.production.reach.site.snapshot == source
    assert site_of(tomllib.loads(text(snapshot)), Side.PRODUCTION).snapshot == source


@pytest.mark.parametrize(
    ("snapshot", "mistake", "stops_the_gate"),
    [
        ("", "freeze.snapshot: is missing, and mode snapshot needs it", False),
        ('kind = "btrfs", source = "/p"', "freeze.snapshot.folder: is missing", False),
        ('kind = "lvm", source = "/p", folder = "/f"', "freeze.snapshot.volume: is missing", False),
        (COMMAND.replace("{name}", "{study}"), "holds the unknown placeholder {study}", True),
        (COMMAND.replace('"/c"', '"$HOME"'), "holds a variable that nobody expands", True),
        ('kind = "zfs", source = "/p", volume = "-o x"', "is not the name of a volume", True),
        ('kind = "ntfs", source = "/p"', "freeze.snapshot.kind", True),
        ('kind = "btrfs", source = "p", folder = "/f"', "freeze.snapshot.source", True),
        ('kind = "btrfs", folder = "/f"', "freeze.snapshot.source: is missing", True),
        ('kind = "btrfs", source = 1', "freeze.snapshot.source", True),
        ('kind = "btrfs", source = "/p", folder = "/f", sauce = "x"', "sauce", True),
    ],
)
def test_a_mistake_in_it_is_named(snapshot: str, mistake: str, stops_the_gate: bool) -> None:
    with pytest.raises(MistakesFound) as found:
        parse_config(text(snapshot).encode(), Path("dfwarm.toml"))
    assert mistake in str(found.value)
    if stops_the_gate:
        with pytest.raises(Refused):
            site_of(tomllib.loads(text(snapshot)), Side.PRODUCTION)


def test_a_fallback_to_snapshot_needs_the_table_too() -> None:
    with pytest.raises(MistakesFound, match="mode snapshot needs it"):
        parse_config(text("", "still", 'fallback = "snapshot"\n').encode(), Path("dfwarm.toml"))


def test_what_is_shipped_between_cycles_has_gentle_defaults_and_is_installed_only_where_it_is_asked_for() -> None:
    plain = parse_config(text("", "access").encode(), Path("dfwarm.toml")).follow
    assert plain == FollowConfig(5, 600, 10 * 1024, is_wanted=False)
    asked = text("", "access", '[follow]\nevery = "1m"\nbandwidth = "0"\n')
    assert parse_config(asked.encode(), Path("dfwarm.toml")).follow == FollowConfig(60, 600, 0, is_wanted=True)


def test_every_mode_has_a_line_in_the_one_table_of_modes() -> None:
    assert set(MODES) == set(FreezeMode)
    assert [mode for mode, facts in MODES.items() if not facts.is_freezing] == [FreezeMode.STILL]
