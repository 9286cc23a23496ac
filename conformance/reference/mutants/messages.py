"""Mutants that lose or misread messages, or refuse valid ones."""

from __future__ import annotations

from typing import Any

from conformance.reference.chat_request import ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError, refuse
from conformance.reference.intake import Intake
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, Message, text_of


@mutant(
    "system-ignored",
    breaks={
        "chat.messages.system-obeyed",
        "chat.messages.system-counted",
        "chat.messages.developer",
        "chat.messages.several-system",
    },
    source="liar",
)
class SystemIgnored(ChatRequests):
    """System messages are not shown to the model."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        kept = tuple(message for message in super().read_messages(body) if message.role != "system")
        return kept or (Message("user", ""),)


@mutant(
    "history-dropped",
    breaks={"chat.messages.recall", "chat.messages.history-counted"},
    source="liar",
)
class HistoryDropped(ChatRequests):
    """Beside the system's, only the last user message is read (and what follows it)."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        messages = super().read_messages(body)
        users = [index for index, message in enumerate(messages) if message.role == "user"]
        if not users:
            return messages
        rules = tuple(message for message in messages[: users[-1]] if message.role == "system")
        return (*rules, *messages[users[-1] :])


@mutant(
    "first-user-message-only",
    breaks={"chat.messages.history-counted", "chat.messages.recall", "chat.messages.tool-history"},
    source="liar",
)
class FirstUserMessageOnly(ChatRequests):
    """Beside the system's, only the first user message is read."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        messages = super().read_messages(body)
        first = next((message for message in messages if message.role == "user"), None)
        return tuple(message for message in messages if message.role == "system" or message is first) or messages


@mutant("second-system-dropped", breaks={"chat.messages.several-system"}, source="common chat templates")
class SecondSystemDropped(ChatRequests):
    """Only the first system message counts."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        seen = False
        kept = []
        for message in super().read_messages(body):
            if message.role == "system" and seen:
                continue
            seen = seen or message.role == "system"
            kept.append(message)
        return tuple(kept)


@mutant("tool-message-dropped", breaks={"chat.tools.result-used", "chat.messages.tool-history"}, source="liar")
class ToolMessageDropped(ChatRequests):
    """The model never sees tool results."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        return tuple(message for message in super().read_messages(body) if message.role != "tool")


@mutant(
    "tool-message-refused",
    breaks={"chat.tools.result-used", "chat.messages.tool-history"},
    defects=("d158",),
    source="NVIDIA/NeMo-Agent-Toolkit#2077",
)
class ToolMessageRefused(ChatRequests):
    """The tool role is unknown."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        super().check_messages(body, dialect)
        for index, message in enumerate(body["messages"]):
            if message["role"] == "tool":
                refuse("Unexpected message role.", f"messages[{index}].role", "invalid_value")


@mutant("json-word-not-required", breaks={"chat.guided.json-object-word"}, source="liar")
class JsonWordNotRequired(ChatRequests):
    """json_object is accepted without the word JSON in the messages."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        wanted = body.get("response_format")
        messages = body.get("messages")
        if not isinstance(wanted, dict) or wanted.get("type") != "json_object" or not isinstance(messages, list):
            return body
        if any("json" in text_of(m.get("content")).lower() for m in messages if isinstance(m, dict)):
            return body
        return {**body, "messages": [*messages, {"role": "system", "content": "Answer in JSON."}]}


@mutant("content-type-not-checked", breaks={"http.content-type.checked"}, source="liar")
class ContentTypeNotChecked(Intake):
    """A body is read as JSON whatever it is said to be."""

    def check_content_type(self, content_type: str | None) -> None:
        return


@mutant("content-type-charset-refused", breaks={"http.content-type.charset"}, source="strict string comparison")
class ContentTypeCharsetRefused(Intake):
    """`application/json; charset=utf-8` is refused."""

    def check_content_type(self, content_type: str | None) -> None:
        if content_type != "application/json":
            raise ApiError(415, "Unsupported content type.", None, "unsupported_media_type")
