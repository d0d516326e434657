"""The names that this host has for the numbers of owners and groups."""

import functools
import grp
import pwd


@functools.cache
def owner_name(number: int) -> str:
    """The name of an account, `#number` where it has none."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"#{number}"


@functools.cache
def group_name(number: int) -> str:
    """The name of a group, `#number` where it has none."""
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return f"#{number}"
