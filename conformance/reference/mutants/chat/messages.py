"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `chat.messages`."""

from __future__ import annotations

import itertools
from typing import Any

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.request import ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import refuse
from conformance.reference.language_model.generate import Piece
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, Message, text_of


@mutant(
    "stream-mojibake",
    breaks={"chat.messages.unicode"},
    defects=("d183",),
    source="sveneisenschmidt/n8n-openai-bridge#66",
)
class StreamMojibake(Chat):
    """In streamed text, each byte of a non-ASCII character is sent as a separate character."""

    def text_delta(self, piece: Piece) -> Json:
        return {key: text.encode().decode("latin-1") for key, text in super().text_delta(piece).items()}


class _Refusing(ChatRequests):
    """Rejects a request with a faulty message, and names `path` within the message."""

    path = "content"

    def faulty(self, message: Json) -> bool:
        return False

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        super().check_messages(body, dialect)
        for index, message in enumerate(body["messages"]):
            if self.faulty(message):
                refuse(f"Invalid '{self.path}' of a message.", f"messages[{index}].{self.path}", "invalid_value")


@mutant(
    "empty-assistant-refused",
    breaks={"chat.messages.assistant-empty"},
    source="Anthropic: 'text content blocks must be non-empty'",
)
class EmptyAssistantRefused(_Refusing):
    """An empty assistant message is rejected."""

    def faulty(self, message: Json) -> bool:
        return message["role"] == "assistant" and message.get("content") == ""


@mutant(
    "assistant-parts-refused",
    breaks={"chat.messages.assistant-parts"},
    source="ggml-org/llama.cpp#8367",
)
class AssistantPartsRefused(_Refusing):
    """An assistant message is rejected if its `content` is an array of content parts."""

    def faulty(self, message: Json) -> bool:
        return message["role"] == "assistant" and isinstance(message.get("content"), list)


@mutant(
    "name-refused",
    breaks={"chat.messages.name"},
    source="Groq: 'property name is unsupported'",
)
class NameRefused(_Refusing):
    """A message with `name` is rejected."""

    path = "name"

    def faulty(self, message: Json) -> bool:
        return message["role"] == "user" and message.get("name") is not None


@mutant(
    "empty-content-refused",
    breaks={"chat.messages.empty-content"},
    source="Anthropic: 'messages must have non-empty content'",
)
class EmptyContentRefused(_Refusing):
    """A user message with empty content is rejected."""

    def faulty(self, message: Json) -> bool:
        return message["role"] == "user" and message.get("content") == ""


@mutant("tool-parts-refused", breaks={"chat.messages.tool-parts"}, source="plausible: the tool template wants a string")
class ToolPartsRefused(_Refusing):
    """A tool message is rejected unless its content is a string."""

    def faulty(self, message: Json) -> bool:
        return message["role"] == "tool" and isinstance(message.get("content"), list)


@mutant(
    "absent-content-refused", breaks={"chat.messages.absent-content"},
    defects=("d161",), source="TQZHR/grok2api#41",
)  # fmt: skip
class AbsentContentRefused(_Refusing):
    """A message without `content` is rejected."""

    def faulty(self, message: Json) -> bool:
        return "content" not in message


@mutant(
    "own-message-refused",
    breaks={"chat.messages.echo", "chat.messages.echo-call"},
    defects=("d249", "d277"),
    source="janhq/jan#8136; gsd-build/gsd-2#4647",
)
class OwnMessageRefused(_Refusing):
    """A message from an earlier response is rejected as input, because it has the field `annotations`."""

    path = "annotations"

    def faulty(self, message: Json) -> bool:
        return "annotations" in message


@mutant(
    "turns-must-alternate",
    breaks={"chat.messages.consecutive-users"},
    source="chat templates: 'Conversation roles must alternate user/assistant/user/assistant/...'",
)
class TurnsMustAlternate(ChatRequests):
    """Two consecutive user messages are rejected."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        super().check_messages(body, dialect)
        roles = [message["role"] for message in body["messages"]]
        if any(pair == ("user", "user") for pair in itertools.pairwise(roles)):
            refuse("Conversation roles must alternate user/assistant/user/assistant/...", "messages")


@mutant("results-in-order", breaks={"chat.messages.tool-order"}, source="plausible: results matched by place")
class ResultsInOrder(ChatRequests):
    """Tool messages are rejected unless they are in the order of their calls."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        super().check_messages(body, dialect)
        waiting: list[Any] = []
        for index, message in enumerate(body["messages"]):
            waiting = [call["id"] for call in message.get("tool_calls") or ()] or waiting
            if message["role"] == "tool" and message["tool_call_id"] != (waiting.pop(0) if waiting else None):
                refuse("Unexpected tool_call_id.", f"messages[{index}].tool_call_id", "invalid_value")


class _Crashing(ChatRequests):
    """Crashes on a character in a message."""

    characters = ""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        for message in body["messages"]:
            if any(character in text_of(message.get("content")) for character in self.characters):
                raise ValueError("unexpected character")
        return super().read_messages(body)


@mutant("line-separator-crash", breaks={"chat.messages.line-separators"},
        source="plausible: str.splitlines() splits at U+2028")  # fmt: skip
class LineSeparatorCrash(_Crashing):
    """The character U+2028 in a message crashes the server."""

    characters = "\u2028"


@mutant("nul-crash", breaks={"chat.messages.nul"}, source="plausible: 'embedded null character', or PostgreSQL's text")
class NulCrash(_Crashing):
    """A NUL character (U+0000) in a message crashes the server."""

    characters = "\0"


@mutant("surrogate-crash", breaks={"chat.messages.lone-surrogate"},
        source="plausible: UnicodeEncodeError, 'surrogates not allowed'")  # fmt: skip
class SurrogateCrash(_Crashing):
    """A lone surrogate in a message crashes the server."""

    characters = "\ud83d"


@mutant(
    "images-dropped",
    breaks={"chat.messages.image"},
    source="liar: parts other than text are left out",
)
class ImagesDropped(ChatRequests):
    """Images are accepted, but the model does not see them."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        return tuple(
            Message(message.role, message.text, message.calls, message.call_id)
            for message in super().read_messages(body)
        )


@mutant(
    "utf8-broken",
    breaks={"chat.messages.unicode"},
    defects=("d179", "d182"),
    source="Blaizzy/mlx-vlm#1076",
)
class Utf8Broken(Chat):
    """Each non-ASCII character in streamed text is a replacement character, U+FFFD."""

    def text_delta(self, piece: Piece) -> Json:
        delta = super().text_delta(piece)
        return {key: "".join(c if c.isascii() else "\ufffd" for c in text) for key, text in delta.items()}
