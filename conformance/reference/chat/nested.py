"""Checks the keys of nested objects in a request: unknown keys are rejected with their complete path."""

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
    """Reject the first unknown key of an object."""
    for key in holder:
        if key not in known:
            refuse(f"Unknown parameter: '{path}.{key}'.", f"{path}.{key}", "unknown_parameter")


def check_response_format(wanted: Json | None) -> None:
    """Reject unknown keys of chat's `response_format`, whose values were checked before."""
    if wanted is None:
        return
    described = wanted["type"] == "json_schema"
    check_known(wanted, "response_format", ("type", "json_schema") if described else ("type",))
    if described:
        check_known(wanted["json_schema"], "response_format.json_schema", _SCHEMA)


def check_text(text: Json | None) -> None:
    """Reject unknown keys of `text` in a Responses request, whose format was checked before, and an invalid verbosity."""
    if text is None:
        return
    check_known(text, "text", ("format", "verbosity"))
    wanted = text.get("format")
    if wanted is not None:
        described = wanted["type"] == "json_schema"
        check_known(wanted, "text.format", ("type", *_SCHEMA) if described else ("type",))


def check_reasoning(reasoning: Json | None, *, strict_keys: bool) -> None:
    """Reject invalid values of `reasoning`, and its unknown keys if the contract rejects unknown keys."""
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
    """Return the first value that `reasoning` has under one of the keys."""
    return next((reasoning[key] for key in keys if (reasoning or {}).get(key) is not None), None)
