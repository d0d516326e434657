"""The exit codes of a command, for the end of its help."""

from dfwarm.errors import DfwarmError


def exit_status(*errors: type[DfwarmError]) -> str:
    """Say in one line what each code means, from the classes themselves."""
    codes = ", ".join(f"{error.exit_code} {error.__name__}" for error in errors)
    return f"Exit status: 0 done, {codes}, 64 usage."
