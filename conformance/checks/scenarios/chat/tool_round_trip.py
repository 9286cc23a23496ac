"""Prepared round trips of a tool that returns the depth of a lake."""

from __future__ import annotations

from typing import Any

DEPTH_TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "measure_depth",
        "description": "Measure the depth of a lake.",
        "parameters": {
            "type": "object",
            "properties": {"lake": {"type": "string"}},
            "required": ["lake"],
            "additionalProperties": False,
        },
    },
}
DEPTHS = ("4718", "3926")
RESULTS = (f"{DEPTHS[0]} feet", f"{DEPTHS[1]} feet, measured from the ice with a weighted line, twice, by two people")


def round_trip(result: str | None) -> list[dict[str, Any]]:
    """Return a question, a tool call and its result.

    If the result is None, the next user message follows the call directly.
    """
    function = {"name": "measure_depth", "arguments": '{"lake":"Baikal"}'}
    call = {"id": "call_depth1", "type": "function", "function": function}
    last = (
        {"role": "user", "content": "How deep is the lake? Answer with the number."}
        if result is None
        else {"role": "tool", "tool_call_id": "call_depth1", "content": result}
    )
    return [
        {"role": "user", "content": "How deep is lake Baikal? Use measure_depth."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        last,
    ]
