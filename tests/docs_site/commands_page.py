"""The reference page of the command line: each command with its help, as the terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from typer.testing import CliRunner

from conformance.cli import app

WIDTH = {"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"}


def commands_page() -> str:
    """Return the page."""
    lines = ["# Commands", "", "This page shows the output of `--help` for each command.", ""]
    for words in (("conformance",), *_names(typer.main.get_command(app), ("conformance",))):
        output = CliRunner().invoke(app, [*words[1:], "--help"], env=WIDTH, prog_name="conformance").output
        lines += [f"## {' '.join(words)}", "", "```text", output.strip(), "```", ""]
    return "\n".join(lines)


def _names(command: Any, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command below a command; a command without `commands` is not a group."""
    for name in getattr(command, "commands", ()):
        yield (*above, name)
        yield from _names(command.commands[name], (*above, name))
