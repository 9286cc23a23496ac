"""Output of commands: nothing printed is a secret, moves the cursor, or is obeyed by a CI system."""

from __future__ import annotations

import typer


def harmless(text: str) -> str:
    """Return any text as one line that is safe to print."""
    from conformance.report.safe_text import error_line
    from conformance.wire import Redactor

    return error_line(Redactor().message(text))


def fault(text: str) -> None:
    """Print one line on stderr about an error."""
    typer.echo(f"conformance: {harmless(text)}", err=True)
