"""A value in a recording that knows its location, reads its fields, and names invalid fields in errors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from conformance.recordings.errors import RecordingError

_KINDS = {dict: "an object", list: "a list", str: "text", bool: "a boolean", int: "a number", float: "a number"}


class Node(NamedTuple):
    """A value of a recording with its file and location.

    A `Node` is a tuple, because tuples are fast to create, and each access to a field creates a `Node`.
    """

    value: Any
    path: Path
    place: str

    def error(self, message: str) -> RecordingError:
        """Return an error that names the location of the value, for the caller to raise."""
        return RecordingError(self.path, self.place, message)

    def get(self, name: str) -> Node:
        """Return a field of an object; None if it is missing. Raises `RecordingError` if the value is not an object."""
        if not isinstance(self.value, dict):
            raise self.error(f"is {kind(self.value)}, where a recording has an object")
        return Node(self.value.get(name), self.path, f"{self.place} {name}" if self.place else name)

    def at(self, *names: str) -> Node:
        """Return a nested field, given the names of the fields; None if an object on the way is missing."""
        node = self
        for name in names:
            node = node.get(name)
            if node.value is None:
                break
        return node

    def items(self, each: str) -> Iterator[Node]:
        """Yield the elements of a list; `each` is the word for one element in error messages.

        Raises `RecordingError` if the value is not a list.
        """
        if not isinstance(self.value, list):
            raise self.error(f"is {kind(self.value)}, where a recording has a list")
        for number, item in enumerate(self.value, 1):
            yield Node(item, self.path, f"{each} {number}")

    def text(self) -> str:
        """Return the node's value; raise an error unless the value is a non-empty string."""
        if not isinstance(self.value, str) or not self.value:
            raise self.error(f"is {kind(self.value)}, where a recording has text")
        return self.value

    def optional_text(self) -> str:
        """Return the value if it is text, else ""."""
        return self.value if isinstance(self.value, str) else ""

    def status(self) -> int:
        """Return the value as an HTTP status: a number, or text that begins with a number. Raises `RecordingError`."""
        value = self.value
        if isinstance(value, str) and value[:3].isascii() and value[:3].isdigit():
            value = int(value[:3])
        if not isinstance(value, int) or isinstance(value, bool) or not 100 <= value <= 999:
            raise self.error(f"is {kind(self.value)}, where a recording has an HTTP status from 100 to 999")
        return value


def kind(value: Any) -> str:
    """Return the type of a value for an error message; the value itself may be secret or very large."""
    if value is None:
        return "missing"
    if value in ("", [], {}):
        return "empty"
    if isinstance(value, (int, float)):
        return f"{value:.20g}" if isinstance(value, float) else f"{value % 10**20}"
    return _KINDS.get(type(value), f"a {type(value).__name__}")
