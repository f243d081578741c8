"""The command `fleeting`: finds the verb, and turns a Fleeting error into a message and exit code 2."""

from __future__ import annotations

import logging
import sys

import typer

from ..errors import FleetingError
from . import audit, doctor, download, evaluate, inspect, leaderboard, members, report, synthesize, train, verify

EXIT_CHECK, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130

app = typer.Typer(
    name="fleeting",
    help="Make, train on and honestly measure facial micro-expressions.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"max_content_width": 100, "terminal_width": 100},
)
for verb in (synthesize, verify, inspect, train, evaluate, audit, leaderboard, report, doctor, download):
    app.command(name=verb.__name__.rpartition(".")[2])(verb.command)
for family in members.FAMILIES:
    app.command(name=family, help=f"List the {family.replace('-', ' ')} that can be named in a recipe.")(
        members.lister(family)
    )


def main() -> None:
    """Run the command line; exit code 0 done, 1 a check failed, 2 bad usage or bad input, 130 interrupted."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        app()
    except FleetingError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(EXIT_USAGE)
    except KeyboardInterrupt:
        typer.echo("interrupted; what is finished stays, and the same command goes on from there", err=True)
        sys.exit(EXIT_INTERRUPTED)


if __name__ == "__main__":
    main()
