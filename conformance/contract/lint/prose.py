"""Finds parameters and limits that descriptions mention but no schema of the document declares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract.lint.problem import Problem, Steps, problem
from conformance.contract.lint.walk import SchemaNode, schemas, within

_NAME = r"`([a-z][a-z0-9]*(?:_[a-z0-9]+)*)`"
# Words next to a name that make it a parameter: "the `x` parameter", "set `x` to", "if `x` is omitted".
_SPOKEN = re.compile(
    rf"(?:\b(?:parameters?|fields?|property|option|set|setting|pass|passing|use|using|if|omit|specify|with)\s+{_NAME})"
    rf"|(?:{_NAME}\s+(?:parameter|field|property|option|is (?:omitted|set|given|specified|required|provided)))",
    re.IGNORECASE,
)
# With an underscore it is nobody's plain word.
_SNAKE = re.compile(r"`([a-z][a-z0-9]*(?:_[a-z0-9]+)+)`")
_VALUES = frozenset({"true", "false", "null", "none", "string", "integer", "number", "object", "array", "boolean"})
_SAID_IN = ("description", "summary")
_NUMBER = r"(-?\d+(?:\.\d+)?)"
_RANGE = re.compile(rf"(?:\bbetween\s+{_NUMBER}\s+and\s+{_NUMBER}|\bin\s+[\[(]\s*{_NUMBER}\s*,\s*{_NUMBER}\s*[\])])")
_MOST = re.compile(rf"\b(?:at most|up to|no more than|(?:a )?maximum of)\s+{_NUMBER}\b", re.IGNORECASE)
_UPPER = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "enum", "const"})
_LOWER = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "enum", "const"})


def check_prose(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each parameter that descriptions mention but no schema declares.

    The location of a problem is the first description that mentions the parameter.
    """
    known = declared(document)
    told: set[str] = set()
    for at, text in _texts(document, ()):
        spoken = [one or other for one, other in _SPOKEN.findall(text)] + _SNAKE.findall(text)
        for name in dict.fromkeys(spoken):
            if name not in known and name not in told and name not in _VALUES:
                told.add(name)
                message = f"the text mentions `{name}`, which no schema or parameter of the document has"
                yield problem("undeclared", at, message, error=False)


def declared(node: Any) -> set[str]:
    """Return all names in the document: names of properties, parameters, schemas and operations, and enum values."""
    found: set[str] = set()
    todo = [node]
    while todo:
        each = todo.pop()
        if isinstance(each, Mapping):
            for key, value in each.items():
                if isinstance(value, Mapping):
                    found.add(str(key))
                elif key in ("name", "const", "default", "operationId", "title", "propertyName"):
                    found.add(str(value))
                if key in ("enum", "required", "tags", "examples") and isinstance(value, list):
                    found.update(str(item) for item in value if not isinstance(item, Mapping | list))
            todo.extend(each.values())
        elif isinstance(each, list):
            todo.extend(each)
    return found


def _texts(node: Any, at: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in _SAID_IN and isinstance(value, str):
                yield (*at, key), value
            elif key not in ("example", "examples", "default", "enum", "info", "tags"):
                yield from _texts(value, (*at, key))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from _texts(value, (*at, place))


def check_limits(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each limit of a request parameter that a description states, but no schema keyword.

    Test cases cannot be generated from limits that only a description states.
    """
    for node in schemas(document):
        text = node.value.get("description")
        if not isinstance(text, str) or "responses" in node.at or "$ref" in node.value:
            continue
        said = _RANGE.search(text) or _MOST.search(text)
        if said is None or not _measurable(node):
            continue
        keywords = {key for each in within(node.value, ()) for key in each.value}
        ranged = said.re is _RANGE
        if not keywords & _UPPER or (ranged and not keywords & _LOWER):
            message = f"the text says {said.group()!r}, and the schema has no such limit"
            yield problem("undeclared-limit", (*node.at, "description"), message, error=False)


def _measurable(node: SchemaNode) -> bool:
    """Whether the schema is one of a number, a list or a text, so that a limit could stand in it."""
    kinds = [each.value.get("type") for each in within(node.value, ())]
    flat = {name for kind in kinds for name in (kind if isinstance(kind, list) else [kind])}
    return bool(flat & {"number", "integer", "array", "string"}) and node.value.get("type") not in ("object", "boolean")
