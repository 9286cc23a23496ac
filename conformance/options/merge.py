"""Reads the options of each surface and merges them into the options of a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from conformance.options.option import Kind, Option, Surface
from conformance.options.table import OPTIONS

Table = Mapping[str, Option]


class Given(NamedTuple):
    """The value of an option, with the option's name as the user wrote it."""

    value: Any
    said: str


Layer = Mapping[str, Given]
"""What one surface sets, by option name. Options that were not given are absent."""


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """The merged options of a run: for each option, the source with the highest precedence sets the value."""

    given: Layer
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    table: Table = field(default_factory=lambda: OPTIONS, repr=False)

    def __getitem__(self, name: str) -> Any:
        """Return the value of an option, or its default. Raises `KeyError` for an unknown name."""
        given = self.given.get(name)
        return given.value if given is not None else self.table[name].default

    def said(self, name: str) -> str:
        """Return the option's name as the user wrote it, or its command-line flag if the user did not set the option."""
        given = self.given.get(name)
        return given.said if given is not None else self.table[name].flag

    @classmethod
    def merged(cls, *layers: Layer, environ: Mapping[str, str] | None = None, table: Table = OPTIONS) -> TargetOptions:
        """Merge the options of several sources; the first source has the highest precedence.

        Headers from all sources are sent; if several sources set the same header, the source with the highest
        precedence decides its value. Options of one group exclude each other: only the first source that sets an option
        of the group counts.
        """
        given: dict[str, Given] = {}
        groups: set[str] = set()
        for layer in layers:
            decided = set()
            for name, new in layer.items():
                option, old = table[name], given.get(name)
                if option.kind is Kind.HEADERS and old is not None:
                    given[name] = Given({**new.value, **old.value}, old.said)
                elif old is None and option.group not in groups:
                    given[name] = new
                    if new.value is not False:
                        decided.add(option.group)
            groups |= decided - {""}
        return cls(given, os.environ if environ is None else environ, table)


def command_line(values: Mapping[str, Any], table: Table = OPTIONS, *, surface: Surface = Surface.RUN) -> Layer:
    """Return the options given on the command line or to pytest (`surface`).

    Raises `TargetError` if an option has an invalid value.

    The result leaves out options whose value is None or an empty list. The result also leaves out options whose value
    is False, except flags that have a negative form.
    """
    given = {}
    for name, value in values.items():
        option = table[name]
        if value is None or value == [] or (value is False and not option.negated):
            continue
        said = option.pytest if surface is Surface.PYTEST else "The target" if option.argument else option.flag
        if option.negated and value is False:
            said = negated(said, option)
        given[name] = Given(option.read(value, said), said)
    return given


def negated(flag: str, option: Option) -> str:
    """Return the negative form of a flag: `--no-deep`, `--target-no-deep`."""
    name = option.flag.removeprefix("--")
    return f"{flag.removesuffix(name)}no-{name}"


def environment(environ: Mapping[str, str], table: Table = OPTIONS) -> Layer:
    """Return the options that environment variables set. Raises `TargetError` if a variable has an invalid value."""
    return {
        option.name: Given(option.read(environ[option.variable], option.variable), option.variable)
        for option in table.values()
        if Surface.ENVIRONMENT in option.on and option.variable in environ
    }


def toml_table(values: Mapping[str, Any], said: Callable[[str], str], table: Table = OPTIONS) -> Layer:
    """Return the options in one table of conformance.toml; `said` returns the location of a key for error messages.

    Raises `TargetError`.
    """
    known = {option.toml: option for option in table.values() if Surface.TOML in option.on}
    return {
        known[key].name: Given(known[key].read(value, said(key), typed=True), said(key))
        for key, value in values.items()
    }
