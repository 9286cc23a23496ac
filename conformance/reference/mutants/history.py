"""Mutants of histories: shapes of messages that are refused, turns that get lost, and words that reach another conversation."""

from __future__ import annotations

import itertools
from typing import Any

from conformance.reference.chat_request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError, refuse
from conformance.reference.generate import Plan
from conformance.reference.generation import Generations
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, Message, text_of


class _Refusing(ChatRequests):
    """Refuses a request with a message that `faulty` takes exception to; its `path` below the message is named."""

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
    """An empty assistant message is refused."""

    def faulty(self, message: Json) -> bool:
        return message["role"] == "assistant" and message.get("content") == ""


@mutant(
    "assistant-parts-refused",
    breaks={"chat.messages.assistant-parts"},
    source="ggml-org/llama.cpp#8367",
)
class AssistantPartsRefused(_Refusing):
    """Only user messages may have parts."""

    def faulty(self, message: Json) -> bool:
        return message["role"] == "assistant" and isinstance(message.get("content"), list)


@mutant(
    "name-refused",
    breaks={"chat.messages.name"},
    source="Groq: 'property name is unsupported'",
)
class NameRefused(_Refusing):
    """A message with a name is refused."""

    path = "name"

    def faulty(self, message: Json) -> bool:
        return message["role"] == "user" and message.get("name") is not None


@mutant(
    "empty-content-refused",
    breaks={"chat.messages.empty-content"},
    source="Anthropic: 'messages must have non-empty content'",
)
class EmptyContentRefused(_Refusing):
    """A user message without text is refused."""

    def faulty(self, message: Json) -> bool:
        return message["role"] == "user" and message.get("content") == ""


@mutant("tool-parts-refused", breaks={"chat.messages.tool-parts"}, source="plausible: the tool template wants a string")
class ToolPartsRefused(_Refusing):
    """A tool message may only have a string."""

    def faulty(self, message: Json) -> bool:
        return message["role"] == "tool" and isinstance(message.get("content"), list)


@mutant(
    "absent-content-refused", breaks={"chat.messages.absent-content"},
    defects=("d161",), source="TQZHR/grok2api#41",
)  # fmt: skip
class AbsentContentRefused(_Refusing):
    """A message without `content` is refused."""

    def faulty(self, message: Json) -> bool:
        return "content" not in message


@mutant(
    "own-message-refused",
    breaks={"chat.messages.echo", "chat.messages.echo-call"},
    defects=("d249", "d277"),
    source="janhq/jan#8136; gsd-build/gsd-2#4647",
)
class OwnMessageRefused(_Refusing):
    """Fields that answers have and requests need not are refused in a history."""

    path = "annotations"

    def faulty(self, message: Json) -> bool:
        return "annotations" in message


@mutant(
    "turns-must-alternate",
    breaks={"chat.messages.consecutive-users"},
    source="chat templates: 'Conversation roles must alternate user/assistant/user/assistant/...'",
)
class TurnsMustAlternate(ChatRequests):
    """Two user messages in a row are refused."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        super().check_messages(body, dialect)
        roles = [message["role"] for message in body["messages"]]
        if any(pair == ("user", "user") for pair in itertools.pairwise(roles)):
            refuse("Conversation roles must alternate user/assistant/user/assistant/...", "messages")


@mutant("results-in-order", breaks={"chat.messages.tool-order"}, source="plausible: results matched by place")
class ResultsInOrder(ChatRequests):
    """Tool messages must come in the order of their calls."""

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
    """U+2028 in a message crashes the server."""

    characters = "\u2028"


@mutant("nul-crash", breaks={"chat.messages.nul"}, source="plausible: 'embedded null character', or PostgreSQL's text")
class NulCrash(_Crashing):
    """A NUL in a message crashes the server."""

    characters = "\0"


@mutant("surrogate-crash", breaks={"chat.messages.lone-surrogate"},
        source="plausible: UnicodeEncodeError, 'surrogates not allowed'")  # fmt: skip
class SurrogateCrash(_Crashing):
    """Half of a surrogate pair in a message crashes the server."""

    characters = "\ud83d"


@mutant(
    "images-dropped",
    breaks={"chat.messages.image"},
    source="liar: parts other than text are left out",
)
class ImagesDropped(ChatRequests):
    """Images are accepted and not shown to the model."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        return tuple(
            Message(message.role, message.text, message.calls, message.call_id)
            for message in super().read_messages(body)
        )


@mutant("window-of-turns", breaks={"chat.history.all-turns"}, defects=("d339",), source="ralphgrewe/TradingAgents#168")
class WindowOfTurns(ChatRequests):
    """Of a long conversation only the system messages and the last sixteen messages are read."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        messages = super().read_messages(body)
        return (*(m for m in messages[:-16] if m.role == "system"), *messages[-16:])


@mutant("system-scrolls-away", breaks={"chat.history.system-kept"}, source="plausible: the oldest message goes first")
class SystemScrollsAway(ChatRequests):
    """A long conversation loses its first message, which is the system's."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        messages = super().read_messages(body)
        return messages[1:] if len(messages) > 30 else messages


@mutant(
    "words-carried-over",
    breaks={"chat.history.stateless"},
    defects=("d315",),
    source="theroyallab/tabbyAPI#107",
)
class WordsCarriedOver(ChatRequests):
    """A short request is answered together with the last long one."""

    _kept: tuple[Any, ...] = ()

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        messages = super().read_messages(body)
        if len(messages) >= 3:
            self._kept = messages[:1]
            return messages
        return (*self._kept, *messages)


@mutant(
    "answers-cached-by-turns",
    breaks={"chat.history.no-leak"},
    source="plausible: a cache key without the text",
)
class AnswersCachedByTurns(Generations):
    """Conversations of as many turns get the same answer."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._plans: dict[int, Plan] = {}

    def plan(self, request: ChatRequest) -> Plan:
        turns = len(request.conversation.messages)
        if turns < 5 or request.conversation.tools:
            return super().plan(request)
        return self._plans.setdefault(turns, super().plan(request))


@mutant("turns-in-reverse", breaks={"chat.history.correction"}, source="plausible: newest first, as in a database")
class TurnsInReverse(ChatRequests):
    """The turns before the last are read newest first."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        messages = super().read_messages(body)
        return (*reversed(messages[:-1]), messages[-1])


@mutant("overflow-cut", breaks={"chat.context.overflow"}, defects=("d338", "d339"), source="ollama/ollama#17889")
class OverflowCut(ChatRequests):
    """A prompt that does not fit is cut, and answered."""

    def chat_request(self, body: Json, dialect: Dialect) -> ChatRequest:
        try:
            return super().chat_request(body, dialect)
        except ApiError as error:
            if error.code != "context_length_exceeded":
                raise
        cut = [{**m, "content": text_of(m.get("content"))[-1000:]} for m in body["messages"][-1:]]
        return super().chat_request({**body, "messages": cut}, dialect)


@mutant(
    "overflow-code-missing", breaks={"chat.context.overflow-code"}, source="vLLM, llama.cpp: a 400 with another code"
)
class OverflowCodeMissing(ChatRequests):
    """The refusal of a prompt that does not fit has no code."""

    def chat_request(self, body: Json, dialect: Dialect) -> ChatRequest:
        try:
            return super().chat_request(body, dialect)
        except ApiError as error:
            if error.code == "context_length_exceeded":
                raise ApiError(error.status, error.message, error.param) from None
            raise
