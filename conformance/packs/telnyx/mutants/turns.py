"""Mutants of the reference endpoint that violate requirements about several responses on one Telnyx conversation."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response, StreamingResponse

from conformance.packs.telnyx.conversations import StoredConversation, TelnyxConversations
from conformance.packs.telnyx.dialect import TELNYX
from conformance.reference.dialect import Dialect
from conformance.reference.errors import refuse
from conformance.reference.mutants.registry import beside, mutant
from conformance.reference.prompt import Json, Message
from conformance.reference.responses.creation import Responses
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.requests import ResponseRequests
from conformance.reference.responses.threads import Threads
from conformance.reference.settings import Settings
from conformance.reference.store import Store


@mutant("telnyx-output-first", breaks={"telnyx.responses.conversation-order"}, source="plausible")
class TelnyxOutputFirst(TelnyxConversations):
    """The output of a response is appended to the conversation before its input."""

    def append(self, request: ResponseRequest, response: Json) -> None:
        identifier = request.body.get("conversation")
        before = len(self.kept[identifier].messages) if identifier else 0
        super().append(request, response)
        if identifier:
            messages = self.kept[identifier].messages
            turn = messages[before:]
            said = [each for each in turn if each["role"] == "assistant"]
            messages[before:] = said + [each for each in turn if each["role"] != "assistant"]


@mutant("telnyx-call-alone", breaks={"telnyx.responses.conversation-call-seen"}, source="plausible")
class TelnyxCallAlone(Threads):
    """After a function call, only the call itself is part of the context."""

    def conversation_messages(self, conversation: Any, dialect: Dialect) -> tuple[Message, ...]:
        found = super().conversation_messages(conversation, dialect)
        calls = tuple(message for message in found if message.calls)
        return calls if calls and dialect is TELNYX else found


@mutant("telnyx-deleted-continued", breaks={"telnyx.responses.conversation-deleted"}, source="plausible: a soft delete")
class TelnyxDeletedContinued(TelnyxConversations):
    """Responses can continue a conversation after its deletion."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Start without deleted conversations."""
        super().__init__(settings, store)
        self.deleted: set[str] = set()

    def delete_conversation(self, identifier: str) -> Response:
        self.deleted.add(identifier)
        return super().delete_conversation(identifier)

    def turns(self, conversation: Any) -> tuple[Message, ...]:
        return () if str(conversation) in self.deleted else super().turns(conversation)

    def append(self, request: ResponseRequest, response: Json) -> None:
        if request.body.get("conversation") not in self.deleted:
            super().append(request, response)


@mutant("telnyx-conversation-invented", breaks={"telnyx.responses.stateless-list"}, source="plausible")
class TelnyxConversationInvented(TelnyxConversations):
    """If a request has no `conversation`, a new conversation with its input and output is created."""

    def append(self, request: ResponseRequest, response: Json) -> None:
        if request.body.get("conversation"):
            super().append(request, response)
            return
        now = self.timestamp()
        identifier = str(uuid.uuid4())
        body: Json = {"id": identifier, "created_at": now, "last_message_at": now, "metadata": {}, "name": None}
        messages = [self.conversation_message(message) for message in request.chat.conversation.messages]
        self.kept[identifier] = StoredConversation(body, messages)


@beside("telnyx-lock-kept")
class _Slow(Responses):
    """Sends the events of a stream slowly, so that a client can disconnect before the last one."""

    def respond(self, body: Json, dialect: Dialect) -> Response:
        response = super().respond(body, dialect)
        if isinstance(response, StreamingResponse):
            response.body_iterator = self._slowly(response.body_iterator)
        return response

    async def _slowly(self, frames: Any) -> AsyncIterator[bytes]:
        async for frame in frames:
            yield frame
            await asyncio.sleep(0.005)


@mutant("telnyx-lock-kept", breaks={"telnyx.responses.conversation-cut"}, source="plausible: a lock without a timeout")
class TelnyxLockKept(TelnyxConversations):
    """A response locks its conversation, and a client that disconnects leaves the lock behind."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Start without locks."""
        super().__init__(settings, store)
        self.locked: set[str] = set()

    def turns(self, conversation: Any) -> tuple[Message, ...]:
        if conversation in self.locked:
            refuse("Another response on this conversation is active.", "conversation")
        found = super().turns(conversation)
        self.locked.add(conversation)
        return found

    def append(self, request: ResponseRequest, response: Json) -> None:
        self.locked.discard(str(request.body.get("conversation")))
        super().append(request, response)


@mutant("telnyx-later-instructions-ignored", breaks={"telnyx.responses.instructions-later"}, source="plausible")
class TelnyxLaterInstructionsIgnored(ResponseRequests):
    """`instructions` are silently ignored if the conversation has messages."""

    telnyx: TelnyxConversations

    def prepare_response_body(self, body: Json) -> Json:
        body = super().prepare_response_body(body)
        stored = self.telnyx.kept.get(str(body.get("conversation")))
        return {key: value for key, value in body.items() if key != "instructions" or not (stored and stored.messages)}
