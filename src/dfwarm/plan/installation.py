"""What is put on a host so that cycles run by themselves: what its units have to fit, and what a unit is."""

from dataclasses import dataclass

from dfwarm.plan.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret that systemd reads from a file and hands to the service under a name. `lack` says what is without it."""

    name: str
    file: str
    lack: str


@dataclass(frozen=True, slots=True)
class Installation:
    """
    What the units have to fit.

    `program` is the argv before the verb. `writable` are the folders that a cycle writes to on this host, `needed`
    all the paths that it has to see. `writes_standby` tells whether rsync writes on this host.
    """

    name: str
    pair: str
    program: tuple[str, ...]
    schedule: Schedule
    writable: tuple[str, ...]
    needed: tuple[str, ...]
    credentials: tuple[Credential, ...]
    writes_standby: bool
    has_alerts: bool = False
    follows: bool = False
    copies: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit file."""

    name: str
    text: str
