"""Validates `messages` in a chat request: roles, content, content parts, tool calls and the order of tool messages."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from conformance.reference.errors import refuse
from conformance.reference.fields import one_of, require, wrong_type
from conformance.reference.prompt import Json

ROLES = ("system", "assistant", "user", "function", "tool", "developer")
_PARTS = {
    "user": ("text", "image_url", "input_audio", "file"), "assistant": ("text", "refusal"),
    "system": ("text",), "developer": ("text",), "tool": ("text",), "function": ("text",),
}  # fmt: skip


def check_messages(messages: Any, roles: Sequence[str] = ROLES, image_url: Sequence[str] = ("object",)) -> None:
    """Reject `messages` that OpenAI's API rejects.

    Like OpenAI's API, accept a message whose `content` is absent or null. `image_url` lists the JSON types that the
    `image_url` of a content part may have: `object` (OpenAI's form, with the key `url`) or `string` (the URL
    itself).
    """
    if not isinstance(messages, list):
        wrong_type("messages", ["array"], messages)
    if not messages:
        refuse(
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            "messages",
            "empty_array",
        )
    for index, message in enumerate(messages):
        check_message(message, f"messages[{index}]", index, roles, image_url)
    check_tool_order(messages)


def check_message(message: Any, path: str, index: int, roles: Sequence[str], image_url: Sequence[str]) -> None:
    """Check one message."""
    if not isinstance(message, dict):
        wrong_type(path, ["object"], message)
    role = require(message, "role", f"{path}.role", "string")
    one_of(role, roles, f"{path}.role")
    check_content(message.get("content"), f"{path}.content", _PARTS[role], image_url)
    if message.get("name") is not None and not isinstance(message["name"], str):
        wrong_type(f"{path}.name", ["string"], message["name"])
    if role == "assistant" and message.get("tool_calls") is not None:
        check_tool_calls(message["tool_calls"], f"{path}.tool_calls")
    if role == "tool":
        if message.get("tool_call_id") is None:
            refuse(
                "Missing parameter 'tool_call_id': messages with role 'tool' must have a 'tool_call_id'.",
                f"messages.[{index}].tool_call_id",
            )
        require(message, "tool_call_id", f"{path}.tool_call_id", "string")


def check_content(content: Any, path: str, kinds: Sequence[str], image_url: Sequence[str]) -> None:
    """Accept a string, null, or an array of content parts that the role allows; reject any other content."""
    if content is None or isinstance(content, str):
        return
    if not isinstance(content, list):
        wrong_type(path, ["string", "array"], content)
    if not content:
        refuse(f"Invalid '{path}': empty array. Expected an array with minimum length 1.", path, "empty_array")
    for number, part in enumerate(content):
        here = f"{path}[{number}]"
        if not isinstance(part, dict):
            wrong_type(here, ["object"], part)
        kind = require(part, "type", f"{here}.type", "string")
        one_of(kind, kinds, f"{here}.type")
        if kind == "image_url":
            check_image(part, here, image_url)
            continue
        require(part, kind, f"{here}.{kind}", "string" if kind in {"text", "refusal"} else "object")
        if kind in {"input_audio", "file"}:
            refuse(f"This model does not support content of type '{kind}'.", f"{here}.type", "unsupported_value")


def check_image(part: Json, here: str, forms: Sequence[str]) -> None:
    """Reject an image part whose `image_url` has a JSON type that is not in `forms`."""
    value = require(part, "image_url", f"{here}.image_url", *forms)
    if isinstance(value, dict):
        require(value, "url", f"{here}.image_url.url", "string")
    url = value.get("url") if isinstance(value, dict) else value
    if isinstance(url, str) and url.startswith(_PNG_URL) and not is_png(url.removeprefix(_PNG_URL)):
        refuse("You uploaded an unsupported image. The file is not a complete PNG file.", f"{here}.image_url")


_PNG_URL = "data:image/png;base64,"


def is_png(text: str) -> bool:
    """Return whether base64 text contains a complete PNG file, which ends with the chunk IEND."""
    try:
        file = base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return file.startswith(b"\x89PNG\r\n\x1a\n") and file[-8:-4] == b"IEND"


def check_tool_calls(calls: Any, path: str) -> None:
    """Reject invalid tool calls of an assistant message."""
    if not isinstance(calls, list):
        wrong_type(path, ["array"], calls)
    if not calls:
        refuse(f"Invalid '{path}': empty array. Expected an array with minimum length 1.", path, "empty_array")
    for number, call in enumerate(calls):
        here = f"{path}[{number}]"
        if not isinstance(call, dict):
            wrong_type(here, ["object"], call)
        require(call, "id", f"{here}.id", "string")
        one_of(require(call, "type", f"{here}.type", "string"), ("function",), f"{here}.type")
        function = require(call, "function", f"{here}.function", "object")
        require(function, "name", f"{here}.function.name", "string")
        require(function, "arguments", f"{here}.function.arguments", "string")


def check_tool_order(messages: Sequence[Json]) -> None:
    """Reject `messages` unless tool messages answer each tool call directly after its assistant message.

    Tool messages that answer calls of the same assistant message may be in any order. A tool message that answers
    no call is rejected.
    """
    waiting: list[str] = []
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                refuse(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
                    f"messages.[{index}].role",
                )
            waiting.remove(message["tool_call_id"])
            continue
        _answered(waiting)
        waiting = [call["id"] for call in message.get("tool_calls") or ()]
    _answered(waiting)


def _answered(waiting: Sequence[str]) -> None:
    if waiting:
        refuse(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
            f"The following tool_call_ids did not have response messages: {', '.join(waiting)}",
            "messages",
        )
