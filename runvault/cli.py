"""The command `runvault`. A command's module is imported when it is called, so that `runvault runs` need not load the
engine, nor `runvault serve` the terminal's tables."""

import sys
from typing import Any

import click

from runvault.lean import import_late, leave_out_spacy_tools
from schema.errors import RunvaultError

COMMANDS: dict[str, str] = {
    "serve": "receive, store and answer, all on this machine",
    "collect": "receive, redact and journal only",
    "load": "load the journal into the store only",
    "api": "answer only",
    "demo": "send sample runs through a real service and print what it knows",
    "replay": "what a run did, step by step",
    "diff": "two runs side by side, and where they part",
    "runs": "list runs",
    "cost": "cost per outcome; budgets, models without a price; reprice after a price list changed",
    "latency": "latency percentiles",
    "reliability": "how well runs do",
    "compare": "two versions or two models side by side",
    "coverage": "how complete the evidence is",
    "outcome": "say how a run ended",
    "score": "give a run a score",
    "findings": "what the redactor found and replaced",
    "redact": "redact standard input",
    "audit": "who read what: list, verify, export",
    "keys": "API keys: make, list, revoke, rotate",
    "break-glass": "open what was redacted: ask, approve, open; keys of the opener",
    "journal": "list what waits in the journal, retry or drop what is dead",
    "retention": "how long what is kept: show, apply, erase",
    "dashboards": "Grafana boards and alert rules from code",
    "migrate": "bring the store's schema up to date",
    "health": "whether a part of the service does its work, for health checks",
    "doctor": "check that this machine can run Runvault",
}


class LazyGroup(click.Group):
    """Finds `runvault/commands/<name>.py` when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All commands, in the order of the main job."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command's module's `command`."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_late(f"runvault.commands.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="runvault")
def cli() -> None:
    """Runvault, the flight recorder for AI agents."""


def main(arguments: list[str] | None = None) -> Any:
    """Run the command; an error of ours is one readable line and exit status 1."""
    leave_out_spacy_tools()
    try:
        return cli(arguments)
    except RunvaultError as error:
        click.echo(f"runvault: {error}", err=True)
        sys.exit(1)
