"""A pair in good order, for tests that spoil one thing of it."""

from dataclasses import replace
from datetime import UTC, datetime

from dfwarm.datafax.registration import parse_studies_db
from dfwarm.datafax.serverconf import ServerConf, parse_server_conf
from dfwarm.datafax.users import parse_users
from dfwarm.facts.environment import ClockOffset, Environment
from dfwarm.facts.examination import ConfFacts, Examination, StudyPlace, Tool, UserFacts
from dfwarm.facts.program import EditCheckFacts, Origin, Part, Program
from dfwarm.facts.tree import Component, Room, StudyRoot, Tree
from dfwarm.facts.wanted import Had, Wanted, WantedKind
from dfwarm.plan.budget import Limits
from dfwarm.plan.checks.result import Check, CheckResult, Examined, State, Terms
from dfwarm.terms import HostName, Side, StudyNumber

THEN = datetime(2026, 11, 23, 2, tzinfo=UTC)
SHA = "ab" * 32
STUDIES = (
    b"35|%b|536870964|2|/opt/datafax/bin/DFserver.rpc -c /opt/studies/035/lib/DFserver.cf|%b|Trial\n"
    b"254|%b|536870965|2|/opt/datafax/bin/DFserver.rpc -c /opt/studies/254/lib/DFserver.cf|%b|ATK\n"
)
CONF = b"STUDY_NAME=Trial\nSTUDY_NUMBER=035\nSTUDY_DIR=/opt/studies/035\nPAGE_DIR=$(STUDY_DIR)/pages\nHOST=%b\n"
USERS = b"1|USER|x|ann|secret\n2|USER|x|bob|secret\n3|ROLE|monitor|read\n"

RANDOMIZE = Program(
    Part.CALLED, b"randomize.sh", "ecsrc/DFedits:4", Origin.STUDY, b"/opt/studies/035/ecbin/randomize.sh", SHA
)
SHARED = Program(Part.CALLED, b"./page.sh", "ecsrc/DFedits:9", Origin.SYSTEM, b"/opt/datafax/ecbin/page.sh", SHA)
SHELL = Program(Part.INTERPRETER, b"/bin/sh", "ecbin/randomize.sh", Origin.ABSOLUTE, b"/bin/sh", SHA)
LIST = Program(Part.NAMED, b"/data/arms.txt", "ecbin/randomize.sh", Origin.ABSOLUTE, b"/data/arms.txt", "")

TREE = Tree(1000, 50, 0, 0, 10_000_000, ("datafax",), ("studies",), (), 0)
ROOT = StudyRoot(
    key="STUDY_DIR",
    folder=b"/opt/studies/035",
    real=b"/opt/studies/035",
    components=(
        Component(b"/opt", is_link=False, owner="root", device=1, inode=2),
        Component(b"/opt/studies", is_link=False, owner="root", device=1, inode=3),
        Component(b"/opt/studies/035", is_link=False, owner="datafax", device=1, inode=4),
    ),
    room=Room("ext4", is_read_only=False, bytes_free=10**12, inodes=10**6, inodes_free=10**5),
    unmounted=(),
    tree=TREE,
    problem="",
)


def examination(host: str, machine: str) -> Examination:
    name = host.encode()
    places = tuple(StudyPlace(each, each.study_dir) for each in parse_studies_db(STUDIES % ((name,) * 4)))
    return Examination(
        study=StudyNumber(35),
        began_at=THEN,
        environment=Environment(
            host=HostName(host),
            machine=machine,
            kernel="Linux 6.1",
            account="root",
            python="3.11.7",
            software="dfwarm 0.1.0",
            rsync="rsync version 3.5.0",
            ssh="OpenSSH_9.2p1 Debian, OpenSSL 3",
            datafax="DFdiscover 5.4.0",
            now=THEN,
            zone="America/Toronto",
        ),
        rsync='{"program": "rsync", "version": "3.5.0", "protocol": "32.0"}',
        places=places,
        registration_problem="",
        conf=ConfFacts(b"/opt/studies/035/lib/DFserver.cf", parse_server_conf(CONF % name)),
        roots=(ROOT,),
        roots_problem="",
        edit_checks=EditCheckFacts(2, (RANDOMIZE, SHARED, SHELL, LIST), (), (), 0),
        users=UserFacts(parse_users(USERS)),
        tools=tuple(Tool(tool, f"/usr/bin/{tool}") for tool in ("rsync", "rrsync", "ssh", "setpriv")),
        reports=(Tool("DFstatus", "/opt/datafax/bin/DFstatus"),),
        sees_processes=True,
        ended_at=THEN,
    )


def had(kind: WantedKind, name: bytes, sha256: str = "", problem: str = "") -> Had:
    return Had(Wanted(kind, name), b"", sha256, problem)


PRODUCTION = examination("dfprod1", "aaaa")
STANDBY = examination("dfwarm1", "bbbb")
HAD = (
    had(WantedKind.OWNER, b"datafax"),
    had(WantedKind.GROUP, b"studies"),
    had(WantedKind.SYSTEM_PROGRAM, b"page.sh", SHA),
    had(WantedKind.ABSOLUTE_PROGRAM, b"/bin/sh", SHA),
    had(WantedKind.ABSOLUTE_PROGRAM, b"/data/arms.txt"),
)
TERMS = Terms((b"/lib/DFserver.cf",), 2000, Limits(500, 500), (Side.PRODUCTION,))
GOOD = Examined(PRODUCTION, STANDBY, HAD, (ClockOffset(5, 20), ClockOffset(-3, 20)), TERMS)


def root(**changes: object) -> StudyRoot:
    return replace(ROOT, **changes)  # type: ignore[arg-type]


def tree(**changes: object) -> StudyRoot:
    return root(tree=replace(TREE, **changes))  # type: ignore[arg-type]


OK, WARN, FAIL = State.OK, State.WARN, State.FAIL


def production(**changes: object) -> Examined:
    return replace(GOOD, production=replace(PRODUCTION, **changes))


def standby(**changes: object) -> Examined:
    return replace(GOOD, standby=replace(STANDBY, **changes))


def roots_of(*ours: StudyRoot, on: Side = Side.PRODUCTION) -> Examined:
    return production(roots=ours) if on is Side.PRODUCTION else standby(roots=ours)


def conf(found: Examination, **changes: str) -> ConfFacts:
    values = {**found.conf.conf.keys, **{key: value.encode() for key, value in changes.items()}}
    return ConfFacts(found.conf.path, ServerConf(tuple((key, value) for key, value in values.items() if value)))


def environment(found: Examination, **changes: str) -> Examination:
    return replace(found, environment=replace(found.environment, **changes))


def edit_checks(**changes: object) -> Examined:
    return production(edit_checks=replace(PRODUCTION.edit_checks, **changes))


def having(*others: Had) -> Examined:
    kept = tuple(each for each in HAD if each.wanted not in {other.wanted for other in others})
    return replace(GOOD, had=(*kept, *others))


def expect(check: Check, examined: Examined, state: State, says: str) -> None:
    result: CheckResult = check(examined)
    assert result.state is state, result
    assert says in "\n".join((result.says, *result.details))
    assert bool(result.do) == (state is not OK)
