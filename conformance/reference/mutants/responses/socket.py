"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `responses.socket`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from itertools import zip_longest

from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from conformance.reference.auth import Auth
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.ids import Ids
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.socket import ResponseSockets
from conformance.reference.responses.stored import Memory, StoredResponses


@mutant("socket-upgrade-500", breaks={"responses.socket.upgrade"}, source="plausible")
class SocketUpgrade500(ResponseSockets):
    """A request to open a WebSocket causes a 500."""

    async def serve_socket(self, socket: WebSocket, dialect: Dialect) -> None:
        del dialect
        await socket.send_denial_response(Response("Internal Server Error", 500))


@mutant("socket-deltas-lost", breaks={"responses.socket.events"}, source="plausible")
class SocketDeltasLost(ResponseSockets):
    """On a WebSocket, `response.output_item.added` and `response.content_part.added` are not sent."""

    def socket_events(self, events: Iterator[Json]) -> Iterator[Json]:
        for event in super().socket_events(events):
            if event["type"] not in ("response.output_item.added", "response.content_part.added"):
                yield event


@mutant("socket-events-framed", breaks={"responses.socket.events"}, source="plausible")
class SocketEventsFramed(ResponseSockets):
    """On a WebSocket, the first message of a turn has the format of a server-sent event."""

    async def say_on_socket(self, socket: WebSocket, message: Json) -> None:
        if message["type"] == "response.created":
            await socket.send_text(self.http.frame_event(self.http.dumps(message), message["type"]).decode())
        else:
            await super().say_on_socket(socket, message)


@mutant("socket-needs-store", breaks={"responses.socket.chain"}, source="Menci/Floway#94")
class SocketNeedsStore(ResponseSockets):
    """On a WebSocket, a response with `store: false` cannot be continued."""

    def remember(self, memory: Memory, request: ResponseRequest, response: Json) -> None:
        if self.stored_responses.stored(request):
            super().remember(memory, request, response)


@mutant("socket-continues-nothing", breaks={"responses.socket.chain"}, source="plausible")
class SocketContinuesNothing(ResponseSockets):
    """If a turn on a WebSocket continues an earlier turn, the model does not see the earlier turn."""

    def remember(self, memory: Memory, request: ResponseRequest, response: Json) -> None:
        super().remember(memory, request, response)
        memory[response["id"]] = ()


@mutant("socket-memory-shared", breaks={"responses.socket.local"}, source="vllm-project/agentic-api#238")
class SocketMemoryShared(ResponseSockets):
    """A response with `store: false` can be continued on another WebSocket connection."""

    def remembered(self) -> Memory:
        found: Memory = self.__dict__.setdefault("_remembered", {})
        return found

    def remember(self, memory: Memory, request: ResponseRequest, response: Json) -> None:
        super().remember(memory, request, response)
        self.remembered().update(memory)

    def socket_turn(self, text: str, memory: Memory, dialect: Dialect) -> Iterator[Json]:
        memory.update(self.remembered())
        yield from super().socket_turn(text, memory, dialect)


@mutant("socket-unknown-previous", breaks={"responses.socket.unknown"}, source="plausible")
class SocketUnknownPrevious(ResponseSockets):
    """On a WebSocket, an unknown `previous_response_id` is silently ignored."""

    def socket_body(self, text: str) -> Json:
        body = super().socket_body(text)
        previous: str = body.get("previous_response_id") or ""
        return body | {"previous_response_id": None} if previous.endswith("0000") else body


@mutant("socket-error-flat", breaks={"responses.socket.error"}, source="openclaw/openclaw#122727")
class SocketErrorFlat(ResponseSockets):
    """An error on a WebSocket has its fields at the top level instead of in `error`, and has no `status`."""

    def socket_error(self, error: ApiError) -> Json:
        return {"type": "error", "code": error.code, "message": error.message, "param": error.param}


@mutant("socket-error-failed", breaks={"responses.socket.error"}, source="plausible")
class SocketErrorFailed(ResponseSockets):
    """On a WebSocket, an invalid request is answered by a `response.failed` event instead of an `error` message."""

    ids: Ids

    def socket_error(self, error: ApiError) -> Json:
        failed = {"id": self.ids.new_id("resp_"), "object": "response", "status": "failed", "output": []}
        return {
            "type": "response.failed",
            "response": {**failed, "error": {"code": error.code, "message": error.message}},
        }


@mutant("socket-error-silent", breaks={"responses.socket.error", "responses.socket.usable"}, source="plausible")
class SocketErrorSilent(ResponseSockets):
    """An invalid request on a WebSocket closes the connection, and no error is sent."""

    async def say_on_socket(self, socket: WebSocket, message: Json) -> None:
        if message["type"] == "error":
            await socket.close(1008)
            raise WebSocketDisconnect(1008)
        await super().say_on_socket(socket, message)


@mutant("socket-error-closes", breaks={"responses.socket.usable"}, source="plausible")
class SocketErrorCloses(ResponseSockets):
    """A WebSocket connection closes after its first error."""

    async def say_on_socket(self, socket: WebSocket, message: Json) -> None:
        await super().say_on_socket(socket, message)
        if message["type"] == "error":
            await socket.close(1011)
            raise WebSocketDisconnect(1011)


@mutant("socket-interleaved", breaks={"responses.socket.sequential"}, source="plausible")
class SocketInterleaved(ResponseSockets):
    """If a client sends two requests on a WebSocket at once, the events of their responses are interleaved."""

    async def converse(self, socket: WebSocket, dialect: Dialect) -> None:
        memory: Memory = {}
        while True:
            turns = [self.socket_turn(await socket.receive_text(), memory, dialect)]
            try:
                async with asyncio.timeout(0.05):
                    turns.append(self.socket_turn(await socket.receive_text(), memory, dialect))
            except TimeoutError:
                pass
            for messages in zip_longest(*turns):
                for message in filter(None, messages):
                    await self.say_on_socket(socket, message)


@mutant("socket-open-to-all", breaks={"responses.socket.key"}, source="plausible")
class SocketOpenToAll(ResponseSockets):
    """Opening a WebSocket requires no API key."""

    def authenticate_socket(self, headers: Mapping[str, str]) -> None:
        """Accept every request to open a WebSocket."""


@mutant(
    "response-store-false-stored",
    breaks={"responses.store.false", "responses.socket.local"},
    source="plausible",
)
class ResponseStoreFalseStored(StoredResponses):
    """A response with `store: false` is stored."""

    def stored(self, request: ResponseRequest) -> bool:
        return not request.chat.dialect.detail


@mutant(
    "auth-get-open",
    breaks={"auth.models", "chat.stored.key-required", "responses.socket.key"},
    # where more than a quick run is asked for
    defects=("d321",),
    source="vllm-project/vllm#58144",
)
class AuthGetOpen(Auth):
    """Requests without a body, such as GET, require no API key."""

    def authenticate(self, headers: Mapping[str, str]) -> None:
        if "content-type" in headers:
            super().authenticate(headers)
