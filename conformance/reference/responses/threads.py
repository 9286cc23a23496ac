"""Connects responses with conversations, which each contract implements differently."""

from __future__ import annotations

from typing import Any

from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.part import Part
from conformance.reference.prompt import Json, Message
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.settings import Settings
from conformance.reference.store import Store


class Threads(Part):
    """Finds the component of the reference endpoint that implements the conversations of a contract."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Start without conversations."""
        super().__init__(settings, store)
        self.kinds: dict[str, Conversing] = {}

    def conversation_messages(self, conversation: Any, dialect: Dialect) -> tuple[Message, ...]:
        """Return the messages of a conversation."""
        if dialect.name not in self.kinds:
            raise ApiError(404, f"Conversation with id '{conversation}' not found.", "conversation")
        return self.kinds[dialect.name].turns(conversation)

    def append(self, request: ResponseRequest, response: Json) -> None:
        """Add a request and its response to the conversation that the request names.

        Nothing is added to a conversation if the contract has no conversations.
        """
        kind = self.kinds.get(request.chat.dialect.name)
        if kind is not None:
            kind.append(request, response)


class Conversing(Part):
    """The base class of parts that implement the conversations of a contract.

    The components of the reference endpoint that serve the Responses API call the methods of `Conversing`.
    """

    threads: Threads

    def contract(self) -> str:
        """The contract whose conversations this class implements, for example `openai`."""
        raise NotImplementedError

    def ready(self) -> None:
        """Register the object in `threads.kinds` under the name of its contract."""
        self.threads.kinds[self.contract()] = self

    def turns(self, conversation: Any) -> tuple[Message, ...]:
        """Return the messages of the conversation that a request names."""
        raise NotImplementedError

    def append(self, request: ResponseRequest, response: Json) -> None:
        """Add the items of a request and its response to the conversation that the request names, if any."""
        raise NotImplementedError
