"""A number that the vendor prints and the native report counts: what both said on both sides."""

from collections.abc import Iterator
from dataclasses import dataclass

from dfwarm.terms import Side

NOTHING = -1
"""Stands where no number was read; `problem` says why."""


@dataclass(frozen=True, slots=True)
class Printed:
    """The two numbers of one side. `problem` is empty where both were read."""

    vendor: int
    native: int
    problem: str = ""

    @property
    def is_agreed(self) -> bool:
        """Whether both numbers were read and are one. Nothing read is no agreement."""
        return not self.problem and self.vendor == self.native != NOTHING


@dataclass(frozen=True, slots=True)
class BesideRecord:
    """
    One label of a vendor's report beside one figure of the native ones.

    A sentence of it names no subject: a report, the label of the configuration, and two numbers.
    """

    report: str
    label: str
    figure: str
    production: Printed
    standby: Printed

    @property
    def sides(self) -> tuple[tuple[Side, Printed], ...]:
        """Both sides by name."""
        return ((Side.PRODUCTION, self.production), (Side.STANDBY, self.standby))

    @property
    def is_agreed(self) -> bool:
        """Whether the vendor's number is the native one on both sides."""
        return all(printed.is_agreed for _, printed in self.sides)

    @property
    def differences(self) -> tuple[str, ...]:
        """Where both numbers were read and are two."""
        return tuple(self._say_differences())

    @property
    def gaps(self) -> tuple[str, ...]:
        """Where there was no number to compare."""
        return tuple(
            f"{self.report} on the {side}, label {self.label!r}: {printed.problem}"
            for side, printed in self.sides
            if printed.problem
        )

    def _say_differences(self) -> Iterator[str]:
        for side, printed in self.sides:
            if not printed.problem and not printed.is_agreed:
                yield (
                    f"{self.report} on the {side} prints {printed.vendor:,} after {self.label!r}, the native report "
                    f"counts {printed.native:,} {self.figure}"
                )
