"""The table about the vendor's numbers that are held against those of the native reports."""

from pydantic import Field

from dfwarm.config import kinds
from dfwarm.config.table import Table


class BesideTable(Table):
    """One number that a vendor's report prints and a native report counts."""

    report: kinds.ReportName = Field(description="The vendor's report, by its name: DFstatus.")
    label: kinds.LabelText = Field(
        description="What the one line with the number begins with, letter by letter; the number follows it. Another "
        "number of such lines, or anything but one whole number behind it, is a gap."
    )
    figure: kinds.FigureText = Field(description="What the native reports call the same number.")


class ReportsTable(Table):
    """What is held against each other beside both sides: labelled numbers of the vendor against native ones."""

    beside: list[BesideTable] = Field(
        default=[],
        description="The labels, each a table of its own. Without any the vendor's texts are compared as texts alone, "
        "and each cycle with such texts remarks it.",
    )
