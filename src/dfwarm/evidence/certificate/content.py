"""What a certificate is made of. Text, page and sheet are three renderings of the same content."""

from dataclasses import dataclass
from enum import StrEnum

from dfwarm.terms import Outcome

NOT_KNOWN = "not known"
NAMED_AT_MOST = 10


class Mark(StrEnum):
    """Whether two sides are the same in one respect. A word each, so that no colour has to say it."""

    YES = "yes"
    NO = "NO"
    UNKNOWN = "not examined"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact with its name."""

    label: str
    says: str


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table: what was compared, what each side has, whether it is the same."""

    what: str
    production: str
    standby: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part: facts, then the table where there is one, then sentences."""

    number: int
    title: str
    facts: tuple[Fact, ...] = ()
    results: tuple[Result, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """
    All that a certificate says.

    `digest` is the SHA-256 of the statement that it was rendered from, in hex; `dated` the end of the cycle as the
    statement spells it.
    """

    number: str
    outcome: Outcome
    sentence: str
    sections: tuple[Section, ...]
    digest: str
    dated: str

    @property
    def symbol(self) -> str:
        """One character for the verdict, so that colour is never the only signal."""
        return SYMBOLS[self.outcome]


SYMBOLS: dict[Outcome, str] = {
    Outcome.EQUIVALENT: "=",
    Outcome.EQUIVALENT_WITH_DEVIATIONS: "~",
    Outcome.DISCREPANT: "*",
    Outcome.INCONCLUSIVE: "?",
}
TITLE = "Certificate of Equivalence"
COLUMNS = ("compared", "production", "standby", "identical")
END = "end of certificate"
