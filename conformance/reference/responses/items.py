"""Checks input items of the Responses API and their order, and converts them to messages for the model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from conformance.reference.chat.nested import check_known
from conformance.reference.errors import refuse
from conformance.reference.fields import one_of, require, wrong_type
from conformance.reference.prompt import Call, Json, Message, images_in, text_of
from conformance.reference.responses.item_types import CALLS, HIDDEN, ITEM_TYPES, OUTPUTS
from conformance.reference.responses.sealed import seal, unseal

_ROLES = ("user", "assistant", "system", "developer")
_PARTS = ("input_text", "input_image", "output_text", "refusal", "input_file")


def check_items(items: Any, *, strict_keys: bool = True) -> list[Json]:
    """Check the `input` of a request and return it as a list of items.

    If `input` is a string, it becomes one user message.
    """
    if isinstance(items, str):
        return [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": items}]}]
    if not isinstance(items, list):
        wrong_type("input", ["string", "array"], items)
    return [check_item(item, f"input[{index}]", strict_keys=strict_keys) for index, item in enumerate(items)]


def check_item(item: Any, path: str, *, strict_keys: bool = True) -> Json:
    """Check one input item, and add its type if it is missing."""
    if not isinstance(item, dict):
        wrong_type(path, ["object"], item)
    kind = _kind(item)
    one_of(kind, tuple(ITEM_TYPES), f"{path}.type")
    known = ITEM_TYPES[kind]
    if known.prefix and item.get("id") is not None and not str(item["id"]).startswith(known.prefix):
        refuse(
            f"Invalid '{path}.id': '{item['id']}'. Expected an ID that begins with '{known.prefix}'.",
            f"{path}.id",
            "invalid_value",
        )
    if kind == "message":
        _check_message(item, path)
    for key, kinds in known.required.items():
        require(item, key, f"{path}.{key}", *kinds)
    if isinstance(item.get("encrypted_content"), str):
        unseal(item["encrypted_content"], f"{path}.encrypted_content")
    if strict_keys:
        check_known(item, path, known.keys)
    return {**item, "type": kind}


def _kind(item: Json) -> str:
    if item.get("type") is None and "id" in item and item.keys() <= {"id", "type"}:
        return "item_reference"  # whose type may be left out, as a message's may
    return str(item.get("type", "message"))


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
    """Convert input items to messages. Consecutive tool calls become one assistant message."""
    found: list[Message] = []
    for item in items:
        kind = item["type"]
        if kind in CALLS:
            call = _call(item)
            if found and found[-1].calls:
                found[-1] = Message("assistant", found[-1].text, (*found[-1].calls, call))
            else:
                found.append(Message("assistant", "", (call,)))
        elif kind in OUTPUTS:
            found.append(Message("tool", _said(item.get("output")), call_id=item["call_id"]))
        elif kind == "message":
            role = "system" if item["role"] == "developer" else str(item["role"])
            found.append(Message(role, text_of(item["content"]), images=images_in(item["content"])))
        elif kind == "compaction":
            found.append(Message("system", unseal(item["encrypted_content"], "input")))
        elif kind not in HIDDEN:
            found.append(Message("assistant", json.dumps(item, ensure_ascii=False)))  # what a hosted tool did
    return tuple(found)


def _call(item: Json) -> Call:
    name, given = (item[key] for key in CALLS[item["type"]])
    return Call(item["call_id"], name, given if isinstance(given, str) else json.dumps(given, ensure_ascii=False))


def _said(output: Any) -> str:
    """The text of a tool's output: a string, text parts, or whatever else as JSON."""
    if not output or isinstance(output, str) or any("text" in part for part in output if isinstance(part, dict)):
        return text_of(output)
    return json.dumps(output, ensure_ascii=False)


SUMMARY_WORDS = 12  # of every message that is compacted


def compaction(identifier: str, messages: Sequence[Message]) -> Json:
    """Return a compaction item.

    A compaction item has the first words of each message, in an encoded form that only the reference endpoint reads.
    """
    said = [f"{message.role}: {' '.join(message.text.split()[:SUMMARY_WORDS])}" for message in messages]
    sealed = seal("\n".join(("What was said before:", *said)))
    return {"id": identifier, "type": "compaction", "encrypted_content": sealed}


def check_call_order(messages: Sequence[Message]) -> None:
    """Reject the input if a tool call has no output, or an output has no call.

    An earlier turn may contain the call that belongs to an output, or the output that belongs to a call.
    """
    called = {call.id for message in messages for call in message.calls}
    answered = {message.call_id for message in messages if message.call_id is not None}
    for identifier in called - answered:
        refuse(f"No tool output found for function call {identifier}.", "input")
    for identifier in answered - called:
        refuse(f"No tool call found for function call output with call_id {identifier}.", "input")
