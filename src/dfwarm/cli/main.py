"""`dfwarm`: the operator's door. Verbs are loaded when they are used, so that help is there at once."""

import importlib
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from dfwarm.cli.harmless import harmless_output
from dfwarm.errors import DfwarmError
from dfwarm.spelling import printable_lines

VERBS: dict[str, str] = {
    "preflight": "Check both sides before acting; change nothing.",
    "adopt": "Say which folders of which hosts are a study, once.",
    "plan": "Say what a cycle would do now, and how long it would keep people out.",
    "cycle": "Bring the standby up to date and verify it.",
    "follow": "Ship what is new between cycles; nothing of it is proven.",
    "status": "Say how old the last proven time point of each study is.",
    "gaps": "List expected cycles that are missing, late, failed or inconclusive.",
    "readiness": "Say whether the pair could take over, month by month, with reasons.",
    "drill": "Write down a drill that people held, and list those on record.",
    "show": "Show the record of a cycle.",
    "explain": "Say in plain words what differs at a path.",
    "recover": "Tie up a cycle that was cut off.",
    "init": "Write a configuration after looking at this host.",
    "config": "Check the configuration, or print its schema.",
    "install": "Put the schedule into systemd or cron.",
    "authority": "Say which side rules the pair, or let the other side rule.",
    "approve": "Answer by name for what dfwarm goes by.",
    "deviation": "Accept a difference by name, with a reason and an end.",
    "archive": "Copy evidence elsewhere, read it back, keep it small, let it expire.",
    "index": "Make the index of the records anew.",
    "audit": "Show, export and verify the trail of what operators did.",
    "prove": "Write proofs as files: a cycle is in the log, and the log only grew.",
    "evidence": "Renew the time-stamps of old evidence; say how long those of now last.",
    "export": "Write evidence as one file for an inspector, or the stand-alone verifier.",
    "report": "Make the native reports of a study from its files.",
    "verify": "Verify evidence step by step, or hold both trees of a study against each other now.",
    "seal": "Seal what was left unsealed; ask again for time-stamps that are pending.",
    "review": "Sign for cycles that a person has read.",
    "reviewer": "Enrol who may sign for cycles.",
    "keys": "Make, show, follow and revoke the key that seals the evidence.",
    "manifest": "List a tree with its digests.",
    "alert": "Test that alerts arrive, acknowledge, give signs of life, send what waits.",
    "mail": "Send what waits in the spool, or a test letter.",
    "demo": "Show a whole life of a pair on this host.",
    "simulate": "Write simulated studies.",
}


class LazyGroup(click.Group):
    """A group whose verbs live in rooms of their own, imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """List the verbs in the order of the story."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the room of a verb."""
        if cmd_name not in VERBS:
            return None
        room = importlib.import_module(f"dfwarm.cli.{cmd_name}")
        command: click.Command = getattr(room, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Print the verbs without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("/etc/dfwarm/dfwarm.toml"),
    show_default=True,
    envvar="DFWARM_CONFIG",
    help="The configuration of the pair.",
)
@click.version_option(package_name="dfwarm")
@click.pass_context
def dfwarm(context: click.Context, config: Path) -> None:
    """Keep a validated warm standby of DataFax servers, and prove it on record."""
    context.obj = config


def main(arguments: list[str] | None = None) -> None:
    """Run one command. Every error leaves one message, one hint and the exit code of its class."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["gate"]:
        from dfwarm.gate.door import main as answer

        sys.exit(answer(words[1:]))
    if arguments is not None:
        sys.exit(_run(words))
    try:
        status = _run(words)
    except SystemExit as ending:
        status = ending.code
    if status is not None and not isinstance(status, int):
        sys.exit(status)
    _leave(status or 0)


def _leave(status: int) -> NoReturn:
    """End this process without taking apart, piece by piece, what it held: whoever waits for it waits for that too."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        sys.exit(status or 1)
    os._exit(status)


def _run(words: list[str]) -> Any:
    os.umask(0o077)  # what is written is for its owner alone, but for what says otherwise itself
    try:
        with harmless_output():
            return dfwarm.main(words, standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return 64
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.Abort:
        click.echo("stopped by the operator", err=True)
        return 130
    except DfwarmError as error:
        click.echo(f"dfwarm: {printable_lines(str(error))}", err=True)
        click.echo(f"  hint: {printable_lines(error.hint)}", err=True)
        return error.exit_code
