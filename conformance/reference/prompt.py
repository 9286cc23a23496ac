"""A conversation as the model sees it, and the chat template that converts it to prompt tokens."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.reference.language_model.tokenizer import TOKENIZER

Json = dict[str, Any]

IMAGE_TOKENS = 85  # OpenAI's price of one low-detail image
MESSAGE_TOKENS = 4  # role markers around every message
ATTENTION = 32_000  # characters of a conversation that the model's rules read
REPLY_TOKENS = 3  # the opening of the assistant's turn


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call, whose `arguments` are JSON text."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `role` is system, user, assistant or tool (developer counts as system, function as tool)."""

    role: str
    text: str = ""
    calls: tuple[Call, ...] = ()
    call_id: str | None = None
    images: int = 0


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call; `schema` is the JSON Schema of its arguments."""

    name: str
    description: str = ""
    schema: Json = field(default_factory=dict)
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """The complete conversation that the model reads before it responds."""

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()

    def last(self, role: str) -> str:
        """Return the text of the last message with the given role, or ""."""
        return next((message.text for message in reversed(self.messages) if message.role == role), "")

    def said(self, *roles: str) -> list[str]:
        """Return the texts of all messages with the given roles, in order."""
        return [message.text for message in self.messages if message.role in roles]


def attended(conversation: Conversation) -> Conversation:
    """Return the part of a conversation that the toy model reads.

    The toy model reads the newest messages, and only the beginning and the end of a long message.

    The toy model reads a conversation with regular expressions, some of which take quadratic time. Because the toy
    model reads only a part of the conversation, the time is bounded even if the context window is large.
    """
    room = ATTENTION
    kept: list[Message] = []
    for message in reversed(conversation.messages):
        text = _ends(message.text, min(ATTENTION // 4, room)) if room else ""
        room -= len(text)
        kept.append(replace(message, text=text))
    return replace(conversation, messages=tuple(reversed(kept)))


def _ends(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most // 2]}\n{text[len(text) - most // 2 + 1 :]}"


def text_of(content: Any) -> str:
    """Return the text of a message. `content` is a string, or an array whose text parts are joined."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text") or part.get("refusal") or "" for part in content if isinstance(part, dict)]
        return "".join(part for part in parts if isinstance(part, str))
    return ""


def images_in(content: Any) -> int:
    """Return the number of image parts in a message's `content`."""
    if not isinstance(content, list):
        return 0
    return sum(
        1 for part in content if isinstance(part, dict) and str(part.get("type", "")).endswith(("image_url", "image"))
    )


def message_tokens(message: Message) -> int:
    """Return the number of prompt tokens of one message, including those that the chat template adds."""
    total = MESSAGE_TOKENS + len(TOKENIZER.encode(message.text)) + IMAGE_TOKENS * message.images
    for call in message.calls:
        total += MESSAGE_TOKENS + len(TOKENIZER.encode(call.name + call.arguments))
    return total


def prompt_tokens(conversation: Conversation) -> int:
    """Return the number of prompt tokens of a conversation, including those that the chat template adds.

    Every additional message or tool increases the number of prompt tokens.
    """
    total = REPLY_TOKENS + sum(message_tokens(message) for message in conversation.messages)
    for tool in conversation.tools:
        total += MESSAGE_TOKENS + len(TOKENIZER.encode(f"{tool.name}{tool.description}{json.dumps(tool.schema)}"))
    return total


def chat_messages(raw: Sequence[Json]) -> tuple[Message, ...]:
    """Convert the messages of a valid chat request to the form that the model reads."""
    roles = {"developer": "system", "function": "tool"}
    found = []
    for message in raw:
        content = message.get("content")
        found.append(
            Message(
                role=roles.get(str(message["role"]), str(message["role"])),
                text=text_of(content),
                calls=tuple(
                    Call(call.get("id") or "", call["function"]["name"], call["function"].get("arguments") or "{}")
                    for call in message.get("tool_calls") or ()
                    if "function" in call
                ),
                call_id=message.get("tool_call_id"),
                images=images_in(content),
            )
        )
    return tuple(found)


def chat_tools(raw: Sequence[Json]) -> tuple[Tool, ...]:
    """Return the functions that a valid chat request declares as tools."""
    return tuple(
        Tool(
            name=tool["function"]["name"],
            description=tool["function"].get("description") or "",
            schema=tool["function"].get("parameters") or {"type": "object", "properties": {}},
            strict=bool(tool["function"].get("strict")),
        )
        for tool in raw
        if tool.get("type") == "function"
    )
