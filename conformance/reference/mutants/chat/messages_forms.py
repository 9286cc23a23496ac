"""Mutants that reject or misread valid messages: content parts, tool results and roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import refuse
from conformance.reference.language_model.generate import Output
from conformance.reference.language_model.tokenizer import TOKENIZER
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, Message


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
    """The model does not see system messages."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        kept = tuple(message for message in super().read_messages(body) if message.role != "system")
        return kept or (Message("user", ""),)


@mutant(
    "history-dropped",
    breaks={"chat.messages.recall", "chat.messages.history-counted"},
    source="liar",
)
class HistoryDropped(ChatRequests):
    """The model sees only the system messages, the last user message, and the messages after it."""

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
    """The model sees only the system messages and the first user message."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        messages = super().read_messages(body)
        first = next((message for message in messages if message.role == "user"), None)
        return tuple(message for message in messages if message.role == "system" or message is first) or messages


@mutant("second-system-dropped", breaks={"chat.messages.several-system"}, source="common chat templates")
class SecondSystemDropped(ChatRequests):
    """Only the first system message reaches the model."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        seen = False
        kept = []
        for message in super().read_messages(body):
            if message.role == "system" and seen:
                continue
            seen = seen or message.role == "system"
            kept.append(message)
        return tuple(kept)


@mutant(
    "tool-message-dropped",
    breaks={"chat.tools.result-used", "chat.messages.tool-history", "chat.messages.tool-parts-counted"},
    source="liar",
)
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
    """The role `tool` is rejected."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        super().check_messages(body, dialect)
        for index, message in enumerate(body["messages"]):
            if message["role"] == "tool":
                refuse("Unexpected message role.", f"messages[{index}].role", "invalid_value")


@mutant(
    "developer-refused",
    breaks={"chat.messages.developer", "generated.valid-accepted"},
    defects=("d115", "d116"),
    source="sgl-project/sglang#14304",
)
class DeveloperRefused(ChatRequests):
    """The role `developer` is rejected."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        super().check_messages(body, dialect)
        for index, message in enumerate(body["messages"]):
            if message["role"] == "developer":
                refuse("Unexpected message role.", f"messages[{index}].role", "invalid_value")


@mutant(
    "content-parts-refused",
    breaks={"chat.messages.content-parts", "generated.valid-accepted"},
    defects=("d120", "d122"),
    source="ggml-org/llama.cpp#8367",
)
class ContentPartsRefused(ChatRequests):
    """`content` is rejected unless it is a string."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        super().check_messages(body, dialect)
        for index, message in enumerate(body["messages"]):
            if isinstance(message.get("content"), list):
                refuse("type must be string, but is array", f"messages[{index}].content", "invalid_type")


@mutant(
    "content-parts-500",
    breaks={"chat.messages.content-parts", "generated.valid-no-server-error", "http.no-server-error"},
    defects=("d121",),
    source="infiniflow/ragflow#15359",
)
class ContentParts500(ChatRequests):
    """`content` as an array of parts crashes the chat template."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        for message in body["messages"]:
            if isinstance(message.get("content"), list):
                raise TypeError('can only concatenate str (not "list") to str')
        return super().read_messages(body)


@mutant(
    "content-parts-dropped",
    breaks={"chat.messages.content-parts"},
    defects=("d126",),
    source="sgl-project/sglang#17853",
)
class ContentPartsDropped(ChatRequests):
    """Only the first part of a content array reaches the model."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        if not isinstance(body.get("messages"), list):
            return body
        cut = [
            {**m, "content": m["content"][:1]} if isinstance(m, dict) and isinstance(m.get("content"), list) else m
            for m in body["messages"]
        ]
        return {**body, "messages": cut}


@mutant(
    "null-content-refused",
    breaks={"chat.messages.tool-history", "chat.tools.result-used"},
    defects=("d157", "d158", "d161"),
    source="mistralai/mistral-common#324",
)
class NullContentRefused(ChatRequests):
    """An assistant message with tool calls and null content is rejected."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        super().check_messages(body, dialect)
        for index, message in enumerate(body["messages"]):
            if message.get("content") is None:
                refuse("Content must be a string.", f"messages[{index}].content", "invalid_type")


@mutant(
    "special-tokens-parsed",
    breaks={"chat.messages.special-tokens"},
    defects=("n060",),
    source="sgl-project/sglang#30962",
)
class SpecialTokensParsed(Generations):
    """The text `<|im_end|>` in a message is one control token of the prompt."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        found = sum(message.text.count("<|im_end|>") for message in request.conversation.messages)
        fewer = found * (len(TOKENIZER.encode("<|im_end|>")) - 1)
        prompt, total = counts["prompt_tokens"] - fewer, counts["total_tokens"] - fewer
        return {**counts, "prompt_tokens": prompt, "total_tokens": total}


class _Unread(ChatRequests):
    """Base of mutants that accept a message and do not read its text."""

    def unread(self, messages: Sequence[Json], at: int) -> bool:
        return False

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        given = body["messages"]
        return tuple(
            replace(message, text="") if self.unread(given, at) else message
            for at, message in enumerate(super().read_messages(body))
        )


@mutant(
    "assistant-parts-unread",
    breaks={"chat.messages.assistant-parts-counted"},
    source="plausible: content read as a string",
)
class AssistantPartsUnread(_Unread):
    """The text of an assistant message with content parts does not reach the model."""

    def unread(self, messages: Sequence[Json], at: int) -> bool:
        return messages[at]["role"] == "assistant" and isinstance(messages[at].get("content"), list)


@mutant("tool-parts-unread", breaks={"chat.messages.tool-parts-counted"}, source="plausible: content read as a string")
class ToolPartsUnread(_Unread):
    """The text of a tool result with content parts does not reach the model."""

    def unread(self, messages: Sequence[Json], at: int) -> bool:
        return messages[at]["role"] == "tool" and isinstance(messages[at].get("content"), list)


@mutant(
    "second-user-replaces-first",
    breaks={"chat.messages.consecutive-users-counted"},
    source="plausible: turns made to alternate",
)
class SecondUserReplacesFirst(_Unread):
    """If two user messages follow each other, the model sees only the second."""

    def unread(self, messages: Sequence[Json], at: int) -> bool:
        return [each["role"] for each in messages[at : at + 2]] == ["user", "user"]
