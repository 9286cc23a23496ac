"""Checks the tools in a Responses request.

In OpenAI's contract, a request may contain tools of every type that OpenAI's OpenAPI document describes. In the
Responses API, functions are strict by default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.reference.chat.tools import check_function, strict_fault
from conformance.reference.dialect import Dialect
from conformance.reference.fields import one_of, require, wrong_type
from conformance.reference.language_model.constraint import Constraint, ConstraintError, Guide
from conformance.reference.prompt import Json, Tool

_STRING = ("string",)
TOOL_TYPES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "function": {},
    "custom": {"name": _STRING},
    "namespace": {"name": _STRING, "description": _STRING, "tools": ("array",)},
    "file_search": {"vector_store_ids": ("array",)},
    "web_search": {},
    "web_search_2025_08_26": {},
    "web_search_preview": {},
    "web_search_preview_2025_03_11": {},
    "computer": {},
    "computer_use_preview": {"environment": _STRING, "display_width": ("integer",), "display_height": ("integer",)},
    "code_interpreter": {"container": ("string", "object")},
    "image_generation": {},
    "mcp": {"server_label": _STRING},
    "tool_search": {},
    "shell": {},
    "local_shell": {},
    "apply_patch": {},
}
"""Required keys of each type, with their JSON types.

Functions are called, and a custom tool if `tool_choice` names it. Other tools are accepted and ignored.
"""

CHOICE_TYPES = (
    "custom", "mcp", "shell", "apply_patch", "file_search", "web_search", "web_search_preview",
    "web_search_preview_2025_03_11", "computer", "computer_use", "computer_use_preview", "image_generation",
    "code_interpreter",
)  # fmt: skip
"""Types of a `tool_choice` other than function and allowed_tools."""


def read_tools(tools: Any, dialect: Dialect) -> tuple[Tool, ...]:
    """Check the tools and return the functions among them."""
    kinds = tuple(TOOL_TYPES) if dialect.strict_keys else ("function",)
    found = []
    for index, tool in enumerate(tools or ()):
        path = f"tools[{index}]"
        kind = _checked(tool, path, kinds)
        if kind == "function":
            strict = bool(tool.get("strict"))
            found.append(Tool(tool["name"], tool.get("description") or "", tool.get("parameters") or {}, strict))
        elif kind == "namespace":
            for number, inner in enumerate(tool["tools"]):
                _checked(inner, f"{path}.tools[{number}]", ("function", "custom"))
    return tuple(found)


def chosen_custom_tool(body: Json) -> str:
    """Return the name of the declared custom tool that `tool_choice` names, or "" if it names none."""
    choice = body.get("tool_choice")
    name = choice.get("name") if isinstance(choice, dict) and choice.get("type") == "custom" else None
    declared = [tool.get("name") for tool in body.get("tools") or () if tool.get("type") == "custom"]
    return str(name) if name in declared else ""


def _checked(tool: Any, path: str, kinds: tuple[str, ...]) -> str:
    """Refuse a tool whose form is wrong; the type of a right one."""
    if not isinstance(tool, dict):
        wrong_type(path, ["object"], tool)
    kind = str(require(tool, "type", f"{path}.type", "string"))
    one_of(kind, kinds, f"{path}.type")
    if kind == "function":
        check_function(tool, path)
    for key, wanted in TOOL_TYPES[kind].items():
        require(tool, key, f"{path}.{key}", *wanted)
    return kind


def with_strict_functions(body: Json) -> Json:
    """Return the body with `strict: true` and a strict schema for every function that does not set `strict`.

    A function whose schema cannot be made strict keeps its schema and gets `strict: false`.
    """
    tools = body.get("tools")
    if not isinstance(tools, list):
        return body
    return {**body, "tools": [_strict(tool) if _undecided(tool) else tool for tool in tools]}


def _undecided(tool: Any) -> bool:
    return isinstance(tool, dict) and tool.get("type") == "function" and tool.get("strict") is None


def _strict(tool: Json) -> Json:
    parameters = tool.get("parameters")
    if parameters is None:
        return {**tool, "strict": True}
    closed = closed_schema(parameters)
    return {**tool, "parameters": closed, "strict": True} if _compiles(closed) else {**tool, "strict": False}


def _compiles(schema: Any) -> bool:
    if not isinstance(schema, dict) or (schema and strict_fault(schema, ())):
        return False
    try:
        Constraint(Guide("json_schema", schema or {"type": "object"}, "tools"))
    except ConstraintError:
        return False
    return True


def closed_schema(schema: Any) -> Any:
    """Return the schema with all properties required, and with `additionalProperties: false` where it was absent."""
    if not isinstance(schema, dict):
        return schema
    closed = dict(schema)
    for word in ("properties", "$defs", "definitions"):
        if isinstance(closed.get(word), dict):
            closed[word] = {name: closed_schema(part) for name, part in closed[word].items()}
    if isinstance(closed.get("anyOf"), list):
        closed["anyOf"] = [closed_schema(part) for part in closed["anyOf"]]
    if "items" in closed:
        closed["items"] = closed_schema(closed["items"])
    if closed.get("type") == "object" or "properties" in closed:
        closed.setdefault("additionalProperties", False)
        if closed.get("properties"):
            closed["required"] = list(closed["properties"])
    return closed


def echoed_tool(tool: Json, dialect: Dialect) -> Json:
    """Return a tool in the form in which the response repeats it.

    Absent keys of a function get their default values; other tools stay unchanged.
    """
    if tool["type"] != "function":
        return tool
    added = {"output_schema": None} if dialect.strict_keys else {}
    return {"strict": False, "description": None, "parameters": None, **added, **tool}
