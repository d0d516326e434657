"""Refuse to act on folders that are not what an administrator adopted, or that are two names of one."""

from dfwarm.errors import AuthorityRefused, IdentityRefused
from dfwarm.facts.identity import Identified, entanglement
from dfwarm.facts.ruling import Claim, Ruled, admit
from dfwarm.plan import questions
from dfwarm.procedures.kit import BothSides, Kit
from dfwarm.procedures.story import Story
from dfwarm.terms import StudyNumber


def refuse_strangers(kit: Kit, story: Story, study: StudyNumber, pair: str, ruled: Ruled) -> None:
    """Ask both sides who they are. Raises IdentityRefused before anything is held, stopped or written."""
    question = questions.identify(study, pair)
    production, standby = kit.ask_both(question, question)
    story.keep(production, standby)
    _refuse(study, production.value, standby.value)
    _refuse_other_epochs(ruled, {"production": production.value, "standby": standby.value})


def refuse_strangers_quietly(hosts: BothSides, study: StudyNumber, pair: str) -> None:
    """Ask both sides who they are, outside a cycle. Raises IdentityRefused."""
    question = questions.identify(study, pair)
    production, standby = hosts.ask_both(question, question)
    _refuse(study, production.value, standby.value)


def _refuse(study: StudyNumber, production: Identified, standby: Identified) -> None:
    problems = [*_say("production", production), *_say("standby", standby)]
    problems += entanglement(production, standby)
    if problems:
        raise IdentityRefused(f"study {study:03d} is not where it was: {'; '.join(problems)}")


def _refuse_other_epochs(ruled: Ruled, sides: dict[str, Identified]) -> None:
    """Refuse to begin unless production rules, and both sides know the very epoch that this controller goes by."""
    if not ruled.rulings:
        raise AuthorityRefused("this controller was never told who rules", hint="Run `dfwarm adopt STUDY` once.")
    ruling = ruled.rulings[0]
    admit(Claim(ruling.pair, ruling.epoch), ruled)
    others = [f"the {side} says: {found.rules}" for side, found in sides.items() if found.rules != ruling.say()]
    if others:
        raise AuthorityRefused(f"this controller says: {ruling.say()}; {'; '.join(others)}")


def _say(side: str, found: Identified) -> list[str]:
    return [f"{side} on {found.host}: {problem}" for problem in found.problems]
