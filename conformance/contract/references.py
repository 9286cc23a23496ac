"""Checks that each `$ref` has a target within the document, and that no chain of references leads back to itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from conformance.contract.errors import SpecError
from conformance.contract.schema_error import pointer_of

# What stands below these is data, not schema.
DATA = frozenset({"example", "examples", "default", "enum", "const"})
Steps = tuple[str | int, ...]


def references(node: Any, at: Steps = (), *, named: bool = False) -> Iterator[tuple[Steps, str]]:
    """Yield every `$ref` in a document with its location.

    `named` is true if the keys of the node are names of properties, not keywords. For example, a property may have the
    name `$ref`; its value is not a reference.
    """
    if isinstance(node, Mapping):
        target = node.get("$ref")
        if isinstance(target, str) and not named:
            yield at, target
        for key, value in node.items():
            if named or key not in DATA:
                yield from references(value, (*at, key), named=not named and key in ("properties", "patternProperties"))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from references(value, (*at, place))


def steps_of(reference: str) -> tuple[str, ...]:
    """Return the keys in a local reference, such as `a` and `b` for `#/a/b`."""
    parts = unquote(reference[1:]).split("/")[1:]
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


def follow(document: Any, reference: str) -> Any:
    """Return the value to which a local reference (`$ref`) points.

    Raises `LookupError` if the reference has no target.
    """
    value = document
    for step in steps_of(reference):
        if isinstance(value, list) and step.isdigit():
            value = value[int(step)]
        else:
            value = (value if isinstance(value, Mapping) else {})[step]
    return value


def check_references(document: Mapping[str, Any]) -> None:
    """Raise `SpecError`, with the JSON pointer in its message, for the first invalid reference.

    References to other files or hosts are invalid, because the suite never fetches them.
    """
    for at, target in references(document):
        where = pointer_of((*at, "$ref"))
        if not target.startswith("#"):
            raise SpecError(f"{where} refers to {target[:200]!r}, and nothing is fetched; bundle it into one file")
        seen: set[str] = set()
        following: Any = target
        while isinstance(following, str) and following.startswith("#"):
            if following in seen:
                raise SpecError(f"{where} leads round in a circle ({following[:200]}); say what it is")
            seen.add(following)
            value = _followed(document, following, where)
            following = value.get("$ref") if isinstance(value, Mapping) else None


def _followed(document: Any, target: str, where: str) -> Any:
    try:
        return follow(document, target)
    except LookupError:
        raise SpecError(f"{where} refers to {target[:200]!r}, which is not in the document; add it") from None
