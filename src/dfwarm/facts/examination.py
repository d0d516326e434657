"""What one host says when preflight examines a study on it: one question, one answer."""

from dataclasses import dataclass
from datetime import datetime

from dfwarm.datafax.registration import Registration
from dfwarm.datafax.serverconf import ServerConf
from dfwarm.datafax.users import UserDatabase
from dfwarm.facts.environment import Environment
from dfwarm.facts.program import EditCheckFacts
from dfwarm.facts.tree import StudyRoot
from dfwarm.terms import StudyNumber


@dataclass(frozen=True, slots=True)
class StudyPlace:
    """A registered study, and its directory with every link followed."""

    registration: Registration
    real: bytes


@dataclass(frozen=True, slots=True)
class ConfFacts:
    """The study's DFserver.cf, or why it cannot be read."""

    path: bytes
    conf: ServerConf
    problem: str = ""


@dataclass(frozen=True, slots=True)
class UserFacts:
    """The user database, or why it was not examined."""

    database: UserDatabase
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that dfwarm or its reports need, and where it is; an empty path: it is not there."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Examination:
    """
    Everything that preflight asks of one side.

    `began_at` and `ended_at` are of that host's own clock, so that the time of the work does not blur its offset.
    `rsync` is what `rsync -VV` says. `sees_processes` is false where the gate's account may not see others' processes.
    """

    study: StudyNumber
    began_at: datetime
    environment: Environment
    rsync: str
    places: tuple[StudyPlace, ...]
    registration_problem: str
    conf: ConfFacts
    roots: tuple[StudyRoot, ...]
    roots_problem: str
    edit_checks: EditCheckFacts
    users: UserFacts
    tools: tuple[Tool, ...]
    reports: tuple[Tool, ...]
    sees_processes: bool
    ended_at: datetime

    @property
    def registrations(self) -> tuple[Registration, ...]:
        """The study's own line in DFstudies.db, if it has one: none or one."""
        return tuple(place.registration for place in self.places if place.registration.number == self.study)
