"""The command `fleeting`: finds the verb, and turns a Fleeting error into a message and exit code 2."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer

from ..errors import FleetingError
from . import (
    audit,
    doctor,
    download,
    evaluate,
    export,
    import_generator,
    inspect,
    leaderboard,
    measure_generator,
    members,
    push,
    remake,
    report,
    status,
    synthesize,
    train,
    train_generator,
    verify,
)
from .logs import LogFormat, is_json, set_up

EXIT_USAGE = 2
EXIT_STOPPED = 128
"""Plus the signal's number: 130 after Ctrl-C, 143 after SIGTERM."""

app = typer.Typer(
    name="fleeting",
    help="Make, train on and honestly measure facial micro-expressions.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"max_content_width": 100, "terminal_width": 100},
)
VERBS = (
    synthesize, status, verify, remake, inspect, export, push, train, evaluate, audit, leaderboard, report, doctor,
    download, import_generator, train_generator, measure_generator,
)  # fmt: skip
for verb in VERBS:
    app.command(name=verb.__name__.rpartition(".")[2].replace("_", "-"))(verb.command)
for family in members.FAMILIES:
    app.command(name=family, help=f"List the {family.replace('-', ' ')} that can be named in a recipe.")(
        members.lister(family)
    )


@app.callback()
def options(
    log_format: Annotated[LogFormat, typer.Option(help="json: one object per line, for log collectors.")] = (
        LogFormat.TEXT
    ),
) -> None:
    """Make, train on and honestly measure facial micro-expressions."""
    set_up(log_format)


class Stopped(BaseException):
    """A signal asked the command to end; no KeyboardInterrupt, which typer ends without a word."""


def main() -> None:
    """Run the command line; exit code 0 done, 1 a check failed, 2 bad usage or bad input, 130 or 143 stopped."""
    try:
        with _stoppable():
            app()
    except FleetingError as error:
        _tell(error)
        sys.exit(EXIT_USAGE)
    except OSError as error:  # a full disk, a folder without rights: no fault of ours that a traceback would help with
        _tell(
            FleetingError(
                "A file or folder cannot be read or written.",
                got=f"{type(error).__name__}: {error.strerror or error}",
                where=str(error.filename or ""),
                cure="see to the space and the rights there",
            )
        )
        sys.exit(EXIT_USAGE)
    except (Stopped, KeyboardInterrupt) as stop:
        typer.echo("interrupted; what is finished stays, and the same command goes on from there", err=True)
        sys.exit(EXIT_STOPPED + (stop.args[0] if isinstance(stop, Stopped) else signal.SIGINT))


def _tell(error: FleetingError) -> None:
    if is_json():
        logging.getLogger("fleeting").error("%s", error)
    else:
        typer.echo(f"error: {error}", err=True)


@contextmanager
def _stoppable() -> Iterator[None]:
    """SIGINT and SIGTERM raise Stopped inside the block, so that files are closed and workers ended."""

    def stop(number: int, _: FrameType | None) -> None:
        raise Stopped(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    main()
