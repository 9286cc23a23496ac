"""Runs all lint rules on one OpenAPI document, and adds line numbers to the problems if the file is YAML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs

from conformance.contract.document import Document, load_document
from conformance.contract.lint.consistency import check_schema
from conformance.contract.lint.examples import check_examples
from conformance.contract.lint.problem import Problem, problem
from conformance.contract.lint.prose import check_limits, check_prose
from conformance.contract.lint.structure import check_openapi, check_operations
from conformance.contract.lint.walk import schemas
from conformance.contract.located import Located, load_yaml
from conformance.contract.references import steps_of


def lint(document: Document) -> list[Problem]:
    """Return all problems of a loaded document, errors first and without duplicates.

    If a lint rule crashes on a faulty document, the problem `unfinished` is reported.
    """
    found: list[Problem] = []
    rules: tuple[Callable[[], Iterator[Problem]], ...] = (
        lambda: check_openapi(document.data),
        lambda: _schemas(document.data),
        lambda: check_examples(document),
        lambda: check_operations(document.data),
        lambda: check_prose(document.data),
        lambda: check_limits(document.data),
    )
    for rule in rules:
        try:
            found += rule()
        except (TypeError, AttributeError, KeyError, ValueError, RecursionError) as trouble:
            # The document is not of the shape that OpenAPI demands, which the first rule has told already.
            said = f"a rule gave up on the document: {type(trouble).__name__}: {trouble}"[:300]
            found.append(problem("unfinished", (), said, error=False))
    once = {(each.rule, each.pointer, each.message): each for each in found}
    return sorted(once.values(), key=lambda each: not each.error)


def lint_file(source: str | Path) -> tuple[Document, list[Problem]]:
    """Lint an OpenAPI document, given as a contract's name or as a file.

    Raises `SpecError` if the document cannot be loaded.
    """
    document = load_document(source)
    located = None if document.file.suffix == ".json" else _located(document.file)
    return document, [_with_line(each, located) for each in lint(document)]


def _schemas(data: Mapping[str, Any]) -> Iterator[Problem]:
    modern = not str(data["openapi"]).startswith("3.0")
    for node in schemas(data):
        if modern and len(node.at) <= 3:
            yield from _meta(node.at, node.value)
        yield from check_schema(node, data)


def _meta(at: tuple[str | int, ...], schema: Mapping[str, Any]) -> Iterator[Problem]:
    plain = {key: value for key, value in schema.items() if key != "$schema"}
    for error in jsonschema_rs.Draft202012Validator(_META).iter_errors(plain):
        yield problem("schema", (*at, *error.instance_path), error.message[:300])


_META = {"$ref": "https://json-schema.org/draft/2020-12/schema"}


def _located(file: Path) -> Located | None:
    return None if file.read_text(encoding="utf-8").lstrip().startswith("{") else load_yaml(file)


def _with_line(each: Problem, located: Located | None) -> Problem:
    if located is None:
        return each
    steps = tuple(int(step) if step.isdigit() else step for step in steps_of("#" + each.pointer))
    texts = steps_of("#" + each.pointer)
    line = max(located.line(*steps), located.line(*texts))
    return replace(each, line=line)
