"""What edit checks depend on besides the study's own files, and what in those files names production."""

from dfwarm.datafax.serverconf import lies_in
from dfwarm.facts.program import Origin, Part, Program
from dfwarm.facts.wanted import Had, Wanted, WantedKind
from dfwarm.plan.checks.result import CheckResult, Examined, weigh
from dfwarm.spelling import spell

_KINDS = {
    Origin.SYSTEM: WantedKind.SYSTEM_PROGRAM,
    Origin.ABSOLUTE: WantedKind.ABSOLUTE_PROGRAM,
    Origin.PATH: WantedKind.PATH_PROGRAM,
}


def want_program(program: Program) -> tuple[Wanted, ...]:
    """What to ask the standby about a program: nothing where it travels with the study or is not there at all."""
    kind = _KINDS.get(program.origin)
    return (Wanted(kind, program.name.removeprefix(b"./")),) if kind else ()


def programs_present(examined: Examined) -> CheckResult:
    """The deck: functions that edit checks call have to be transferred if they do not exist on the remote."""
    fails: list[str] = []
    warnings: list[str] = []
    had = {each.wanted: each for each in examined.had}
    for program in examined.production.edit_checks.programs:
        _judge(examined, program, had, fails, warnings)
    count = len(examined.production.edit_checks.programs)
    sources = examined.production.edit_checks.sources
    return weigh(
        "edit check programs",
        f"{count} programs of {sources} sources are on the standby and equal",
        fails,
        warnings,
        do="Copy the program to the same place on the standby, by the same change control as on production.",
    )


def edit_checks_clear(examined: Examined) -> CheckResult:
    """What reading cannot settle is for a person to look at."""
    doubts = [f"{doubt.where}: {doubt.says}" for doubt in examined.production.edit_checks.doubts]
    return weigh(
        "edit check sources",
        f"{examined.production.edit_checks.sources} sources read, every program written out",
        (),
        doubts,
        do="Look at the line, and see to it that what it runs is on the standby.",
    )


def production_unnamed(examined: Examined) -> CheckResult:
    """The deck: the output of edit checks may need a change for the remote's configuration."""
    facts = examined.production.edit_checks
    kept = _folders_of_both(examined)
    warnings = [
        f"{spell(each.path)}:{each.line} names {spell(each.word)}"
        for each in facts.mentions
        if not any(lies_in(each.word, folder) for folder in kept)
    ]
    if beyond := facts.mention_count - len(facts.mentions):
        warnings.append(f"{beyond:,} more lines name production's host or folders")
    return weigh(
        "names of production",
        "no edit check or configuration names production's host, or a folder that the standby has elsewhere",
        (),
        warnings,
        do="Write the line so that it holds on both hosts, or note what to change at a failover.",
    )


def _judge(examined: Examined, program: Program, had: dict[Wanted, Had], fails: list[str], warnings: list[str]) -> None:
    name = f"{spell(program.name)} ({program.named_by})"
    bad = warnings if program.part is Part.NAMED else fails
    if program.problem:
        bad.append(f"{name}: on production {program.problem}")
    elif program.origin is Origin.STUDY:
        if _is_excluded(examined, program):
            fails.append(f"{name} lies in the study, but the transfer leaves it out")
    else:
        _compare(name, program, had, bad, warnings)


def _compare(name: str, program: Program, had: dict[Wanted, Had], bad: list[str], warnings: list[str]) -> None:
    """Hold a program against the standby's. An interpreter may be another build of the same release."""
    found = [had[wanted] for wanted in want_program(program) if wanted in had]
    if not found:
        warnings.append(f"{name}: the standby was not asked, its name is too long")
    elif found[0].problem:
        bad.append(f"{name}: on the standby {found[0].problem}")
    elif found[0].sha256 != program.sha256:
        is_strict = program.part is Part.CALLED and program.origin is not Origin.PATH
        (bad if is_strict else warnings).append(f"{name} is not the same file on the standby")


def _is_excluded(examined: Examined, program: Program) -> bool:
    (registration,) = examined.production.registrations
    path = program.path.removeprefix(registration.study_dir)
    return any(lies_in(path, exclusion) for exclusion in examined.terms.exclusions)


def _folders_of_both(examined: Examined) -> tuple[bytes, ...]:
    """The folders that both sides have at the same place: to name one of them is right on either host."""
    ours, theirs = ({root.folder for root in found.roots} for _, found in examined.sides)
    commands = [own.command[0].rsplit(b"/", 2)[0] for _, found in examined.sides for own in found.registrations]
    software = {commands[0]} if len(commands) == 2 and commands[0] == commands[1] else set()
    return tuple((ours & theirs) | software)
