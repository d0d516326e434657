"""A study number on the command line: `035` or `35`."""

from typing import Any

import click

from dfwarm.terms import StudyNumber


class StudyType(click.ParamType[StudyNumber]):
    """One to three digits, not zero."""

    name = "study"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> StudyNumber:
        """Read the number or say what is wrong with it."""
        text = str(value)
        if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 3 and int(text)):
            self.fail(f"{text!r} is not a study number from 001 to 999", param, ctx)
        return StudyNumber(int(text))


STUDY = StudyType()
