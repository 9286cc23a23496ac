"""Prepared chat histories, which contain a tool call and its result. The declared tool returns the depth of a lake."""

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
    """Return messages with a question, a tool call and the tool's result.

    If `result` is None, a user message follows the tool call directly.
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
