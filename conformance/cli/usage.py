"""Reports a wrong command line as one line with exit code 2, like other errors that the user can fix."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

# typer brings click along under a private name; its errors have this ancestor.
_UsageError: Any = typer.BadParameter.__mro__[1]
_ClickException: Any = _UsageError.__mro__[1]


class UsageError(_ClickException):  # type: ignore[misc]  # its type is known at run time alone
    """A wrong command line, reported as one line on stderr that is safe for the terminal."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print the line."""
        typer.echo(f"conformance: {self.format_message()}", file=file, err=file is None)


@contextmanager
def _one_line() -> Iterator[None]:
    try:
        yield
    except _UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            raise
        from conformance.cli.say import harmless

        hint = f". Try '{error.ctx.command_path} --help'" if error.ctx is not None else ""
        raise UsageError(harmless(error.format_message().rstrip(".") + hint)) from None


class Commands(TyperGroup):
    """The group of all commands; it reports wrong usage in one line."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """As in Typer."""
        with _one_line():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """As in Typer."""
        with _one_line():
            return super().invoke(ctx)
