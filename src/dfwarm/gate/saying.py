"""Errors as words that may travel: a message can hold a file name that is no text."""

import os

from dfwarm.spelling import spell


def say(error: Exception) -> str:
    """The message of an error as printable text."""
    return spell(os.fsencode(str(error)))
