"""Parses YAML with line numbers, so that errors can name the location of a value as `file:line`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.cached import kept
from conformance.contract.errors import SpecError
from conformance.specs import SPECS

_PARSERS = tuple(Path(__file__).with_name(f"{name}.py") for name in ("yaml_file", "bounded"))
Steps = tuple[str | int, ...]
"""The path from the root of a file to a value: mapping keys and list indices."""


@dataclass(frozen=True, slots=True)
class Located:
    """The data of one YAML file, with the line (starting at 1) of every mapping entry and list item."""

    file: Path
    data: Any
    lines: Mapping[Steps, int]

    def line(self, *path: str | int) -> int:
        """Return the line number of the value at a path in the YAML file, or of the nearest enclosing value."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def error(self, message: str, *path: str | int) -> SpecError:
        """Create an error whose location is the value at a path in the YAML file."""
        return SpecError(message, self.file, self.line(*path))

    def mapping(
        self, path: Steps, *, allowed: Collection[str], required: Collection[str] = (), what: str = "mapping"
    ) -> dict[str, Any]:
        """Return the YAML mapping at a path.

        The mapping may have only `allowed` keys, and must have all `required` keys.

        Raises `SpecError` if the value is not a mapping, has an unknown key, or lacks a required key.
        """
        value = self.at(path)
        if not isinstance(value, dict):
            raise self.error(f"{what} must be a mapping, not {_kind(value)}", *path)
        for key in value:
            if key not in allowed:
                raise self.error(f"unknown field {key!r} in {what}; known fields are {', '.join(allowed)}", *path, key)
        for key in required:
            if key not in value:
                raise self.error(f"{what} lacks {key!r}; add it", *path)
        return value

    def at(self, path: Steps) -> Any:
        """Return the value at a path in the YAML file."""
        value = self.data
        for step in path:
            value = value[step]
        return value

    def text(self, *path: str | int) -> str:
        """Return the non-empty YAML string at a path, without surrounding whitespace."""
        value = self.at(path)
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"{path[-1]!r} must be a non-empty text, not {_kind(value)}", *path)
        return value.strip()

    def optional_text(self, *path: str | int) -> str | None:
        """Return the YAML string at a path, or None if the key is absent or null."""
        parent = self.at(path[:-1])
        if parent.get(path[-1]) is None:
            return None
        return self.text(*path)

    def texts(self, *path: str | int) -> tuple[str, ...]:
        """Return the YAML list of non-empty strings at a path; () if the key is absent."""
        if path[-1] not in self.at(path[:-1]):
            return ()
        value = self.at(path)
        if not isinstance(value, list):
            raise self.error(f"{path[-1]!r} must be a list of texts, not {_kind(value)}", *path)
        return tuple(self.text(*path, index) for index in range(len(value)))


def load_yaml(file: Path) -> Located:
    """Read one YAML file with its line numbers. The parsed data of the suite's own files is stored for later processes.

    Raises `SpecError` if the file cannot be read, is not YAML, has a duplicate key, or exceeds the limits of
    `conformance.contract.bounded`.
    """
    if file.is_relative_to(SPECS) and file.is_file():
        name = "-".join(file.relative_to(SPECS).parts)
        return Located(file, *kept(name, (file, *_PARSERS), lambda: _parsed(file)))
    return Located(file, *_parsed(file))


def _parsed(file: Path) -> tuple[Any, dict[Steps, int]]:
    from conformance.contract.yaml_file import parse_yaml  # most processes need no parser

    return parse_yaml(file)


def _kind(value: Any) -> str:
    if value is None or value == "":
        return "empty"
    return {dict: "a mapping", list: "a list", str: "a text", bool: "a truth value"}.get(type(value), repr(value))
