"""Validates tools, tool choice and JSON schemas in requests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from conformance.reference.errors import refuse
from conformance.reference.fields import Field, one_of, require, wrong_type
from conformance.reference.language_model.constraint import Constraint, ConstraintError, Guide
from conformance.reference.language_model.planner import ToolChoice
from conformance.reference.prompt import Json


def check_function(function: Json, path: str) -> None:
    """Reject a declared function if its name, description, parameters or `strict` value is invalid."""
    name = require(function, "name", f"{path}.name", "string")
    Field(("string",), low=1, high=64).check(name, f"{path}.name")
    if not re.fullmatch(r"[a-zA-Z0-9_-]+", name):
        refuse(
            f"Invalid '{path}.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
            f"{path}.name", "invalid_value",
        )  # fmt: skip
    Field(("string",)).check(function.get("description"), f"{path}.description")
    Field(("boolean",)).check(function.get("strict"), f"{path}.strict")
    parameters = function.get("parameters")
    if parameters is None:
        return
    Field(("object",)).check(parameters, f"{path}.parameters")
    where = f"Invalid schema for function '{name}'"
    if parameters and parameters.get("type") != "object":
        refuse(
            f"{where}: schema must be a JSON Schema of 'type: \"object\"', got 'type: {parameters.get('type')!r}'.",
            f"{path}.parameters", "invalid_function_parameters",
        )  # fmt: skip
    strict = bool(function.get("strict"))
    check_schema(parameters, where, f"{path}.parameters", "invalid_function_parameters", strict=strict)


def check_schema(schema: Any, where: str, param: str, code: str | None, *, strict: bool, lenient: bool = True) -> None:
    """Reject a schema that cannot be compiled, or that strict mode does not allow."""
    try:
        if strict and (fault := strict_fault(schema, ())):
            refuse(f"{where}: {fault}", param, code)
        guide = Guide("json_schema", schema or {"type": "object"}, param, lenient=lenient and not strict)
        check_guide(guide, where, code)
    except RecursionError:
        refuse(f"{where}: the schema is nested too deeply.", param, code)


def check_guide(guide: Guide, where: str, code: str | None = None) -> None:
    """Reject an output constraint that cannot be compiled.

    The error names the parameter that contains the constraint.
    """
    try:
        Constraint(guide)
    except ConstraintError as error:
        refuse(f"{where}: {error}", guide.param, code)


def strict_fault(schema: Any, context: tuple[str, ...]) -> str | None:
    """Return the first violation of strict mode, such as an open object or an optional property."""
    if not isinstance(schema, dict):
        return None
    if schema.get("type") == "object" or "properties" in schema:
        if schema.get("additionalProperties") is not False:
            return f"In context={context}, 'additionalProperties' is required to be supplied and to be false."
        missing = [name for name in schema.get("properties") or {} if name not in (schema.get("required") or [])]
        if missing:
            return (
                f"In context={context}, 'required' is required to be supplied and to be an array including every key in properties. "
                f"Missing '{missing[0]}'."
            )
    for word in ("properties", "$defs", "definitions"):
        for name, part in (schema.get(word) or {}).items():
            if fault := strict_fault(part, (*context, word, name)):
                return fault
    for part in [schema.get("items"), *(schema.get("anyOf") or [])]:
        if fault := strict_fault(part, (*context, "items")):
            return fault
    return None


def check_tools(tools: Any, kinds: Sequence[str] = ("function",)) -> None:
    """Reject invalid `tools` of a chat request."""
    Field(("array",), low=1, high=128).check(tools, "tools")
    for index, tool in enumerate(tools or ()):
        path = f"tools[{index}]"
        if not isinstance(tool, dict):
            wrong_type(path, ["object"], tool)
        kind = require(tool, "type", f"{path}.type", "string")
        one_of(kind, kinds, f"{path}.type")
        inner = require(tool, kind, f"{path}.{kind}", "object")
        if kind == "function":
            check_function(inner, f"{path}.function")
        elif kind == "custom":
            require(inner, "name", f"{path}.custom.name", "string")
        else:
            buckets = require(inner, "bucket_ids", f"{path}.{kind}.bucket_ids", "array")
            for number, bucket in enumerate(buckets):
                Field(("string",)).check(bucket, f"{path}.{kind}.bucket_ids[{number}]")


def read_tool_choice(
    choice: Any, names: Sequence[str], *, parallel: bool, others: Sequence[str] = ("custom",)
) -> ToolChoice:
    """Return a valid `tool_choice` as a `ToolChoice`.

    Reject a `tool_choice` with an undeclared function or an unknown value.

    `others` lists types of tools that a request may declare but not choose, because the model never calls such
    tools.
    """
    if choice is None:
        return ToolChoice("auto" if names else "none", None, parallel)
    if isinstance(choice, str):
        one_of(choice, ("none", "auto", "required"), "tool_choice")
        if choice == "required" and not names:
            refuse(
                "Unsupported value: 'tool_choice' does not support 'required' with this model unless a tool is a function.",
                "tool_choice", "unsupported_value",
            )  # fmt: skip
        return ToolChoice(choice, None, parallel)
    if not isinstance(choice, dict):
        wrong_type("tool_choice", ["string", "object"], choice)
    kind = require(choice, "type", "tool_choice.type", "string")
    one_of(kind, ("function", "allowed_tools", *others), "tool_choice.type")
    if kind in others:
        refuse(
            f"Unsupported value: 'tool_choice.type' does not support '{kind}' with this model.",
            "tool_choice.type",
            "unsupported_value",
        )
    if kind == "function":
        inner = choice["function"] if isinstance(choice.get("function"), dict) else choice
        name = require(inner, "name", "tool_choice.function.name", "string")
        _declared([name], names)
        return ToolChoice("named", frozenset({name}), parallel)
    inner = choice["allowed_tools"] if isinstance(choice.get("allowed_tools"), dict) else choice
    mode = require(inner, "mode", "tool_choice.allowed_tools.mode", "string")
    one_of(mode, ("auto", "required"), "tool_choice.allowed_tools.mode")
    allowed = require(inner, "tools", "tool_choice.allowed_tools.tools", "array")
    functions = [tool for tool in allowed if isinstance(tool, dict) and tool.get("type", "function") not in others]
    wanted = [str((tool.get("function") or tool).get("name")) for tool in functions]
    _declared(wanted, names)
    return ToolChoice(mode, frozenset(wanted), parallel)


def _declared(wanted: Sequence[Any], names: Sequence[str]) -> None:
    for name in wanted:
        if name not in names:
            # OpenAI names the old parameter here, and gives no code.
            refuse(f"Tool choice '{name}' not found in 'tools' parameter.", "function_call")
