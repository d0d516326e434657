"""One look at one side: its host, its study, who works there. It costs one question."""

from dataclasses import dataclass

from dfwarm.facts.activity import Activity
from dfwarm.facts.control import ServerState
from dfwarm.facts.environment import Environment
from dfwarm.terms import StudyNumber


@dataclass(frozen=True, slots=True)
class Root:
    """One root of a study: STUDY_DIR, or the key of DFserver.cf that puts a directory elsewhere."""

    key: str
    folder: bytes


@dataclass(frozen=True, slots=True)
class Look:
    """
    What one side is and does at one moment.

    `report_names` are the vendor's reports that it can run, `rsync` is what its rsync says of itself.
    """

    environment: Environment
    activity: Activity
    server: ServerState
    roots: tuple[Root, ...]
    study_name: str
    registered: tuple[StudyNumber, ...]
    report_names: tuple[str, ...]
    datafax_dir: bytes
    rsync: str


@dataclass(frozen=True, slots=True)
class Studies:
    """The studies that a host registers."""

    numbers: tuple[StudyNumber, ...]
