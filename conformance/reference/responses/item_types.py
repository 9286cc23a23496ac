"""The types of input items in the Responses API, each with its required and optional keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STRING, OBJECT, ARRAY = ("string",), ("object",), ("array",)
TEXT_OR_PARTS = ("string", "array")


@dataclass(frozen=True, slots=True)
class ItemType:
    """One type of input item: its required keys with their JSON types, its optional keys, and the prefix of its ids.

    If `prefix` is empty, the ids of items are not checked.
    """

    required: Mapping[str, tuple[str, ...]]
    optional: tuple[str, ...] = ()
    prefix: str = ""

    @property
    def keys(self) -> frozenset[str]:
        """All keys that an item of the type may have."""
        return frozenset({"type", "id", "status", *self.required, *self.optional})


def _type(*optional: str, prefix: str = "", **required: tuple[str, ...]) -> ItemType:
    return ItemType(required, optional, prefix)


ITEM_TYPES: Mapping[str, ItemType] = {
    "message": _type("phase", prefix="msg", role=STRING, content=TEXT_OR_PARTS),
    "function_call": _type("namespace", "async", "caller", prefix="fc", call_id=STRING, name=STRING, arguments=STRING),
    "function_call_output": _type("caller", "name", "namespace", call_id=STRING, output=TEXT_OR_PARTS),
    "reasoning": _type("summary", "content", "encrypted_content", prefix="rs"),
    "item_reference": _type(id=STRING),
    "compaction": _type(encrypted_content=STRING),
    "compaction_trigger": _type(),
    "custom_tool_call": _type("namespace", "async", "caller", call_id=STRING, name=STRING, input=STRING),
    "custom_tool_call_output": _type("caller", call_id=STRING, output=TEXT_OR_PARTS),
    "local_shell_call": _type(call_id=STRING, action=OBJECT),
    "local_shell_call_output": _type("call_id", output=STRING),
    "shell_call": _type("environment", "caller", call_id=STRING, action=OBJECT),
    "shell_call_output": _type("max_output_length", "caller", call_id=STRING, output=ARRAY),
    "apply_patch_call": _type("caller", call_id=STRING, operation=OBJECT),
    "apply_patch_call_output": _type("output", "caller", call_id=STRING),
    "computer_call": _type("action", "actions", "pending_safety_checks", call_id=STRING),
    "computer_call_output": _type("acknowledged_safety_checks", call_id=STRING, output=OBJECT),
    "tool_search_call": _type("call_id", "arguments", "execution"),
    "tool_search_output": _type("call_id", "execution", tools=ARRAY),
    "web_search_call": _type("action", id=STRING),
    "file_search_call": _type("results", id=STRING, queries=ARRAY),
    "code_interpreter_call": _type("outputs", id=STRING, container_id=STRING, code=("string", "null")),
    "image_generation_call": _type(
        "action", "background", "error", "output_format", "quality", "revised_prompt", "size", "svg_usage",
        id=STRING, result=("string", "null"),
    ),
    "mcp_list_tools": _type("error", id=STRING, server_label=STRING, tools=ARRAY),
    "mcp_approval_request": _type(id=STRING, server_label=STRING, name=STRING, arguments=STRING),
    "mcp_approval_response": _type("reason", approval_request_id=STRING, approve=("boolean",)),
    "mcp_call": _type(
        "approval_request_id", "error", "output", id=STRING, server_label=STRING, name=STRING, arguments=STRING
    ),
}  # fmt: skip
"""The types of OpenAI's document, with additional keys of its SDK."""

CALLS: Mapping[str, tuple[str, str]] = {
    "function_call": ("name", "arguments"),
    "custom_tool_call": ("name", "input"),
    "shell_call": ("type", "action"),
    "apply_patch_call": ("type", "operation"),
}
"""Items that the client must answer: the keys of the tool's name and of its input."""

OUTPUTS = frozenset({"function_call_output", "custom_tool_call_output", "shell_call_output", "apply_patch_call_output"})
"""Items that answer a call, by its `call_id`."""

HIDDEN = frozenset({"reasoning", "item_reference", "compaction_trigger"})
"""Items that add nothing to the prompt."""
