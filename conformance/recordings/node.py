"""A value somewhere in a recording, which knows its place: reads fields, or says which one is not as it must be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from conformance.recordings.errors import RecordingError

_KINDS = {dict: "an object", list: "a list", str: "text", bool: "a boolean", int: "a number", float: "a number"}


class Node(NamedTuple):
    """A value of a recording, with the file and the place it was read from; a tuple, because each field read is one."""

    value: Any
    path: Path
    place: str

    def error(self, message: str) -> RecordingError:
        """An error at this place, to be raised."""
        return RecordingError(self.path, self.place, message)

    def get(self, name: str) -> Node:
        """A field of an object; a missing one is None. Raises `RecordingError` when this is no object."""
        if not isinstance(self.value, dict):
            raise self.error(f"is {kind(self.value)}, where a recording has an object")
        return Node(self.value.get(name), self.path, f"{self.place} {name}" if self.place else name)

    def at(self, *names: str) -> Node:
        """A field of a field, as deep as there are names; an object that is missing on the way is None."""
        node = self
        for name in names:
            node = node.get(name)
            if node.value is None:
                break
        return node

    def items(self, each: str) -> Iterator[Node]:
        """The elements of a list; `each` names one. Raises `RecordingError` when this is no list."""
        if not isinstance(self.value, list):
            raise self.error(f"is {kind(self.value)}, where a recording has a list")
        for number, item in enumerate(self.value, 1):
            yield Node(item, self.path, f"{each} {number}")

    def text(self) -> str:
        """The value, which must be text."""
        if not isinstance(self.value, str) or not self.value:
            raise self.error(f"is {kind(self.value)}, where a recording has text")
        return self.value

    def optional_text(self) -> str:
        """The value when it is text, else ""."""
        return self.value if isinstance(self.value, str) else ""

    def status(self) -> int:
        """The value as an HTTP status: a number, or text that begins with one. Raises `RecordingError`."""
        value = self.value
        if isinstance(value, str) and value[:3].isascii() and value[:3].isdigit():
            value = int(value[:3])
        if not isinstance(value, int) or isinstance(value, bool) or not 100 <= value <= 999:
            raise self.error(f"is {kind(self.value)}, where a recording has an HTTP status from 100 to 999")
        return value


def kind(value: Any) -> str:
    """What a value is, for a person; never the value itself, which may be a secret or a megabyte."""
    if value is None:
        return "missing"
    if value in ("", [], {}):
        return "empty"
    if isinstance(value, (int, float)):
        return f"{value:.20g}" if isinstance(value, float) else f"{value % 10**20}"
    return _KINDS.get(type(value), f"a {type(value).__name__}")
