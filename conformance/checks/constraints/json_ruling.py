"""Decides whether a text satisfies a JSON schema, or whether a truncated text could have continued to satisfy it.

A truncated text is accepted if its continuation might satisfy the schema, even if this is uncertain.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import islice
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
MOST_ERRORS = 100
"""The most violations of one text that are read; a text may have thousands."""
_ROOT = "urn:root"
_WORDS = {"true": "boolean", "false": "boolean", "null": "null"}


def no_constant(name: str) -> NoReturn:
    """Raise an error for NaN and Infinity, which are not valid JSON but which `json.loads` accepts by default."""
    raise ValueError(f"{name} is not JSON")


def rule_whole(text: str, schema: Any, tested: Collection[str] = ()) -> Ruling:
    """Return whether a text is exactly one JSON value that satisfies the schema.

    If the text violates several keywords, the reason names a violation of a keyword in `tested`.
    """
    try:
        parse_json(text)
        value = json.loads(text, parse_constant=no_constant)
    except ValueError as error:
        return Ruling(f"not JSON and nothing else ({error})")
    return _validated(value, json.dumps(schema), "", tested)


def rule_beginning(text: str, schema: Any) -> Ruling:
    """Return whether a truncated text may be the beginning of a text that satisfies the schema."""
    try:
        node = read_beginning(text)
    except NotJson as error:
        return Ruling(f"not the beginning of JSON: {error}")
    return _judge(node, json.dumps(schema), "")


def _validated(value: Any, schema: str, pointer: str, tested: Collection[str] = ()) -> Ruling:
    errors = _validator(schema, pointer).iter_errors(unicode_only(value))
    found = list(islice(errors, MOST_ERRORS))
    if not found:
        return FINE
    error = next((each for each in found if not _steps(each).isdisjoint(tested)), found[0])
    place = "".join(f"/{step}" for step in error.instance_path)
    why = f"{place or 'the value'}: {error.message[:LONGEST_WHY]}"
    return Ruling(why, frozenset(pointer.split("/")[1:]).union(*map(_steps, found)))


def _steps(error: jsonschema_rs.ValidationError) -> frozenset[str]:
    """The keywords and names on the way to the violated keyword of the schema."""
    return frozenset(step for step in error.schema_path if isinstance(step, str))


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
        return FINE if wanted else _lost("a value where the schema allows none", pointer)
    types = wanted.get("type")
    allowed = {types} if isinstance(types, str) else set(types or ())
    if allowed and not allowed & _types(node):
        return _lost(f"the beginning of {' or '.join(sorted(_types(node)))} where {types} must be", pointer, "type")
    if isinstance(node, OpenObject):
        return _object(node, wanted, schema, pointer)
    if isinstance(node, OpenArray):
        return _array(node, wanted, schema, pointer)
    return _string(node.text, wanted, pointer) if isinstance(node, OpenString) else FINE


def _lost(why: str, pointer: str, *keyword: str) -> Ruling:
    """A violation of the keyword of the subschema at a pointer."""
    return Ruling(why, frozenset((*pointer.split("/")[1:], *keyword)))


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
                return replace(ruling, why=f"in {name!r}: {ruling.why}")
        elif closed:
            return _lost(f"the member {name!r}, which the schema does not allow", pointer, "additionalProperties")
    if node.key is not None and closed and not any(name.startswith(node.key) for name in properties):
        why = f"a member that begins with {node.key!r}, which the schema does not allow"
        return _lost(why, pointer, "additionalProperties")
    return FINE


def _array(node: OpenArray, wanted: Mapping[str, Any], schema: str, pointer: str) -> Ruling:
    most = wanted.get("maxItems")
    if most is not None and len(node.items) > most:
        return _lost(f"{len(node.items)} items, of at most {most}", pointer, "maxItems")
    whole = [json.dumps(item.value, sort_keys=True) for item in node.items if isinstance(item, Whole)]
    if wanted.get("uniqueItems") and len(set(whole)) < len(whole):
        return _lost("an item that was there before", pointer, "uniqueItems")
    first = len(wanted.get("prefixItems") or ())
    for index, item in enumerate(node.items):
        if index >= first and "items" not in wanted:
            break
        place = f"prefixItems/{index}" if index < first else "items"
        ruling = _judge(item, schema, f"{pointer}/{place}")
        if not ruling:
            return replace(ruling, why=f"in item {index}: {ruling.why}")
    return FINE


def _string(text: str, wanted: Mapping[str, Any], pointer: str) -> Ruling:
    most = wanted.get("maxLength")
    if most is not None and len(text) > most:
        return _lost(f"a string of at least {len(text)} characters, of at most {most}", pointer, "maxLength")
    values = [wanted["const"]] if "const" in wanted else wanted.get("enum")
    if values is not None and not any(isinstance(value, str) and value.startswith(text) for value in values):
        why = f"a string that begins with {text[:40]!r}, as none of the allowed values does"
        return _lost(why, pointer, "const" if "const" in wanted else "enum")
    pattern = wanted.get("pattern")
    if isinstance(pattern, str) and re.match(r"\^.*\$\Z", pattern, re.DOTALL) and not may_match(pattern, text):
        return _lost(f"a string that begins with {text[:40]!r}, which {pattern} does not match", pointer, "pattern")
    return FINE
