"""Converts rows of the table of options to parameters of a Typer command."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any

import typer

from conformance.options import OPTIONS, Kind, Option, Surface, command_line, environment
from conformance.options.merge import negated

Command = Callable[..., None]


def from_table(
    surface: Surface, table: Mapping[str, Option] = OPTIONS, *, several: str = ""
) -> Callable[[Callable[..., None]], Command]:
    """Return a decorator that makes a Typer command with the options of `surface`, such as `conformance run`.

    The decorated function is called with the options that the command line sets.

    `several` names an argument that a user may give several times. The decorated function gets all values of the
    argument `several` as its second argument. If the user gives exactly one value, the first argument also contains
    this value.

    The table of options parses the values of options; Typer does not parse them. An invalid option value causes the
    same message in `conformance run`, `conformance plan` and pytest.
    """
    parameters = [_parameter(option, many=option.name == several) for option in table.values() if surface in option.on]

    def decorate(function: Callable[..., None]) -> Command:
        def command(**values: Any) -> None:
            if not several:
                function(command_line(values, table))
                return
            given = values.pop(several) or []
            one = {several: given[0]} if len(given) == 1 else {}
            function(command_line({**one, **values}, table), given)

        command.__name__, command.__doc__ = function.__name__, function.__doc__
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        vars(command)["__signature__"] = Signature(parameters)
        return command

    return decorate


def flag(name: str, table: Mapping[str, Option] = OPTIONS) -> Any:
    """Return the Typer declaration of one option, for commands that have only a few options."""
    option = table[name]
    if option.argument:
        return typer.Argument(metavar=option.metavar, help=option.description, show_default=False)
    names = f"{option.flag}/{negated(option.flag, option)}" if option.negated else option.flag
    metavar = None if option.kind is Kind.FLAG else option.metavar
    declared = [names, option.short] if option.short else [names]
    return typer.Option(*declared, metavar=metavar, help=option.description, show_default=False)


def _parameter(option: Option, *, many: bool = False) -> Parameter:
    repeats = option.repeats or many
    kind: Any = bool | None if option.kind is Kind.FLAG else list[str] | None if repeats else str | None
    return Parameter(
        option.name,
        Parameter.POSITIONAL_OR_KEYWORD,
        default=None,
        annotation=Annotated[kind, flag(option.name, {option.name: option})],
    )


Profile = Annotated[str | None, flag("profile")]
Only = Annotated[list[str] | None, flag("only")]
Spec = Annotated[str | None, flag("spec")]
Output = Annotated[Path | None, flag("output")]
Packs = Annotated[list[str] | None, flag("pack")]


def use_packs(given: list[str] | None) -> None:
    """Make the packs from the command line available, or those from the environment if the command line names none.

    Raises `SpecError` if a folder is not a pack.
    """
    from conformance.contract.packs import use_packs as use

    told = environment(os.environ, {"pack": OPTIONS["pack"]}).get("pack")
    use(given or (told.value if told else ()))
