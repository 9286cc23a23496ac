"""Decides whether a text satisfies a JSON schema, or whether a truncated text could have continued to satisfy it.

A truncated text is accepted if its continuation might satisfy the schema, even if this is uncertain.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NoReturn
from urllib.parse import quote

import jsonschema_rs

from conformance.checks.constraints.json_prefix import (
    Node,
    Nothing,
    NotJson,
    OpenArray,
    OpenNumber,
    OpenObject,
    OpenString,
    OpenWord,
    Whole,
    read_beginning,
)
from conformance.checks.constraints.regex_prefix import may_match
from conformance.checks.constraints.ruling import FINE, Ruling
from conformance.wire import parse_json, unicode_only

LONGEST_WHY = 400
"""The longest reason in characters; the library's message contains the complete value."""
_ROOT = "urn:root"
_WORDS = {"true": "boolean", "false": "boolean", "null": "null"}


def no_constant(name: str) -> NoReturn:
    """Raise an error for NaN and Infinity, which are not valid JSON but which `json.loads` accepts by default."""
    raise ValueError(f"{name} is not JSON")


def rule_whole(text: str, schema: Any) -> Ruling:
    """Return whether a text is exactly one JSON value that satisfies the schema."""
    try:
        parse_json(text)
        value = json.loads(text, parse_constant=no_constant)
    except ValueError as error:
        return Ruling(f"not JSON and nothing else ({error})")
    return _validated(value, json.dumps(schema), "")


def rule_beginning(text: str, schema: Any) -> Ruling:
    """Return whether a truncated text may be the beginning of a text that satisfies the schema."""
    try:
        node = read_beginning(text)
    except NotJson as error:
        return Ruling(f"not the beginning of JSON: {error}")
    return _judge(node, json.dumps(schema), "")


def _validated(value: Any, schema: str, pointer: str) -> Ruling:
    try:
        _validator(schema, pointer).validate(unicode_only(value))  # the first error alone: a text may have thousands
    except jsonschema_rs.ValidationError as error:
        place = "".join(f"/{step}" for step in error.instance_path)
        return Ruling(f"{place or 'the value'}: {error.message[:LONGEST_WHY]}")
    return FINE


@lru_cache(maxsize=512)
def _validator(schema: str, pointer: str) -> Any:
    """A validator of the subschema at a JSON pointer, whose references still mean the whole schema."""
    whole = json.loads(schema)
    if not pointer:
        return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    registry = jsonschema_rs.Registry([(_ROOT, whole)])
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"{_ROOT}#{quote(pointer, safe='/~')}"}, registry=registry, validate_formats=True
    )


def _at(schema: str, pointer: str) -> tuple[Any, str]:
    """The subschema at a pointer and its pointer, after following local references."""
    for _ in range(20):
        found: Any = json.loads(schema)
        for step in pointer.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            found = found[int(name)] if isinstance(found, list) else found[name]
        reference = found.get("$ref") if isinstance(found, dict) else None
        if not isinstance(reference, str) or not reference.startswith("#"):
            return found, pointer
        pointer = reference[1:]
    return True, pointer


def _judge(node: Node, schema: str, pointer: str) -> Ruling:
    if isinstance(node, Nothing | Whole):
        return _validated(node.value, schema, pointer) if isinstance(node, Whole) else FINE
    wanted, pointer = _at(schema, pointer)
    if not isinstance(wanted, Mapping):
        return FINE if wanted else Ruling("a value where the schema allows none")
    types = wanted.get("type")
    allowed = {types} if isinstance(types, str) else set(types or ())
    if allowed and not allowed & _types(node):
        return Ruling(f"the beginning of {' or '.join(sorted(_types(node)))} where {types} must be")
    if isinstance(node, OpenObject):
        return _object(node, wanted, schema, pointer)
    if isinstance(node, OpenArray):
        return _array(node, wanted, schema, pointer)
    return _string(node.text, wanted) if isinstance(node, OpenString) else FINE


def _types(node: Node) -> set[str]:
    match node:
        case OpenObject():
            return {"object"}
        case OpenArray():
            return {"array"}
        case OpenString():
            return {"string"}
        case OpenNumber():
            return {"integer", "number"}
        case OpenWord(text=text):
            return {kind for word, kind in _WORDS.items() if word.startswith(text)}
    return set()


def _object(node: OpenObject, wanted: Mapping[str, Any], schema: str, pointer: str) -> Ruling:
    properties = wanted.get("properties") or {}
    closed = wanted.get("additionalProperties") is False and "patternProperties" not in wanted
    for name, member in node.members:
        if name in properties:
            step = name.replace("~", "~0").replace("/", "~1")
            ruling = _judge(member, schema, f"{pointer}/properties/{step}")
            if not ruling:
                return Ruling(f"in {name!r}: {ruling.why}")
        elif closed:
            return Ruling(f"the member {name!r}, which the schema does not allow")
    if node.key is not None and closed and not any(name.startswith(node.key) for name in properties):
        return Ruling(f"a member that begins with {node.key!r}, which the schema does not allow")
    return FINE


def _array(node: OpenArray, wanted: Mapping[str, Any], schema: str, pointer: str) -> Ruling:
    most = wanted.get("maxItems")
    if most is not None and len(node.items) > most:
        return Ruling(f"{len(node.items)} items, of at most {most}")
    whole = [json.dumps(item.value, sort_keys=True) for item in node.items if isinstance(item, Whole)]
    if wanted.get("uniqueItems") and len(set(whole)) < len(whole):
        return Ruling("an item that was there before")
    first = len(wanted.get("prefixItems") or ())
    for index, item in enumerate(node.items):
        if index >= first and "items" not in wanted:
            break
        place = f"prefixItems/{index}" if index < first else "items"
        ruling = _judge(item, schema, f"{pointer}/{place}")
        if not ruling:
            return Ruling(f"in item {index}: {ruling.why}")
    return FINE


def _string(text: str, wanted: Mapping[str, Any]) -> Ruling:
    most = wanted.get("maxLength")
    if most is not None and len(text) > most:
        return Ruling(f"a string of at least {len(text)} characters, of at most {most}")
    values = [wanted["const"]] if "const" in wanted else wanted.get("enum")
    if values is not None and not any(isinstance(value, str) and value.startswith(text) for value in values):
        return Ruling(f"a string that begins with {text[:40]!r}, as none of the allowed values does")
    pattern = wanted.get("pattern")
    if isinstance(pattern, str) and re.match(r"\^.*\$\Z", pattern, re.DOTALL) and not may_match(pattern, text):
        return Ruling(f"a string that begins with {text[:40]!r}, which {pattern} does not match")
    return FINE
