from dataclasses import replace

import pytest
from preflight_cast import (
    FAIL,
    GOOD,
    OK,
    PRODUCTION,
    ROOT,
    SHA,
    STANDBY,
    TERMS,
    WARN,
    environment,
    expect,
    production,
    root,
    roots_of,
    standby,
    tree,
)

from dfwarm.datafax.serverconf import ServerConf
from dfwarm.facts.environment import ClockOffset
from dfwarm.facts.examination import ConfFacts, Tool
from dfwarm.facts.hostkey import PinnedKey
from dfwarm.facts.tree import NO_TREE, Component, Room, StudyRoot, Unreadable
from dfwarm.plan.checks import host
from dfwarm.plan.checks import tree as trees
from dfwarm.plan.checks.result import Examined, State
from dfwarm.plan.checks.scope import scope_approved, studies_kept
from dfwarm.plan.transport import Carried, TransportTerms, doubts
from dfwarm.rsync.holes import CLOSED, open_holes
from dfwarm.rsync.version import RECOMMENDED, parse_version
from dfwarm.terms import Side

LINK = Component(b"/opt/studies", is_link=True, owner="datafax", device=1, inode=9)


@pytest.mark.hazard("H30")
@pytest.mark.parametrize(
    ("examined", "state", "says"),
    [
        (roots_of(root(components=(LINK,)), on=Side.STANDBY), FAIL, "standby: /opt/studies is a link of datafax"),
        (roots_of(root(components=(LINK,))), WARN, "production: /opt/studies is a link of datafax, to /opt/studies/035"),
        (roots_of(root(components=(replace(LINK, owner="root"),)), on=Side.STANDBY), WARN, "is a link of root"),
        (roots_of(root(problem="it is not there", tree=NO_TREE), on=Side.STANDBY), FAIL, "standby: /opt/studies/035: it is not"),
        (production(roots=(), roots_problem="DFserver.cf is not understood"), FAIL, "production: DFserver.cf is not understood"),
    ],
)  # fmt: skip
def test_every_component_of_a_root_is_looked_at(examined: Examined, state: State, says: str) -> None:
    expect(trees.roots_sound, examined, state, says)


@pytest.mark.hazard("H07")
@pytest.mark.parametrize(
    ("ours", "theirs", "state"),
    [
        (root(), root(), FAIL),
        (root(real=b"/a"), root(real=b"/b"), FAIL),
        (root(real=b"/a", problem="x"), root(real=b"/a/b"), FAIL),
        (root(real=b"/a/b", components=()), root(real=b"/a"), FAIL),
        (root(real=b"/a", components=(LINK,)), root(real=b"/b", components=(LINK,)), OK),
        (root(real=b"/a", components=(LINK,)), root(real=b"/a", components=(LINK,)), FAIL),
    ],
)
def test_on_one_machine_the_sides_share_no_folder(ours: StudyRoot, theirs: StudyRoot, state: State) -> None:
    one = environment(replace(STANDBY, roots=(theirs,)), machine="aaaa")
    found = trees.roots_apart(replace(production(roots=(ours,)), standby=one))
    assert found.state is state
    two = replace(production(roots=(ours,)), standby=replace(STANDBY, roots=(theirs,)))
    assert trees.roots_apart(two).state is OK


@pytest.mark.parametrize("real", [b"/opt/studies/254", b"/opt/studies/254/old", b"/opt/studies"])
def test_no_study_lies_in_another_even_by_way_of_a_link(real: bytes) -> None:
    expect(trees.roots_apart, roots_of(root(real=real), on=Side.STANDBY), FAIL, "and study 254 lie in one another")


@pytest.mark.hazard("H02")
def test_a_disk_that_should_be_mounted_and_is_not_fails() -> None:
    twice = (root(unmounted=(b"/opt/studies",)), root(unmounted=(b"/opt/studies",)))
    expect(trees.mounts_present, roots_of(*twice), FAIL, "production: /opt/studies is in /etc/fstab and not mounted")
    assert len(trees.mounts_present(roots_of(*twice)).details) == 1


@pytest.mark.hazard("H01")
def test_an_empty_or_shrunken_production_fails() -> None:
    empty = roots_of(tree(files=1, folders=0, size=0))
    expect(trees.production_complete, empty, FAIL, "production's study holds no file at all")
    expect(trees.production_complete, roots_of(tree(files=500)), FAIL, "production shrank from 1,050 to 550 entries")
    bare = replace(empty, production=replace(empty.production, conf=ConfFacts(b"", ServerConf(()), "gone"), roots=()))
    expect(trees.production_complete, bare, FAIL, "no file at all")


@pytest.mark.hazard("H36")
def test_a_path_that_cannot_be_read_fails_unless_it_is_excluded() -> None:
    hidden = tree(unreadable=(Unreadable(b"lib/a\n.xml", "Permission denied"),), unreadable_count=1)
    expect(trees.files_readable, roots_of(hidden), FAIL, "production: lib/a\\x0a.xml: Permission denied")
    own = tree(unreadable=(Unreadable(b"lib/DFserver.cf", "Permission denied"),), unreadable_count=1)
    expect(trees.files_readable, roots_of(own), OK, "2,000 files on both sides")
    many = tree(unreadable=(), unreadable_count=3)
    expect(trees.files_readable, roots_of(many, on=Side.STANDBY), FAIL, "standby: 3 more paths below /opt/studies/035")


@pytest.mark.hazard("H51")
@pytest.mark.parametrize(
    ("room", "state", "says"),
    [
        (Room("ext4", False, 9_999_999, 0, 0), FAIL, "has 10.0 MB free and needs 10.0 MB more"),
        (Room("ext4", False, 11_000_000, 0, 0), WARN, "has 11.0 MB free"),
        (Room("ext4", False, 12_000_000, 0, 0), OK, "12.0 MB free for 10.0 MB on production"),
        (Room("ext4", False, 10**13, 9_000, 900), FAIL, "has 900 inodes free and needs 1,050 more"),
        (Room("ext4", False, 10**16, 9_000, 1_100), WARN, "has 1,100 inodes free"),
        (Room("btrfs", False, 10**16, 0, 0), OK, "10000.0 TB free"),
    ],
)
def test_the_standby_has_room_for_what_production_holds(room: Room, state: State, says: str) -> None:
    expect(trees.room_enough, roots_of(root(room=room, tree=NO_TREE), on=Side.STANDBY), state, says)


def test_what_the_standby_holds_already_needs_no_room_twice_and_disks_are_added_up() -> None:
    small = Room("ext4", is_read_only=False, bytes_free=2_000_000, inodes=0, inodes_free=0)
    expect(trees.room_enough, roots_of(root(room=small), on=Side.STANDBY), OK, "2.0 MB free")
    twelve = Room("ext4", is_read_only=False, bytes_free=15_000_000, inodes=0, inodes_free=0)
    two = (root(room=twelve, tree=NO_TREE), root(key="PAGE_DIR", room=twelve, tree=NO_TREE, components=ROOT.components))
    both = replace(roots_of(*two, on=Side.STANDBY), production=replace(PRODUCTION, roots=(ROOT, root(key="PAGE_DIR"))))
    expect(trees.room_enough, both, FAIL, "has 15.0 MB free and needs 20.0 MB more")
    expect(trees.room_enough, roots_of(root(key="ELSE", components=()), on=Side.STANDBY), OK, "free for")
    expect(trees.room_enough, roots_of(tree(size=12)), OK, "for 12 B on production")


@pytest.mark.hazard("H28")
def test_a_disk_that_folds_names_or_takes_no_writing_fails() -> None:
    for kind in ("vfat", "cifs", "hfsplus"):
        folding = root(room=replace(ROOT.room, kind=kind))
        expect(trees.standby_writable, roots_of(folding, on=Side.STANDBY), FAIL, f"lies on {kind}")
    expect(
        trees.standby_writable,
        roots_of(root(room=replace(ROOT.room, is_read_only=True)), on=Side.STANDBY),
        FAIL,
        "read-only",
    )


@pytest.mark.hazard("H57")
@pytest.mark.requirement("URS-TIM-02")
@pytest.mark.parametrize(
    ("offset", "state", "says"),
    [
        (ClockOffset(86_400_000, 20), FAIL, "the clock of the standby is off by +86,400,000 ms"),
        (ClockOffset(-2_021, 20), FAIL, "off by -2,021 ms, give or take 20"),
        (ClockOffset(-2_020, 20), WARN, "off by -2,020 ms"),
        (ClockOffset(1_990, 20), WARN, "off by +1,990 ms"),
        (ClockOffset(100, 9_000), WARN, "give or take 9,000"),
        (ClockOffset(-1_900, 20), OK, "they agree within 1,920 ms"),
        (ClockOffset(1_980, 20), OK, "they agree within 2,000 ms"),
    ],
)
def test_the_clocks_agree(offset: ClockOffset, state: State, says: str) -> None:
    expect(host.clocks_agree, replace(GOOD, clocks=(ClockOffset(0, 1), offset)), state, says)


def test_zones_releases_and_what_may_be_seen_are_compared() -> None:
    expect(host.zones_agree, replace(GOOD, standby=environment(STANDBY, zone="")), WARN, "the standby in not known")
    expect(
        host.software_same,
        replace(GOOD, standby=environment(STANDBY, software="dfwarm 0.2")),
        FAIL,
        "the standby dfwarm 0.2",
    )
    expect(
        host.processes_seen, standby(sees_processes=False), FAIL, "standby: root may not see the processes of others"
    )


@pytest.mark.parametrize(
    ("said", "state", "says"),
    [
        ("", FAIL, "standby: rsync does not say what it is"),
        ("rsync  version 3.2.7  protocol version 31", WARN, "standby: rsync 3.2.7 is older than 3.5.0"),
        ("rsync  version 3.5.1  protocol version 32", OK, "3.5.0 and 3.5.1"),
    ],
)
def test_rsync_is_there_and_not_known_to_be_unsafe(said: str, state: State, says: str) -> None:
    expect(host.rsync_fit, standby(rsync=said), state, says)


@pytest.mark.hazard("H69")
@pytest.mark.requirement("URS-SEC-01")
@pytest.mark.parametrize(
    ("terms", "state", "says"),
    [
        (TransportTerms(), WARN, "CVE-2026-70463, CVE-2026-70464 and 43 more unless it was patched (as of 2026-11-24)"),
        (TransportTerms(is_refused=True), FAIL, "standby: rsync 3.2.7 is older than 3.5.0, which has CVE-"),
        (TransportTerms(floor=(3, 2, 7)), OK, "3.5.0 and 3.2.7"),
        (
            TransportTerms(builds=(SHA,), is_refused=True),
            FAIL,
            "production: rsync 3.5.0 is no build that the site allows: sha256 not known",
        ),
    ],
)
def test_an_rsync_below_the_floor_or_of_another_build_is_told_or_refused(
    terms: TransportTerms, state: State, says: str
) -> None:
    old = standby(rsync="rsync  version 3.2.7  protocol version 31")
    expect(host.rsync_fit, replace(old, terms=replace(old.terms, transport=terms)), state, says)


def test_a_build_that_the_site_looked_into_is_right_whatever_its_number() -> None:
    terms = replace(GOOD.terms, transport=TransportTerms(builds=(SHA,), is_refused=True))
    old = replace(STANDBY, rsync="rsync  version 3.2.7  protocol version 31")
    both = replace(
        GOOD,
        production=environment(PRODUCTION, rsync_sha256=SHA),
        standby=environment(old, rsync_sha256=SHA),
        terms=terms,
    )
    expect(host.rsync_fit, both, OK, "3.5.0 and 3.2.7")
    other = replace(both, standby=environment(old, rsync_sha256="cd" * 32))
    expect(host.rsync_fit, other, FAIL, "standby: rsync 3.2.7 is older than 3.5.0")


@pytest.mark.requirement("URS-VAL-03")
def test_an_rsync_that_changed_since_the_last_proof_is_told() -> None:
    carried = Carried("035-00042", ((Side.PRODUCTION, SHA), (Side.STANDBY, SHA)))
    same = replace(
        GOOD,
        production=environment(PRODUCTION, rsync_sha256=SHA),
        standby=environment(STANDBY, rsync_sha256=SHA),
        terms=replace(GOOD.terms, carried=carried),
    )
    expect(host.rsync_fit, same, OK, "3.5.0")
    other = replace(same, standby=environment(STANDBY, rsync_sha256="cd" * 32))
    expect(
        host.rsync_fit, other, WARN, "standby: rsync is another build than the one that carried 035-00042: sha256 cdcd"
    )
    gone = replace(same, production=environment(PRODUCTION, rsync_sha256=""))
    expect(
        host.rsync_fit, gone, WARN, "production: rsync is another build than the one that carried 035-00042: sha256 not"
    )


def test_a_hole_is_open_below_the_release_that_closed_it() -> None:
    assert open_holes(parse_version("rsync  version 3.5.0  protocol version 32")) == ()
    assert len(open_holes(parse_version("rsync  version 3.4.4  protocol version 32"))) == 33
    assert "CVE-2024-12084" in open_holes(parse_version("rsync  version 3.3.0  protocol version 31"))
    assert "CVE-2024-12084" not in open_holes(parse_version("rsync  version 3.4.0  protocol version 32"))
    assert [closed.release for closed in CLOSED] == sorted(closed.release for closed in CLOSED)
    assert CLOSED[-1].release == RECOMMENDED


def test_one_hole_is_told_by_its_name_and_none_by_nothing() -> None:
    bare = parse_version("rsync  version 3.5.0  protocol version 32")
    assert list(doubts(bare, "", TransportTerms(floor=(3, 6, 0)))) == ["rsync 3.5.0 is older than 3.6.0"]


@pytest.mark.parametrize(
    ("side", "missing", "state"),
    [
        (Side.PRODUCTION, "rrsync", FAIL),
        (Side.STANDBY, "rrsync", OK),
        (Side.PRODUCTION, "ssh", OK),
        (Side.STANDBY, "ssh", FAIL),
        (Side.STANDBY, "setpriv", FAIL),
        (Side.PRODUCTION, "rsync", FAIL),
    ],
)
def test_a_host_needs_only_the_tools_of_its_part(side: Side, missing: str, state: State) -> None:
    tools = tuple(Tool(tool.name, "" if tool.name == missing else tool.path) for tool in PRODUCTION.tools)
    examined = production(tools=tools) if side is Side.PRODUCTION else standby(tools=tools)
    assert host.tools_present(examined).state is state
    bare = replace(GOOD, production=environment(PRODUCTION, ssh=""), standby=environment(STANDBY, ssh=""))
    assert host.tools_present(bare).says == "no ssh needed"


@pytest.mark.hazard("H58")
@pytest.mark.requirement("URS-TRF-02")
def test_a_host_is_known_by_a_pinned_key() -> None:
    good, old = (
        PinnedKey("ssh-ed25519", "SHA256:abc", is_revoked=False),
        PinnedKey("ssh-dss", "SHA256:x", is_revoked=False),
    )
    assert host.key_pinned(Side.STANDBY, "dr", (good,)).says == "dr ssh-ed25519 SHA256:abc"
    assert host.key_pinned(Side.STANDBY, "dr", (good, good)).says.endswith("(+1)")
    assert host.key_pinned(Side.STANDBY, "dr", ()).state is FAIL
    assert "revoked" in host.key_pinned(Side.STANDBY, "dr", (replace(good, is_revoked=True),)).says
    assert host.key_pinned(Side.STANDBY, "dr", (good,), "the file is gone").says == "the file is gone"
    assert host.key_pinned(Side.STANDBY, "dr", (old,)).state is WARN


@pytest.mark.requirement("URS-SCO-01")
@pytest.mark.requirement("URS-SCO-03")
def test_a_policy_that_nobody_approved_fails_and_a_study_that_nobody_keeps_warns() -> None:
    assert scope_approved(GOOD).state is State.OK
    named = replace(TERMS, scope="built-in, version 1,", studies=(GOOD.production.study,))
    assert "built-in, version 1, is approved" in scope_approved(replace(GOOD, terms=named)).says
    changed = replace(named, scope_problem="scope policy not approved")
    assert scope_approved(replace(GOOD, terms=changed)).state is State.FAIL
    assert studies_kept(GOOD).state is State.OK
    registered = {place.registration.number for place in GOOD.production.places}
    others = registered - {GOOD.production.study}
    said = studies_kept(replace(GOOD, terms=named))
    assert (said.state is State.WARN) == bool(others)
    none_kept = studies_kept(replace(GOOD, terms=replace(TERMS, studies=(999,))))  # type: ignore[arg-type]
    assert none_kept.state is State.WARN
    assert len(none_kept.details) == len(registered)
