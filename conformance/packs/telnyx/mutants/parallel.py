"""Mutants with faults in simultaneous responses on one Telnyx conversation, or in stored reasoning."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response, StreamingResponse

from conformance.packs.telnyx.conversations import TelnyxConversations
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.mutants.registry import beside, mutant
from conformance.reference.prompt import Json
from conformance.reference.responses.creation import Responses
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.settings import Settings
from conformance.reference.store import Store

MOST_S = 12.0
"""The most seconds that a stream waits for a simultaneous stream."""


@beside("telnyx-parallel-lost")
@beside("telnyx-parallel-interleaved")
class WaitingTurns(Responses):
    """Delays the stream of the first turn of a conversation until a second turn arrives, so that both turns overlap."""

    telnyx: TelnyxConversations

    def __init__(self, settings: Settings, store: Store) -> None:
        """Start without turns."""
        super().__init__(settings, store)
        self.joined: dict[str, asyncio.Event] = {}
        self.active: set[str] = set()

    def respond(self, body: Json, dialect: Dialect) -> Response:
        response = super().respond(body, dialect)
        stored = self.telnyx.kept.get(str(body.get("conversation")))
        if isinstance(response, StreamingResponse) and stored:
            conversation = str(stored.body["id"])
            if conversation in self.joined:
                self.joined[conversation].set()
            elif not stored.messages:
                self.joined[conversation] = asyncio.Event()
                response.body_iterator = self.waiting(response.body_iterator, conversation)
        return response

    async def waiting(self, frames: Any, conversation: str) -> AsyncIterator[bytes]:
        """Send the events only after a second turn on the same conversation has begun, or after `MOST_S` seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.joined[conversation].wait(), MOST_S)
        async for frame in frames:
            yield frame


@mutant(
    "telnyx-parallel-lost",
    breaks={"telnyx.responses.conversation-parallel"},
    source="plausible: read, change and write without a lock",
)
class TelnyxParallelLost(TelnyxConversations):
    """A turn that ends later overwrites the messages of a simultaneous turn."""

    def append(self, request: ResponseRequest, response: Json) -> None:
        if stored := self.kept.get(str(request.body.get("conversation"))):
            del stored.messages[len(request.earlier) :]
        super().append(request, response)


@mutant(
    "telnyx-parallel-interleaved",
    breaks={"telnyx.responses.conversation-parallel-whole"},
    source="plausible: the input is stored when the request arrives, and the output when it is complete",
)
class TelnyxParallelInterleaved(TelnyxConversations):
    """The inputs of two simultaneous turns are stored before both outputs."""

    def append(self, request: ResponseRequest, response: Json) -> None:
        super().append(request, response)
        stored = self.kept.get(str(request.body.get("conversation")))
        turns = stored.messages[len(request.earlier) :] if stored else []
        if stored and [each["role"] for each in turns].count("user") > 1:
            turns.sort(key=lambda each: each["role"] != "user")
            stored.messages[len(request.earlier) :] = turns


@mutant(
    "telnyx-parallel-500",
    breaks={"telnyx.responses.conversation-parallel"},
    source="plausible: a lock that is busy raises an exception",
)
class TelnyxParallel500(WaitingTurns):
    """A response request gets a 500 while another response on the same conversation is streamed."""

    def respond(self, body: Json, dialect: Dialect) -> Response:
        conversation = str(body.get("conversation"))
        if conversation in self.active:
            self.joined[conversation].set()
            raise ApiError(500, "The conversation is locked.", type="server_error")
        return super().respond(body, dialect)

    async def waiting(self, frames: Any, conversation: str) -> AsyncIterator[bytes]:
        self.active.add(conversation)
        try:
            async for frame in super().waiting(frames, conversation):
                yield frame
        finally:
            self.active.discard(conversation)


@mutant(
    "telnyx-reasoning-lost",
    breaks={"telnyx.responses.conversation-reasoning"},
    source="plausible: only messages are stored",
)
class TelnyxReasoningLost(TelnyxConversations):
    """The reasoning of a response is not appended to the conversation."""

    def append(self, request: ResponseRequest, response: Json) -> None:
        super().append(request, response)
        for message in self.kept[request.body["conversation"]].messages if request.body.get("conversation") else ():
            message.pop("reasoning", None)
