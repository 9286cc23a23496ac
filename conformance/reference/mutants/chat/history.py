"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `chat.history`."""

from __future__ import annotations

from typing import Any

from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.language_model.generate import Plan
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("window-of-turns", breaks={"chat.history.all-turns"}, defects=("d339",), source="ralphgrewe/TradingAgents#168")
class WindowOfTurns(ChatRequests):
    """The model sees only the system messages and the last sixteen messages of a conversation."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        messages = super().read_messages(body)
        return (*(m for m in messages[:-16] if m.role == "system"), *messages[-16:])


@mutant("system-scrolls-away", breaks={"chat.history.system-kept"}, source="plausible: the oldest message goes first")
class SystemScrollsAway(ChatRequests):
    """If a conversation has more than 30 messages, the model does not see the first one, the system message."""

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
    """The prompt of a short conversation begins with a message from a longer conversation in another request."""

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
    """Long conversations that have the same number of messages get the same answer."""

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
    """The model sees all messages before the last one in reverse order."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        messages = super().read_messages(body)
        return (*reversed(messages[:-1]), messages[-1])
