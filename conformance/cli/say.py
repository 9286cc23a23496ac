"""How a command speaks: nothing it prints is a secret, or moves the cursor, or is obeyed by a CI system."""

from __future__ import annotations

import typer


def harmless(text: str) -> str:
    """A text on one line as it may be printed, whoever wrote it: a target, a file, the name of a file."""
    from conformance.report.safe_text import error_line
    from conformance.wire import Redactor

    return error_line(Redactor().message(text))


def fault(text: str) -> None:
    """One line on stderr about what went wrong."""
    typer.echo(f"conformance: {harmless(text)}", err=True)
