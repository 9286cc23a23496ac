"""Checks the keys of nested objects in a request. The error for an unknown key gives its complete path."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.reference.errors import refuse
from conformance.reference.fields import Field, one_of
from conformance.reference.prompt import Json

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
SUMMARIES = ("auto", "concise", "detailed")
VERBOSITIES = ("low", "medium", "high")
_REASONING = ("effort", "summary", "generate_summary", "context", "mode")
_SCHEMA = ("name", "description", "schema", "strict")


def check_known(holder: Json, path: str, known: Iterable[str]) -> None:
    """Reject the request if an object has an unknown key."""
    for key in holder:
        if key not in known:
            refuse(f"Unknown parameter: '{path}.{key}'.", f"{path}.{key}", "unknown_parameter")


def check_response_format(wanted: Json | None) -> None:
    """Reject unknown keys of `response_format` in a chat request whose values are already checked."""
    if wanted is None:
        return
    described = wanted["type"] == "json_schema"
    check_known(wanted, "response_format", ("type", "json_schema") if described else ("type",))
    if described:
        check_known(wanted["json_schema"], "response_format.json_schema", _SCHEMA)


def check_text(text: Json | None) -> None:
    """Reject unknown keys of `text` in a Responses request.

    The caller has already checked the values in the parameter `text`.
    """
    if text is None:
        return
    check_known(text, "text", ("format", "verbosity"))
    wanted = text.get("format")
    if wanted is not None:
        described = wanted["type"] == "json_schema"
        check_known(wanted, "text.format", ("type", *_SCHEMA) if described else ("type",))


def check_reasoning(reasoning: Json | None, *, strict_keys: bool) -> None:
    """Reject invalid values in `reasoning`. If `strict_keys` is true, also reject unknown keys of `reasoning`."""
    if reasoning is None:
        return
    for key in ("summary", "generate_summary"):
        Field(("string",), values=SUMMARIES).check(reasoning.get(key), f"reasoning.{key}")
    Field(("string",), values=("auto", "current_turn", "all_turns")).check(
        reasoning.get("context"), "reasoning.context"
    )
    Field(("string",)).check(reasoning.get("mode"), "reasoning.mode")
    if reasoning.get("effort") is not None:
        one_of(reasoning["effort"], EFFORTS, "reasoning.effort", "unsupported_value")
    if strict_keys:
        check_known(reasoning, "reasoning", _REASONING)


def named(reasoning: Any, *keys: str) -> Any:
    """Look up the keys in `reasoning` one after another, and return the first value that is not null, or None."""
    return next((reasoning[key] for key in keys if (reasoning or {}).get(key) is not None), None)
