"""Writes docs/cli.md from the commands themselves: python -m fleeting.cli.reference > docs/cli.md."""

from __future__ import annotations

import sys

from typer.testing import CliRunner

from .main import app

HEAD = """# The command line

Made by `make docs` from the commands; do not edit.

Exit codes: 0 done, 1 a check failed, 2 bad usage, bad input, or a file that cannot be read or written (a message, no
traceback), 130 or 143 stopped by Ctrl-C or SIGTERM.
"""


def reference() -> str:
    """The Markdown text of docs/cli.md: the help of every command, 100 columns wide."""
    names = [name for command in app.registered_commands if (name := command.name)]
    return "\n".join([HEAD, _section(), *(_section(name) for name in names)])


def _section(*command: str) -> str:
    shown = CliRunner().invoke(app, [*command, "--help"], prog_name="fleeting", env={"COLUMNS": "100"})
    text = "\n".join(line.rstrip() for line in shown.output.strip().splitlines())
    return f"## {' '.join(['fleeting', *command])}\n\n```text\n{text}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
