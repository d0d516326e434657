"""The study's folders: where they lie, what they hold, whether they can be read, and whether they fit."""

from collections import defaultdict
from collections.abc import Iterator

from dfwarm.datafax.serverconf import lies_in
from dfwarm.facts.examination import Examination
from dfwarm.facts.tree import StudyRoot, Tree
from dfwarm.plan.budget import Changes, Sizes, judge_changes
from dfwarm.plan.checks.result import CheckResult, Examined, weigh
from dfwarm.spelling import spell
from dfwarm.terms import Side

MARGIN_PERCENT = 20
"""Room beyond production's size below which the standby warns: rsync writes a new copy before it drops the old."""

_FOLDING_KINDS = frozenset({"vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk", "cifs", "smb3", "hfs", "hfsplus"})


def roots_sound(examined: Examined) -> CheckResult:
    """Every component of every root is looked at: rsync refuses one that is another account's link."""
    fails = [f"{side}: {found.roots_problem}" for side, found in examined.sides if found.roots_problem]
    warnings: list[str] = []
    for side, found in examined.sides:
        for root in found.roots:
            if root.problem:
                fails.append(f"{side}: {spell(root.folder)}: {root.problem}")
            _judge_links(side, found, root, fails, warnings)
    return weigh(
        "study folders",
        ", ".join(spell(root.folder) for root in examined.production.roots) + ": no link on the way",
        fails,
        warnings,
        do="Name the real folder in DFstudies.db and DFserver.cf, or give the link to root.",
    )


def roots_apart(examined: Examined) -> CheckResult:
    """No study lies in another, and the two sides are never the same folder."""
    fails = [says for side, found in examined.sides for says in _nested(side, found)]
    if examined.production.environment.machine == examined.standby.environment.machine:
        fails.extend(_shared(examined))
    return weigh(
        "study folders apart",
        "no study lies in another, and the sides share no folder",
        fails,
        do="Move one of the two: a transfer with deletions must have its folder for itself.",
    )


def mounts_present(examined: Examined) -> CheckResult:
    """An empty folder where a disk should be looks like a study that lost everything."""
    fails = [
        f"{side}: {spell(point)} is in /etc/fstab and not mounted"
        for side, found in examined.sides
        for point in dict.fromkeys(point for root in found.roots for point in root.unmounted)
    ]
    return weigh("disks mounted", "no mount point of the study is missing", fails, do="Mount it before anything else.")


def production_complete(examined: Examined) -> CheckResult:
    """An empty or shrunken production is refused before the first write."""
    production, standby = (_sum(found) for _, found in examined.sides)
    own_files = 0 if examined.production.conf.problem else 1  # DFserver.cf, which is not transferred
    sizes = Sizes(production.entries, production.files - own_files, standby.entries, 0, production.size, standby.size)
    return weigh(
        "production complete",
        f"{production.files:,} files, {_size(production.size)}; the standby holds {standby.files:,}",
        tuple(each.says for each in judge_changes(Changes("", sizes), examined.terms.limits)),
        do="Check that production's disk is mounted and complete; raise the budget only if the loss is meant.",
    )


def files_readable(examined: Examined) -> CheckResult:
    """The deck's own log shows one file that was not."""
    fails: list[str] = []
    for side, found in examined.sides:
        for root in found.roots:
            named = [
                f"{side}: {spell(each.path)}: {each.why}"
                for each in root.tree.unreadable
                if _in_scope(examined, each.path)
            ]
            fails.extend(named)
            if beyond := root.tree.unreadable_count - len(root.tree.unreadable):
                fails.append(f"{side}: {beyond:,} more paths below {spell(root.folder)} cannot be read")
    count = _sum(examined.production).files + _sum(examined.standby).files
    return weigh(
        "files readable",
        f"{count:,} files on both sides can be read by dfwarm's account",
        fails,
        do="Let dfwarm's account read it, or exclude it by name with a reason.",
    )


def room_enough(examined: Examined) -> CheckResult:
    """Disk and inodes of the standby against what production holds."""
    fails: list[str] = []
    warnings: list[str] = []
    for says, free, need, margin in _rooms(examined):
        if free < need:
            fails.append(says)
        elif free < need + margin:
            warnings.append(says)
    free = min((root.room.bytes_free for root in examined.standby.roots), default=0)
    return weigh(
        "room on the standby",
        f"{_size(free)} free for {_size(_sum(examined.production).size)} on production",
        fails,
        warnings,
        do="Free disk space or inodes on the standby.",
    )


def standby_writable(examined: Examined) -> CheckResult:
    """The standby's file system must take every name as it is, and take it at all."""
    rooms = [(root, root.room) for root in examined.standby.roots]
    fails = [
        f"{spell(root.folder)} lies on a file system that is mounted read-only"
        for root, room in rooms
        if room.is_read_only
    ]
    fails += [
        f"{spell(root.folder)} lies on {room.kind}, which does not tell every name from every other"
        for root, room in rooms
        if room.kind in _FOLDING_KINDS
    ]
    kinds = ", ".join(dict.fromkeys(room.kind for _, room in rooms))
    return weigh(
        "standby's disk", f"{kinds}, writable", fails, do="Put the standby's study on a local Linux file system."
    )


def _judge_links(side: Side, found: Examination, root: StudyRoot, fails: list[str], warnings: list[str]) -> None:
    for component in root.components:
        if not component.is_link:
            continue
        says = f"{side}: {spell(component.path)} is a link of {component.owner}, to {spell(root.real)}"
        is_refused = component.owner not in ("root", found.environment.account)
        (fails if is_refused and side is Side.STANDBY else warnings).append(says)


def _nested(side: Side, found: Examination) -> Iterator[str]:
    """Each root of the study against every other study's folder, with links followed."""
    own = [(root.key, root.real) for root in found.roots]
    for place in found.places:
        if place.registration.number == found.study:
            continue
        for key, real in own:
            if lies_in(real, place.real) or lies_in(place.real, real):
                yield f"{side}: {key} {spell(real)} and study {place.registration.number:03d} lie in one another"


def _shared(examined: Examined) -> Iterator[str]:
    """On one machine, roots of both sides that are one folder or lie in one another."""
    for ours in examined.production.roots:
        for theirs in examined.standby.roots:
            is_same = _identity(ours) == _identity(theirs)
            if is_same or lies_in(ours.real, theirs.real) or lies_in(theirs.real, ours.real):
                yield f"{spell(ours.real)} of production and {spell(theirs.real)} of the standby are not apart"


def _identity(root: StudyRoot) -> tuple[bytes, int, int]:
    """The inode of a root; of one that is not there, or that is a link, its real path."""
    if root.problem or not root.components or root.components[-1].is_link:
        return root.real, 0, 0
    return b"", root.components[-1].device, root.components[-1].inode


def _in_scope(examined: Examined, path: bytes) -> bool:
    return not any(lies_in(b"/" + path, exclusion) for exclusion in examined.terms.exclusions)


def _rooms(examined: Examined) -> Iterator[tuple[str, int, int, int]]:
    """Of each disk of the standby: what to say, what is free, what is needed, the margin; then the same of inodes."""
    sources = {root.key: root.tree for root in examined.production.roots}
    disks: dict[int, list[StudyRoot]] = defaultdict(list)
    for root in examined.standby.roots:
        disks[root.components[-1].device if root.components else 0].append(root)
    for roots in disks.values():
        room, folder = roots[0].room, spell(roots[0].folder)
        trees = [(sources[root.key], root.tree) for root in roots if root.key in sources]
        size, need = sum(ours.size for ours, _ in trees), sum(max(0, ours.size - theirs.size) for ours, theirs in trees)
        says = f"{folder} has {_size(room.bytes_free)} free and needs {_size(need)} more, and a reserve"
        yield says, room.bytes_free, need, size * MARGIN_PERCENT // 100
        if room.inodes:
            count = sum(ours.entries for ours, _ in trees)
            more = sum(max(0, ours.entries - theirs.entries) for ours, theirs in trees)
            says = f"{folder} has {room.inodes_free:,} inodes free and needs {more:,} more"
            yield says, room.inodes_free, more, count * MARGIN_PERCENT // 100


def _sum(found: Examination) -> Tree:
    trees = [root.tree for root in found.roots]
    files, folders = sum(tree.files for tree in trees), sum(tree.folders for tree in trees)
    links, specials = sum(tree.links for tree in trees), sum(tree.specials for tree in trees)
    return Tree(files, folders, links, specials, sum(tree.size for tree in trees), (), (), (), 0)


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    amount = count / 1000
    for unit in ("kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
