"""Converts the errors of a JSON Schema validator to short messages with locations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import jsonschema_rs

MAX_ERRORS = 200
"""The most errors of one instance that are explained."""
_LONGEST_VALUE = 60
_LONGEST_MESSAGE = 300
_MOST_OPTIONS = 12
# Properties whose value says which branch of a union was meant, in the order they are trusted.
_TAGS = ("type", "object", "role")
_JSON_NAMES = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
}
_ARTICLES = {"object": "an object", "array": "an array", "integer": "an integer", "null": "null"}


@dataclass(frozen=True, slots=True)
class SchemaError:
    """One location at which data violates its schema.

    `pointer` is a JSON pointer into the data ("" for the whole data), `schema_pointer` a JSON pointer into the OpenAPI
    document. `message` has at most 300 characters. `keyword` is the violated JSON Schema keyword.
    """

    pointer: str
    message: str
    schema_pointer: str
    keyword: str


def explain(errors: Iterator[jsonschema_rs.ValidationError]) -> list[SchemaError]:
    """Return the errors of one validation, in the order in which the validator reported them.

    If the data matches no branch of a union (such as `anyOf`), the error of the best matching branch is returned. A
    value of the wrong type causes only one error, even if the schema also lists the allowed values.
    """
    found = list(dict.fromkeys(_explain(error) for error in islice(errors, MAX_ERRORS)))
    mistyped = {error.pointer for error in found if error.keyword == "type"}
    return [error for error in found if error.keyword not in ("enum", "const") or error.pointer not in mistyped]


def pointer_of(path: Sequence[str | int]) -> str:
    """Build a JSON pointer (RFC 6901) from a list of keys and indices."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def _explain(error: jsonschema_rs.ValidationError) -> SchemaError:
    branches = _branches(error)
    # A branch without errors: the instance keeps two branches of a `oneOf`, and there is no failure to choose from.
    if not branches or not all(branches):
        return _leaf(error, _message(error))
    depth = len(error.instance_path)
    right_type = [branch for branch in branches if not _wrong_type(branch, depth)]
    if not right_type:
        wanted = dict.fromkeys(
            name
            for branch in branches
            for item in branch
            if item.kind.name == "type"
            for name in _detail(item, "types")
        )
        return _leaf(error, f"{_shown(error.instance)} is not {_one_of_types(wanted)}")
    for tag in _TAGS:
        path = [*error.instance_path, tag]
        meant = [branch for branch in right_type if not _fails_tag(branch, path)]
        if meant and len(meant) < len(right_type):
            right_type = meant
            break
        if not meant:
            failures = [failure for branch in right_type for failure in _tag_failures(branch, path)]
            return _leaf(failures[0], _not_one_of(failures[0].instance, [o for f in failures for o in _options(f)]))
    explained = [[_explain(item) for item in branch] for branch in right_type]
    best = max(explained, key=lambda branch: (max(item.pointer.count("/") for item in branch), -len(branch)))
    return max(best, key=lambda item: item.pointer.count("/"))


def _branches(error: jsonschema_rs.ValidationError) -> list[list[jsonschema_rs.ValidationError]]:
    if error.kind.name not in ("anyOf", "oneOf"):
        return []
    return [list(branch) for branch in getattr(error.kind, "context", None) or []]


def _wrong_type(branch: list[jsonschema_rs.ValidationError], depth: int) -> bool:
    return any(item.kind.name == "type" and len(item.instance_path) == depth for item in branch)


def _fails_tag(branch: list[jsonschema_rs.ValidationError], path: list[str | int]) -> bool:
    return any(
        _is_tag(item, path) or (bool(_branches(item)) and all(_fails_tag(inner, path) for inner in _branches(item)))
        for item in branch
    )


def _tag_failures(branch: list[jsonschema_rs.ValidationError], path: list[str | int]) -> list[Any]:
    own = [item for item in branch if _is_tag(item, path)]
    return own + [found for item in branch for inner in _branches(item) for found in _tag_failures(inner, path)]


def _is_tag(item: jsonschema_rs.ValidationError, path: list[str | int]) -> bool:
    return item.kind.name in ("enum", "const") and list(item.instance_path) == path


def _leaf(error: jsonschema_rs.ValidationError, message: str) -> SchemaError:
    return SchemaError(
        pointer=pointer_of(error.instance_path),
        message=message if len(message) <= _LONGEST_MESSAGE else message[: _LONGEST_MESSAGE - 1] + "…",
        schema_pointer=pointer_of(error.schema_path),
        keyword=error.kind.name,
    )


def _message(error: jsonschema_rs.ValidationError) -> str:
    kind = error.kind
    match kind.name:
        case "required":
            return f"required property {json.dumps(_detail(error, 'property'))} is missing"
        case "type":
            return f"{_shown(error.instance)} is not {_one_of_types(_detail(error, 'types'))}"
        case "enum" | "const":
            return _not_one_of(error.instance, _options(error))
        case "additionalProperties":
            names = ", ".join(json.dumps(name) for name in _detail(error, "unexpected"))
            return f"unknown property {names}"
        case "falseSchema":
            return f"{_shown(error.instance)} is not allowed here"
        case _:
            # The library's own sentence, with the instance (which may be the whole body) cut.
            whole = json.dumps(error.instance, ensure_ascii=False, separators=(",", ":"))
            return error.message.replace(whole, _shown(error.instance), 1)


def _options(error: jsonschema_rs.ValidationError) -> list[Any]:
    return [_detail(error, "expected_value")] if error.kind.name == "const" else list(_detail(error, "options"))


def _detail(error: jsonschema_rs.ValidationError, name: str) -> Any:
    # Each kind of failure has attributes of its own; the library's type knows only what they share.
    return getattr(error.kind, name)


def _not_one_of(value: Any, options: list[Any]) -> str:
    names = list(dict.fromkeys(json.dumps(option, ensure_ascii=False) for option in options))
    if len(names) == 1:
        return f"{_shown(value)} is not {names[0]}"
    more = f" or {len(names) - _MOST_OPTIONS} more" if len(names) > _MOST_OPTIONS else ""
    return f"{_shown(value)} is not one of {', '.join(names[:_MOST_OPTIONS])}{more}"


def _one_of_types(names: Iterable[str]) -> str:
    words = [_ARTICLES.get(name, f"a {name}") for name in names] or ["of any type, since the schema names none"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= _LONGEST_VALUE:
        return text
    if isinstance(value, str):
        return text[: _LONGEST_VALUE - 2] + '…"'
    # No size: the same fault in two bodies should read the same.
    return _JSON_NAMES.get(type(value), "a value")
