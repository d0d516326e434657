from dataclasses import replace

import pytest
from preflight_cast import (
    FAIL,
    GOOD,
    OK,
    PRODUCTION,
    RANDOMIZE,
    ROOT,
    SHA,
    SHARED,
    SHELL,
    STANDBY,
    TERMS,
    WARN,
    conf,
    edit_checks,
    environment,
    expect,
    had,
    having,
    production,
    root,
    roots_of,
    standby,
    tree,
)

from dfwarm.datafax.serverconf import ServerConf
from dfwarm.datafax.users import UserDatabase, parse_users
from dfwarm.facts.examination import ConfFacts, Tool, UserFacts
from dfwarm.facts.program import Doubt, NamedHere, Origin, Part, Program
from dfwarm.facts.wanted import WantedKind
from dfwarm.plan.checks import people, programs, study
from dfwarm.plan.checks.result import Examined, State


@pytest.mark.requirement("URS-SCO-04")
@pytest.mark.parametrize(
    ("examined", "state", "says"),
    [
        (standby(places=STANDBY.places[1:]), FAIL, "study 035 is not registered on the standby"),
        (production(places=(), registration_problem="DFstudies.db cannot be read"), FAIL, "production: DFstudies.db"),
        (standby(conf=conf(STANDBY, STUDY_NUMBER="36")), FAIL, "standby: DFserver.cf says STUDY_NUMBER=36"),
        (standby(conf=conf(STANDBY, STUDY_DIR="/opt/x")), FAIL, "DFserver.cf says STUDY_DIR=/opt/x, not /opt/studies/035"),
        (standby(conf=ConfFacts(b"", ServerConf(()), "no")), OK, "on both sides"),
        (
            standby(places=tuple(replace(each, registration=replace(each.registration, label=b"B")) for each in STANDBY.places)),
            WARN,
            "its title is not the same: B / Trial",
        ),
    ],
)  # fmt: skip
def test_the_study_is_defined_twice(examined: Examined, state: State, says: str) -> None:
    expect(study.study_registered, examined, state, says)


@pytest.mark.parametrize(
    ("examined", "state", "says"),
    [
        (standby(conf=ConfFacts(b"", ServerConf(()), "it cannot be read")), FAIL, "standby: it cannot be read"),
        (standby(conf=conf(STANDBY, STUDY_NUMBER="36")), FAIL, "STUDY_NUMBER is 035 on production, 36 on the standby"),
        (standby(conf=conf(STANDBY, STUDY_NUMBER="35")), WARN, "STUDY_NUMBER is 035 on production, 35 on the standby"),
        (standby(conf=conf(STANDBY, PRINTER="laser")), WARN, "PRINTER is on one side only: laser"),
        (standby(conf=conf(STANDBY, PAGE_DIR="/images")), WARN, "PAGE_DIR is /opt/studies/035/pages on production"),
        (production(conf=replace(PRODUCTION.conf, conf=ServerConf((*PRODUCTION.conf.conf.values, PRODUCTION.conf.conf.values[0])))), WARN, "production: STUDY_NAME is written twice"),
        (production(roots=(ROOT, root(key="PAGE_DIR"))), FAIL, "PAGE_DIR lies outside of the study directory on one side only"),
        (production(places=()), WARN, "HOST is dfprod1.x"),
    ],
)  # fmt: skip
def test_the_configuration_is_compared_key_by_key(examined: Examined, state: State, says: str) -> None:
    if says == "HOST is dfprod1.x":
        examined = replace(examined, production=replace(examined.production, conf=conf(PRODUCTION, HOST="dfprod1.x")))
    expect(study.configuration_equal, examined, state, says)


@pytest.mark.parametrize(
    ("release", "says"),
    [("", "standby: DFversion gave no answer"), ("DataFax 4.3", "production runs DFdiscover 5.4.0, the standby DataFax")],
)  # fmt: skip
def test_both_sides_run_one_release(release: str, says: str) -> None:
    expect(study.release_same, replace(GOOD, standby=environment(STANDBY, datafax=release)), FAIL, says)


def test_a_report_that_a_side_lacks_is_told() -> None:
    expect(study.reports_available, standby(reports=(Tool("DFstatus", ""),)), FAIL, "standby: DFstatus is not there")
    expect(study.reports_available, standby(reports=()), FAIL, "DFstatus is configured on one side only")


@pytest.mark.parametrize(
    ("examined", "state", "says"),
    [
        (standby(users=UserFacts(parse_users(b"1|USER|x|ann|\n3|ROLE|monitor|read"))), FAIL, "user bob is not on the standby"),
        (standby(users=UserFacts(parse_users(b"1|USER|x|ann\n2|USER|x|bob\n3|ROLE|monitor|all"))), WARN, "ROLE records differ"),
        (standby(users=UserFacts(UserDatabase((), ()), "no DFuserdb")), WARN, "standby: not examined: no DFuserdb"),
        (production(users=UserFacts(UserDatabase((), ()))), WARN, "production's user database names nobody"),
        (standby(users=UserFacts(parse_users(b"9|USER|y|ann|other\n8|USER||bob\n4|USER||eve\n7|ROLE|monitor|read"))), OK, "2 users"),
    ],
)  # fmt: skip
def test_users_and_roles_are_defined_before_they_are_needed(examined: Examined, state: State, says: str) -> None:
    expect(people.users_present, examined, state, says)


@pytest.mark.hazard("H29")
def test_owners_and_groups_are_known_by_name() -> None:
    expect(
        people.owners_known,
        having(had(WantedKind.OWNER, b"datafax", problem="x")),
        FAIL,
        "owner datafax of production is not",
    )
    expect(
        people.owners_known,
        having(had(WantedKind.GROUP, b"studies", problem="x")),
        FAIL,
        "group studies of production is not",
    )
    expect(
        people.owners_known,
        roots_of(tree(owners=("#1005", "datafax"))),
        FAIL,
        "belong to #1005, a number without a name",
    )
    expect(
        people.owners_known,
        replace(GOOD, standby=environment(STANDBY, account="dfwarm")),
        WARN,
        "cannot give files to datafax",
    )
    expect(people.owners_known, replace(GOOD, standby=environment(STANDBY, account="datafax")), OK, "datafax, studies")


CALLED_IN_PATH = Program(Part.CALLED, b"mail", "ecsrc/DFedits:7", Origin.PATH, b"/usr/bin/mail", SHA)
MISSING = Program(Part.CALLED, b"gone.sh", "ecsrc/DFedits:8", Origin.NOWHERE, b"", "", "it is not there")


@pytest.mark.requirement("URS-SCO-02")
@pytest.mark.parametrize(
    ("examined", "state", "says"),
    [
        (having(had(WantedKind.SYSTEM_PROGRAM, b"page.sh", problem="it is not there")), FAIL, "./page.sh (ecsrc/DFedits:9): on the standby it is not there"),
        (having(had(WantedKind.SYSTEM_PROGRAM, b"page.sh", "cd" * 32)), FAIL, "is not the same file on the standby"),
        (having(had(WantedKind.ABSOLUTE_PROGRAM, b"/bin/sh", problem="it is not there")), FAIL, "/bin/sh (ecbin/randomize.sh)"),
        (having(had(WantedKind.ABSOLUTE_PROGRAM, b"/bin/sh", "cd" * 32)), WARN, "/bin/sh (ecbin/randomize.sh) is not the same file"),
        (having(had(WantedKind.ABSOLUTE_PROGRAM, b"/data/arms.txt", problem="it is not there")), WARN, "/data/arms.txt"),
        (edit_checks(programs=(MISSING,)), FAIL, "gone.sh (ecsrc/DFedits:8): on production it is not there"),
        (edit_checks(programs=(replace(MISSING, part=Part.NAMED),)), WARN, "gone.sh"),
        (edit_checks(programs=(CALLED_IN_PATH,)), WARN, "the standby was not asked, its name is too long"),
        (replace(edit_checks(programs=(CALLED_IN_PATH,)), had=(had(WantedKind.PATH_PROGRAM, b"mail", "cd" * 32),)), WARN, "mail (ecsrc/DFedits:7) is not the same"),
        (replace(edit_checks(programs=(CALLED_IN_PATH,)), had=(had(WantedKind.PATH_PROGRAM, b"mail", problem="x"),)), FAIL, "mail"),
        (replace(GOOD, terms=replace(TERMS, exclusions=(b"/ecbin",))), FAIL, "randomize.sh (ecsrc/DFedits:4) lies in the study, but the transfer leaves it out"),
        (edit_checks(programs=()), OK, "0 programs of 2 sources"),
        (edit_checks(programs=(RANDOMIZE, SHARED, SHELL)), OK, "3 programs"),
    ],
)  # fmt: skip
def test_what_edit_checks_call_is_on_the_standby_and_equal(examined: Examined, state: State, says: str) -> None:
    expect(programs.programs_present, examined, state, says)


def test_what_reading_cannot_settle_is_left_to_a_person() -> None:
    doubtful = edit_checks(doubts=(Doubt("ecsrc/DFedits:3", "the program is not written out"),))
    expect(programs.edit_checks_clear, doubtful, WARN, "ecsrc/DFedits:3: the program is not written out")


def test_a_line_that_names_production_is_told_unless_it_holds_on_both_sides() -> None:
    named = edit_checks(mentions=(NamedHere(b"ecbin/a.sh", 2, b"DFPROD1"),), mention_count=1)
    expect(programs.production_unnamed, named, WARN, "ecbin/a.sh:2 names DFPROD1")
    same = (NamedHere(b"lib/x", 1, b"/opt/studies/035"), NamedHere(b"lib/x", 2, b"/opt/datafax"))
    expect(programs.production_unnamed, edit_checks(mentions=same, mention_count=2), OK, "no edit check")
    expect(programs.production_unnamed, edit_checks(mentions=same, mention_count=9), WARN, "7 more lines")
    elsewhere = replace(edit_checks(mentions=same, mention_count=2), standby=replace(STANDBY, roots=(), places=()))
    expect(programs.production_unnamed, elsewhere, WARN, "lib/x:1 names /opt/studies/035")
