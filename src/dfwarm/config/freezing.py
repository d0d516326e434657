"""The tables about a still moment's picture of the disk, and about what is shipped between cycles."""

from pydantic import Field

from dfwarm.config import kinds
from dfwarm.config.kinds import absent
from dfwarm.config.table import Table


class SnapshotTable(Table):
    """How production's own host takes a snapshot of its disk, for mode snapshot. `kind` says which keys are needed."""

    kind: kinds.SnapshotText = Field(
        description="Who takes it: btrfs, zfs, lvm (a thin volume), reflink (a copy that shares its blocks, as XFS can "
        "make) or command (the site's own)."
    )
    source: kinds.AbsolutePath = Field(
        description="What the picture is of: the subvolume, the mount point of the dataset or volume, or the folder "
        "that holds the studies. Every root of a study lies in it."
    )
    folder: kinds.AbsolutePath = absent(
        "",
        "Where snapshots appear. btrfs and reflink need a folder on the same file system, lvm one to mount them below, "
        "command wherever the site's command shows them. zfs needs none.",
    )
    volume: kinds.VolumeText = absent("", "The dataset of zfs (tank/studies), or group/volume of lvm.")
    create: kinds.SnapshotCommand = absent(
        [], "The site's own command that takes one: `{name}`, `{source}` and `{place}` stand for its name and folders."
    )
    remove: kinds.SnapshotCommand = absent([], "The site's own command that removes it, with the same words.")


class FollowTable(Table):
    """What `dfwarm follow` ships between cycles. With this table `dfwarm install` writes a unit for it."""

    every: kinds.Duration = Field(default="5s", description="How often production is looked at for what is new.")
    whole: kinds.Duration = Field(
        default="10m", description="How often every folder is looked at, and not only those whose time moved."
    )
    bandwidth: kinds.Bandwidth = Field(
        default="10M", description="The most that is shipped a second, on a line that a cycle may want; 0 is no limit."
    )
