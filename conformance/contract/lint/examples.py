"""Checks that examples and defaults in the document satisfy the schemas that they illustrate."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract.document import Document
from conformance.contract.errors import SpecError
from conformance.contract.lint.consistency import known_properties
from conformance.contract.lint.problem import Problem, Steps, problem
from conformance.contract.lint.walk import SchemaNode, media, operations, schemas
from conformance.contract.references import follow
from conformance.contract.schema_error import pointer_of
from conformance.contract.schemas import Schemas

SECONDS = 20.0
"""The time limit for examples: each schema must be compiled with the complete document."""


def check_examples(document: Document) -> Iterator[Problem]:
    """Yield every example that violates its schema, or that contains a parameter that no schema declares."""
    compiled = Schemas(document)
    until = time.monotonic() + SECONDS
    broken: set[str] = set()
    for at, schema_at, value in _found(document.data):
        if time.monotonic() > until:
            yield problem(
                "unfinished", at, f"examples from here on were not looked at after {SECONDS:g} s", error=False
            )
            return
        pointer = "#" + pointer_of(schema_at)
        if pointer in broken:
            continue
        try:
            errors = compiled.errors(pointer, value)
        except SpecError as wrong:
            broken.add(pointer)
            yield problem("schema", schema_at, wrong.message)
            continue
        # A default of null means "absent" in many documents that mean well.
        if errors and not (at[-1] == "default" and value is None):
            where = f" at {errors[0].pointer}" if errors[0].pointer else ""
            yield problem("example", at, f"its schema refuses it{where}: {errors[0].message}")
        yield from _undeclared(at, schema_at, value, document.data)


def _undeclared(at: Steps, schema_at: Steps, value: Any, data: Mapping[str, Any]) -> Iterator[Problem]:
    """Parameters that the example of a request shows, and its schema does not describe."""
    if "requestBody" not in at or not isinstance(value, Mapping):
        return
    schema = follow(data, "#" + pointer_of(schema_at))
    known = known_properties(schema, data)
    if not known:
        return
    for name in value:
        if name not in known:
            yield problem("undeclared", at, f"the example has {name!r}, which no schema describes", error=False)


def _found(data: Mapping[str, Any]) -> Iterator[tuple[Steps, Steps, Any]]:
    """Every example: where it stands, where its schema stands, and its value."""
    for node in schemas(data):
        for key in ("default", "example"):
            if key in node.value:
                yield (*node.at, key), node.at, node.value[key]
        given = node.value.get("examples")
        if isinstance(given, list):
            yield from (((*node.at, "examples", place), node.at, value) for place, value in enumerate(given))
    for operation in operations(data):
        for each in (*media(operation), *_parameters(operation)):
            if "schema" in each.value:
                yield from _of_media(each)


def _parameters(operation: SchemaNode) -> Iterator[SchemaNode]:
    given = operation.value.get("parameters")
    for place, value in enumerate(given if isinstance(given, list) else ()):
        if isinstance(value, Mapping):
            yield SchemaNode((*operation.at, "parameters", place), value)


def _of_media(node: SchemaNode) -> Iterator[tuple[Steps, Steps, Any]]:
    if "example" in node.value:
        yield (*node.at, "example"), (*node.at, "schema"), node.value["example"]
    named = node.value.get("examples")
    if isinstance(named, Mapping):
        for name, example in named.items():
            if isinstance(example, Mapping) and "value" in example:
                yield (*node.at, "examples", name, "value"), (*node.at, "schema"), example["value"]
