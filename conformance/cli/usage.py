"""Finds commands, and reports a wrong command line as one line with exit code 2, like other errors of the user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

# typer brings click along under a private name; its errors have this ancestor.
_UsageError: Any = typer.BadParameter.__mro__[1]
_ClickException: Any = _UsageError.__mro__[1]


class UsageError(_ClickException):  # type: ignore[misc]  # its type is known at run time alone
    """A wrong command line, reported as one line on stderr that is safe for the terminal."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print the error as one line."""
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


class _AsGiven:
    """Takes the value of an option as it is. Typer would import pydantic to convert text to text, which takes long."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value, as a list if the option may be repeated."""
        del ctx
        several = param.multiple or param.nargs == -1
        return list(value or ()) if several else value


def _as_given(parameters: list[Any]) -> list[Any]:
    """Let the options whose values are texts, or flags, do without a conversion, if this version of Typer has one."""
    for each in parameters:
        kind = getattr(getattr(each, "type_descriptor", None), "annotation", None)
        if kind in (bool, str, list[str]) and getattr(each, "_runtime_param", "") is None:
            each._runtime_param = _AsGiven()
    return parameters


class OneCommand(TyperCommand):
    """A command whose values are parsed by the table of options, not by Typer."""

    def get_params(self, ctx: Any) -> list[Any]:
        """As in Typer."""
        return _as_given(super().get_params(ctx))


class Commands(TyperGroup):
    """The group of all commands; it reports wrong usage in one line."""

    def get_params(self, ctx: Any) -> list[Any]:
        """As in Typer."""
        return _as_given(super().get_params(ctx))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands with the whole first sentence of each help text.

        Typer's own list of commands would shorten the help texts.
        """
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        with formatter.section("Commands"):
            formatter.write_dl([(name, _summary(each)) for name, each in found if each and not each.hidden])

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """As in Typer."""
        with _one_line():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """As in Typer."""
        with _one_line():
            return super().invoke(ctx)


def _summary(command: Any) -> str:
    first = " ".join((command.help or "").split("\n\n")[0].split())
    return f"{first.partition('. ')[0].rstrip('.')}."


class LateCommands(dict[str, Any]):
    """Commands by name; the module of a command is imported when the command is looked up."""

    def __init__(self, places: Mapping[str, str]) -> None:
        """`places` has for each name the module and the function or group of the command, as `module:name`."""
        super().__init__(dict.fromkeys(places))
        self._places = places

    def __getitem__(self, name: str) -> Any:
        found = super().__getitem__(name)
        if found is None:
            found = self[name] = _built(name, self._places[name])
        return found

    def get(self, name: str, default: Any = None) -> Any:
        """Return the command, or `default` if no command has this name."""
        if name not in self:
            return default
        return self[name]


def _built(name: str, place: str) -> Any:
    module, _, attribute = place.partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        command: Any = get_group(found)
    else:
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
        alone.command(name, cls=OneCommand)(found)
        command = get_command(alone)
    command.name = name
    return command
