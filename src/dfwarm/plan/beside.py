"""Which numbers of the vendor's reports a cycle holds against the native ones."""

from dataclasses import dataclass

from dfwarm.datafax.reports.figure import Figure


@dataclass(frozen=True, slots=True)
class Label:
    """The line of a vendor's report that begins with `text`, and what the native reports call its number."""

    report: str
    text: str
    figure: Figure
