"""Prints the output of commands: without secrets, and without characters that control a terminal or a CI system."""

from __future__ import annotations

import typer


def harmless(text: str) -> str:
    """Return any text as a single line that is safe to print."""
    from conformance.report.safe_text import error_line
    from conformance.wire import Redactor

    return error_line(Redactor().message(text))


def fault(text: str) -> None:
    """Print an error message as one line on stderr."""
    typer.echo(f"conformance: {harmless(text)}", err=True)
