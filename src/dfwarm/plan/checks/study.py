"""The study on both systems: registered, configured alike, of one release."""

from dfwarm.datafax.registration import Registration
from dfwarm.datafax.serverconf import STUDY_DIR, ConfDifference, clean, compare_server_conf
from dfwarm.facts.examination import Examination
from dfwarm.plan.checks.result import CheckResult, Examined, weigh
from dfwarm.spelling import spell
from dfwarm.terms import Side


def study_registered(examined: Examined) -> CheckResult:
    """The deck: each study has to be defined twice."""
    fails = [says for side, found in examined.sides for says in _registration_problems(side, found)]
    labels = {found.label for _, side in examined.sides for found in side.registrations}
    warnings = (f"its title is not the same: {' / '.join(map(spell, sorted(labels)))}",) if len(labels) > 1 else ()
    return weigh(
        "study registered",
        f"study {examined.production.study:03d} is in DFstudies.db on both sides",
        fails,
        warnings,
        do="Define the study in DFadmin on that side, with its own directory.",
    )


def configuration_equal(examined: Examined) -> CheckResult:
    """DFserver.cf is the host's own file and not transferred, so it is compared key by key."""
    fails = [f"{side}: {found.conf.problem}" for side, found in examined.sides if found.conf.problem]
    warnings: list[str] = []
    if not fails:
        for difference in _conf_differences(examined):
            (fails if _is_other_study(difference) else warnings).append(_say(difference))
        fails.extend(_root_keys(examined))
        warnings.extend(
            f"{side}: {key} is written twice" for side, found in examined.sides for key in found.conf.conf.repeated
        )
    return weigh(
        "study configuration",
        f"DFserver.cf is equal in {len(examined.production.conf.conf.keys)} keys, host and folder aside",
        fails,
        warnings,
        do="Change DFserver.cf on the standby, or note why the key is that host's own.",
    )


def release_same(examined: Examined) -> CheckResult:
    """A study migrates between releases one way only, so both sides run the same one."""
    releases = [found.environment.datafax for _, found in examined.sides]
    fails = [f"{side}: DFversion gave no answer" for side, found in examined.sides if not found.environment.datafax]
    if not fails and releases[0] != releases[1]:
        fails.append(f"production runs {releases[0]}, the standby {releases[1]}")
    return weigh("DataFax release", f"{releases[0]} on both sides", fails, do="Bring both sides to the same release.")


def reports_available(examined: Examined) -> CheckResult:
    """A report that a side cannot run makes every cycle inconclusive."""
    fails = [
        f"{side}: {tool.name} is not there" for side, found in examined.sides for tool in found.reports if not tool.path
    ]
    names = [{tool.name for tool in found.reports} for _, found in examined.sides]
    fails.extend(f"{name} is configured on one side only" for name in sorted(names[0] ^ names[1]))
    return weigh(
        "report programs",
        f"{len(names[0])} on both sides",
        fails,
        do="Install the report, or name its command under [SIDE.reports] in the configuration.",
    )


def _registration_problems(side: Side, found: Examination) -> list[str]:
    if found.registration_problem:
        return [f"{side}: {found.registration_problem}"]
    if not found.registrations:
        return [f"study {found.study:03d} is not registered on the {side}"]
    return [] if found.conf.problem else _conf_problems(side, found, found.registrations[0])


def _conf_problems(side: Side, found: Examination, registration: Registration) -> list[str]:
    """Whether the study's own file says what the registration says."""
    number, folder = (found.conf.conf.expand(key) for key in ("STUDY_NUMBER", STUDY_DIR))
    problems: list[str] = []
    if number.lstrip(b"0") != b"%d" % registration.number:
        problems.append(f"{side}: DFserver.cf says STUDY_NUMBER={spell(number)}")
    if clean(folder) != clean(registration.study_dir):
        problems.append(f"{side}: DFserver.cf says STUDY_DIR={spell(folder)}, not {spell(registration.study_dir)}")
    return problems


def _conf_differences(examined: Examined) -> tuple[ConfDifference, ...]:
    sides = [found for _, found in examined.sides]
    hosts = [(found.environment.host.encode(), *(own.host for own in found.registrations)) for found in sides]
    pairs = tuple(pair for pair in zip(*hosts, strict=False) if all(pair))
    return compare_server_conf(sides[0].conf.conf, sides[1].conf.conf, tuple((pair[0], pair[1]) for pair in pairs))


def _is_other_study(difference: ConfDifference) -> bool:
    """Whether the two files are of two studies; 35 and 035 are one."""
    return difference.key == "STUDY_NUMBER" and difference.production.lstrip(b"0") != difference.standby.lstrip(b"0")


def _say(difference: ConfDifference) -> str:
    if difference.is_missing:
        return f"{difference.key} is on one side only: {spell(difference.production or difference.standby)}"
    return (
        f"{difference.key} is {spell(difference.production)} on production, {spell(difference.standby)} on the standby"
    )


def _root_keys(examined: Examined) -> list[str]:
    """The transfer goes from root to root by key, so both sides need the same keys."""
    production, standby = ({root.key for root in found.roots} for _, found in examined.sides)
    return [f"{key} lies outside of the study directory on one side only" for key in sorted(production ^ standby)]
