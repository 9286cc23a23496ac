"""Input items of the Responses API: their form, their order, and what they mean to the model."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from conformance.reference.errors import refuse
from conformance.reference.fields import one_of, require, wrong_type
from conformance.reference.prompt import Call, Json, Message, images_in, text_of

_ROLES = ("user", "assistant", "system", "developer")
_PARTS = ("input_text", "input_image", "output_text", "refusal", "input_file")
_TYPES = ("message", "function_call", "function_call_output", "reasoning", "item_reference", "compaction")
_PREFIXES = {"message": "msg", "function_call": "fc", "reasoning": "rs"}


def check_items(items: Any) -> list[Json]:
    """The input as a list of valid items; a string is one user message."""
    if isinstance(items, str):
        return [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": items}]}]
    if not isinstance(items, list):
        wrong_type("input", ["string", "array"], items)
    return [check_item(item, f"input[{index}]") for index, item in enumerate(items)]


def check_item(item: Any, path: str) -> Json:
    """One item, with its type filled in."""
    if not isinstance(item, dict):
        wrong_type(path, ["object"], item)
    kind = str(item.get("type", "message"))
    one_of(kind, _TYPES, f"{path}.type")
    prefix = _PREFIXES.get(kind)
    if prefix and item.get("id") is not None and not str(item["id"]).startswith(prefix):
        refuse(
            f"Invalid '{path}.id': '{item['id']}'. Expected an ID that begins with '{prefix}'.",
            f"{path}.id",
            "invalid_value",
        )
    if kind == "message":
        _check_message(item, path)
    elif kind == "function_call":
        for key in ("call_id", "name", "arguments"):
            require(item, key, f"{path}.{key}", "string")
    elif kind == "function_call_output":
        require(item, "call_id", f"{path}.call_id", "string")
        require(item, "output", f"{path}.output", "string", "array")
    elif kind == "item_reference":
        require(item, "id", f"{path}.id", "string")
    elif kind == "compaction":
        require(item, "encrypted_content", f"{path}.encrypted_content", "string")
        _summary(item["encrypted_content"], f"{path}.encrypted_content")
    return {**item, "type": kind}


def _check_message(item: Json, path: str) -> None:
    one_of(require(item, "role", f"{path}.role", "string"), _ROLES, f"{path}.role")
    content = require(item, "content", f"{path}.content", "string", "array")
    for number, part in enumerate(content if isinstance(content, list) else ()):
        here = f"{path}.content[{number}]"
        if not isinstance(part, dict):
            wrong_type(here, ["object"], part)
        one_of(require(part, "type", f"{here}.type", "string"), _PARTS, f"{here}.type")
        if part["type"] in {"input_text", "output_text"}:
            require(part, "text", f"{here}.text", "string")
        if part["type"] == "input_file":
            refuse("This model does not support files.", f"{here}.type", "unsupported_value")


def item_messages(items: Sequence[Json]) -> tuple[Message, ...]:
    """Items as messages; neighbouring function calls are one assistant message."""
    found: list[Message] = []
    for item in items:
        if item["type"] == "function_call":
            call = Call(item["call_id"], item["name"], item["arguments"])
            if found and found[-1].calls:
                found[-1] = Message("assistant", found[-1].text, (*found[-1].calls, call))
            else:
                found.append(Message("assistant", "", (call,)))
        elif item["type"] == "function_call_output":
            found.append(Message("tool", text_of(item["output"]), call_id=item["call_id"]))
        elif item["type"] == "message":
            role = "system" if item["role"] == "developer" else str(item["role"])
            found.append(Message(role, text_of(item["content"]), images=images_in(item["content"])))
        elif item["type"] == "compaction":
            found.append(Message("system", _summary(item["encrypted_content"], "input")))
    return tuple(found)


SUMMARY_WORDS = 12  # of every message that is compacted


def compaction(identifier: str, messages: Sequence[Message]) -> Json:
    """An item that stands for messages: the beginning of each, in a form that only this endpoint reads."""
    said = [f"{message.role}: {' '.join(message.text.split()[:SUMMARY_WORDS])}" for message in messages]
    sealed = base64.b64encode("\n".join(("What was said before:", *said)).encode()).decode()
    return {"id": identifier, "type": "compaction", "encrypted_content": sealed}


def _summary(sealed: str, path: str) -> str:
    try:
        return base64.b64decode(sealed, validate=True).decode()
    except ValueError:
        refuse(f"Invalid '{path}': it could not be verified.", path, "invalid_encrypted_content")


def check_call_order(messages: Sequence[Message]) -> None:
    """Every call has its output in the input or before it, and every output its call."""
    called = {call.id for message in messages for call in message.calls}
    answered = {message.call_id for message in messages if message.call_id is not None}
    for identifier in called - answered:
        refuse(f"No tool output found for function call {identifier}.", "input")
    for identifier in answered - called:
        refuse(f"No tool call found for function call output with call_id {identifier}.", "input")
