"""A cycle on the command line: `035-00042`."""

from typing import Any

import click

from dfwarm.errors import RecordUnknown
from dfwarm.terms import CycleId


class CycleType(click.ParamType[CycleId]):
    """Study and number."""

    name = "cycle"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> CycleId:  # noqa: ARG002
        """Read the name. Raises RecordUnknown."""
        try:
            return CycleId.parse(str(value))
        except ValueError as error:
            raise RecordUnknown(f"{value!r} is not a cycle; cycles are named like 035-00042") from error


CYCLE = CycleType()
