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
    """A value, and the option as the user wrote it."""

    value: Any
    said: str


Layer = Mapping[str, Given]
"""What one surface sets, by option name. Options that were not given are absent."""


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """The merged options of a run: the surface with the highest precedence decides each value."""

    given: Layer
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    table: Table = field(default_factory=lambda: OPTIONS, repr=False)

    def __getitem__(self, name: str) -> Any:
        """Return the value of an option, or its default. Raises `KeyError` for an unknown name."""
        given = self.given.get(name)
        return given.value if given is not None else self.table[name].default

    def said(self, name: str) -> str:
        """Return how the user wrote the option, or its flag if the user did not set it."""
        given = self.given.get(name)
        return given.said if given is not None else self.table[name].flag

    @classmethod
    def merged(cls, *layers: Layer, environ: Mapping[str, str] | None = None, table: Table = OPTIONS) -> TargetOptions:
        """Merge these layers, the highest precedence first.

        Headers of all layers are sent, each with the value of the highest precedence. From the options of a group,
        only those of one layer count: the first that sets one.
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
    """Return the options of the command line or of pytest (`surface`). Raises `TargetError` for a wrong value.

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
    """Return the negative form of a flag: `--no-deep`, `--target-no-deep`."""
    name = option.flag.removeprefix("--")
    return f"{flag.removesuffix(name)}no-{name}"


def environment(environ: Mapping[str, str], table: Table = OPTIONS) -> Layer:
    """Return the options of the environment. Raises `TargetError` for a wrong value."""
    return {
        option.name: Given(option.read(environ[option.variable], option.variable), option.variable)
        for option in table.values()
        if Surface.ENVIRONMENT in option.on and option.variable in environ
    }


def toml_table(values: Mapping[str, Any], said: Callable[[str], str], table: Table = OPTIONS) -> Layer:
    """Return the options of one table of conformance.toml; `said` names the location of a key. Raises `TargetError`."""
    known = {option.toml: option for option in table.values() if Surface.TOML in option.on}
    return {
        known[key].name: Given(known[key].read(value, said(key), typed=True), said(key))
        for key, value in values.items()
    }
