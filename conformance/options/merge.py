"""What each surface says, and the options of a run made from all of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from conformance.options.option import Kind, Option, Surface
from conformance.options.table import OPTIONS

Table = Mapping[str, Option]


class Given(NamedTuple):
    """A value, and how the user wrote the option that it was given with."""

    value: Any
    said: str


Layer = Mapping[str, Given]
"""What one surface gives, by the option's name. Options that were not given are absent."""


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """The options of a run, merged: the strongest surface that gives an option decides its value."""

    given: Layer
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    table: Table = field(default_factory=lambda: OPTIONS, repr=False)

    def __getitem__(self, name: str) -> Any:
        """The value of an option, or its default. Raises `KeyError` for a name that the table lacks."""
        given = self.given.get(name)
        return given.value if given is not None else self.table[name].default

    def said(self, name: str) -> str:
        """How the user wrote the option; its flag when the user did not give it."""
        given = self.given.get(name)
        return given.said if given is not None else self.table[name].flag

    @classmethod
    def merged(cls, *layers: Layer, environ: Mapping[str, str] | None = None, table: Table = OPTIONS) -> TargetOptions:
        """The options from these layers, the strongest first.

        Headers of all layers are sent, each with its strongest value. Of the options of a group only those of the
        strongest layer count that gives one.
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
    """The options of the command line, or with `surface` of pytest. Raises `TargetError` for a wrong value.

    A value that is None, an empty list or False was not given, except for the False of a flag that can be negated.
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
    """The form of a flag that says no: `--no-deep`, `--target-no-deep`."""
    name = option.flag.removeprefix("--")
    return f"{flag.removesuffix(name)}no-{name}"


def environment(environ: Mapping[str, str], table: Table = OPTIONS) -> Layer:
    """The options of the environment. Raises `TargetError` for a wrong value."""
    return {
        option.name: Given(option.read(environ[option.variable], option.variable), option.variable)
        for option in table.values()
        if Surface.ENVIRONMENT in option.on and option.variable in environ
    }


def toml_table(values: Mapping[str, Any], said: Callable[[str], str], table: Table = OPTIONS) -> Layer:
    """The options of one table of conformance.toml; `said` names the place of a key. Raises `TargetError`."""
    known = {option.toml: option for option in table.values() if Surface.TOML in option.on}
    return {
        known[key].name: Given(known[key].read(value, said(key), typed=True), said(key))
        for key, value in values.items()
    }
