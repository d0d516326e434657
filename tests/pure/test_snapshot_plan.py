"""Every kind of snapshot: the argv of each step, what is noted for its removal, and what it would not show."""

import pytest

from dfwarm.facts.snapshot import SnapshotKind, SnapshotRoot, SnapshotSource
from dfwarm.plan.snapshots import plan_snapshot

CYCLE = "035-00042"
ROOTS = (("STUDY_DIR", b"/srv/studies/035"), ("PAGE_DIR", b"/srv/studies/pages"))


def source(kind: SnapshotKind, **more: object) -> SnapshotSource:
    return SnapshotSource(kind, b"/srv/studies", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "file_system", "create", "remove", "shown"),
    [
        (
            source(SnapshotKind.BTRFS, folder=b"/srv/snapshots"),
            "btrfs",
            ["btrfs subvolume snapshot -r /srv/studies /srv/snapshots/dfwarm-035-00042"],
            ["btrfs subvolume delete /srv/snapshots/dfwarm-035-00042"],
            b"/srv/snapshots/dfwarm-035-00042/035",
        ),
        (
            source(SnapshotKind.ZFS, volume="tank/studies"),
            "zfs",
            ["zfs snapshot tank/studies@dfwarm-035-00042"],
            ["zfs destroy tank/studies@dfwarm-035-00042"],
            b"/srv/studies/.zfs/snapshot/dfwarm-035-00042/035",
        ),
        (
            source(SnapshotKind.LVM, folder=b"/mnt", volume="vg/studies"),
            "xfs",
            [
                "lvcreate --snapshot --setactivationskip n --activate y --name dfwarm-035-00042 vg/studies",
                "mount -o ro,nouuid /dev/vg/dfwarm-035-00042 /mnt/dfwarm-035-00042",
            ],
            ["umount /mnt/dfwarm-035-00042", "lvremove --yes vg/dfwarm-035-00042"],
            b"/mnt/dfwarm-035-00042/035",
        ),
        (
            source(SnapshotKind.COMMAND, folder=b"/snap", create=("/x", "{name}{source}"), remove=("/y", "{place}")),
            "nfs",
            ["/x dfwarm-035-00042/srv/studies"],
            ["/y /snap/dfwarm-035-00042"],
            b"/snap/dfwarm-035-00042/035",
        ),
    ],
)
def test_each_kind_has_its_own_steps_and_bears_the_name_of_its_cycle(
    asked: SnapshotSource, file_system: str, create: list[str], remove: list[str], shown: bytes
) -> None:
    plan = plan_snapshot(asked, CYCLE, ROOTS, file_system=file_system)
    assert plan.name == "dfwarm-035-00042"
    assert [" ".join(argv) for argv in plan.create] == create
    assert [" ".join(argv) for argv in plan.remove] == remove
    assert plan.roots[0] == SnapshotRoot("STUDY_DIR", shown)
    assert plan.makes_place is (asked.kind is SnapshotKind.LVM)


def test_a_volume_of_lvm_is_mounted_with_nouuid_only_where_it_holds_xfs() -> None:
    asked = source(SnapshotKind.LVM, folder=b"/mnt", volume="vg/studies")
    assert plan_snapshot(asked, CYCLE, ROOTS, file_system="ext4").create[1][2] == "ro"


def test_a_copy_that_shares_blocks_is_made_of_the_roots_alone_and_removed_by_no_program() -> None:
    plan = plan_snapshot(source(SnapshotKind.REFLINK, folder=b"/srv/s"), CYCLE, ROOTS, file_system="xfs")
    assert [argv[-2:] for argv in plan.create] == [
        ("/srv/studies/035", "/srv/s/dfwarm-035-00042/STUDY_DIR"),
        ("/srv/studies/pages", "/srv/s/dfwarm-035-00042/PAGE_DIR"),
    ]
    assert (plan.remove, plan.makes_place) == ((), True)


@pytest.mark.parametrize("kind", list(SnapshotKind))
def test_a_root_that_lies_elsewhere_would_not_be_shown(kind: SnapshotKind) -> None:
    with pytest.raises(ValueError, match="/srv/studies-old/035 does not lie in /srv/studies"):
        plan_snapshot(source(kind, folder=b"/f"), CYCLE, (("STUDY_DIR", b"/srv/studies-old/035"),), file_system="xfs")


def test_a_source_that_is_the_root_itself_is_shown_whole_and_the_file_system_of_all_is_a_source_too() -> None:
    alone = plan_snapshot(source(SnapshotKind.BTRFS, folder=b"/f"), CYCLE, (("S", b"/srv/studies"),), file_system="")
    assert alone.roots[0].folder == b"/f/dfwarm-035-00042"
    whole = SnapshotSource(SnapshotKind.BTRFS, b"/", b"/f")
    assert plan_snapshot(whole, CYCLE, ROOTS, file_system="").roots[0].folder == b"/f/dfwarm-035-00042/srv/studies/035"
