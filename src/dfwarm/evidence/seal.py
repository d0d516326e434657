"""How the statement of a cycle is sealed: what `status`, `show`, the letter and the certificate say of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dfwarm.terms import spell_duration


class SealState(StrEnum):
    """How far a seal has come. Only the first one is whole."""

    SEALED = "sealed"
    TOKEN_PENDING = "token pending"  # noqa: S105  (it is a state, not a password)
    UNSTAMPED = "sealed without time-stamp"
    UNSEALED = "unsealed"


@dataclass(frozen=True, slots=True)
class Stamp:
    """One time-stamp token. `lag` is how long after the seal it was made, by the controller's clock and its own."""

    authority: str
    serial: str
    policy: str
    stamped_at: datetime
    accuracy_micros: int
    lag: timedelta

    def say(self) -> str:
        """The token in one line."""
        ahead = "before the seal by the controller's clock" if self.lag < timedelta(0) else "after the seal"
        return f"{self.authority}, serial {self.serial}, {spell_duration(abs(self.lag).total_seconds())} {ahead}"


@dataclass(frozen=True, slots=True)
class SealFacts:
    """
    A seal as it lies in its bundle.

    `problem` says why there is none, or no token. `expected` names the authorities that were to stamp it, `trust` the
    fingerprints of what a verification trusts, each with what it is of. `warnings` stay until the site changes.
    """

    state: SealState
    statement_digest: str = ""
    principal: str = ""
    fingerprint: str = ""
    sealed_at: datetime | None = None
    stamps: tuple[Stamp, ...] = ()
    expected: tuple[str, ...] = ()
    trust: tuple[tuple[str, str], ...] = ()
    is_late: bool = False
    problem: str = ""
    warnings: tuple[str, ...] = ()

    def say(self) -> str:
        """The seal in one line."""
        late = ", late" if self.is_late else ""
        match self.state:
            case SealState.UNSEALED:
                return f"UNSEALED{late}: {self.problem or 'nothing was asked for'}"
            case SealState.TOKEN_PENDING:
                return f"sealed{late} by {self.fingerprint}; TIME-STAMP PENDING: {self.problem}"
            case SealState.UNSTAMPED:
                return f"sealed{late} by {self.fingerprint}, without time-stamp"
            case _:
                by = f" by {self.stamps[0].authority}" if self.stamps else ""
                return f"sealed{late} by {self.fingerprint}, time-stamped{by}"
