"""Serves the Responses API over a WebSocket.

The endpoint keeps the latest response of a connection until the connection closes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from conformance.reference.auth import Auth
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError, envelope, refuse
from conformance.reference.fields import Field
from conformance.reference.http import Http
from conformance.reference.intake import Intake
from conformance.reference.language_model.generate import Output
from conformance.reference.part import Part
from conformance.reference.prompt import Json
from conformance.reference.refusals import Refusals
from conformance.reference.responses.creation import Responses
from conformance.reference.responses.events import ResponseEvents
from conformance.reference.responses.items import item_messages
from conformance.reference.responses.objects import ResponseObjects
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.stored import Memory, StoredResponses, output_messages


class ResponseSockets(Part):
    """GET /responses, upgraded.

    Answers the messages of a WebSocket connection one after another. Each WebSocket connection has a separate state.
    """

    auth: Auth
    http: Http
    intake: Intake
    refusals: Refusals
    response_events: ResponseEvents
    response_objects: ResponseObjects
    responses: Responses
    stored_responses: StoredResponses

    async def serve_socket(self, socket: WebSocket, dialect: Dialect) -> None:
        """Accept or reject a connection, and serve it until the client disconnects."""
        try:
            self.authenticate_socket(socket.headers)
        except ApiError as error:
            denial = self.refusals.error_response(error, dialect)
            del denial.headers["content-length"]  # the server counts, too, and before uvicorn 0.54 it says both
            await socket.send_denial_response(denial)
            return
        await socket.accept(headers=[(name.encode(), value.encode()) for name, value in self.http.headers().items()])
        with contextlib.suppress(WebSocketDisconnect):
            await self.converse(socket, dialect)

    def authenticate_socket(self, headers: Mapping[str, str]) -> None:
        """Reject a WebSocket upgrade without a valid key."""
        self.auth.authenticate(headers)
        self.auth.enter_account(headers)

    async def converse(self, socket: WebSocket, dialect: Dialect) -> None:
        """Answer the client's messages one by one, in the order in which they arrive."""
        memory: Memory = {}
        while True:
            text = await socket.receive_text()
            await asyncio.sleep(self.settings.latency_s)
            for message in self.socket_turn(text, memory, dialect):
                await self.say_on_socket(socket, message)

    async def say_on_socket(self, socket: WebSocket, message: Json) -> None:
        """Send one message, then wait for the configured delay between events."""
        await socket.send_text(self.http.dumps(message))
        await asyncio.sleep(self.settings.token_latency_s)

    def socket_turn(self, text: str, memory: Memory, dialect: Dialect) -> Iterator[Json]:
        """Yield the messages with which the endpoint answers one message from the client."""
        body: Json = {}
        try:
            body = self.socket_body(text)
            generate = body.pop("generate", None) is not False
            if not generate:
                body.setdefault("input", [])
            self.stored_responses.at_hand = memory
            try:
                request, generation, response = self.responses.start_response(body, dialect)
            finally:
                self.stored_responses.at_hand = {}
        except ApiError as error:
            self.forget(memory, body)
            yield self.socket_error(error)
            return
        made = (
            self.response_events.response_events(request, generation, response)
            if generate
            else self.warmed_up(request, response)
        )
        for event in self.socket_events(self.response_events.padded(request, made)):
            if event["type"] in ("response.completed", "response.incomplete"):
                self.remember(memory, request, event["response"])
            yield event

    def warmed_up(self, request: ResponseRequest, response: Json) -> Iterator[Json]:
        """Yield the events of a turn with `generate: false`.

        The model generates nothing in a turn with `generate: false`, but the next turn can continue that turn.
        """
        yield {"type": "response.created", "response": response}
        yield {"type": "response.in_progress", "response": response}
        done = self.response_objects.finished(request, response, [], Output())
        self.stored_responses.keep(request, done)
        yield {"type": "response.completed", "response": done}

    def socket_events(self, events: Iterator[Json]) -> Iterator[Json]:
        """Yield the events in the form in which they are sent on a WebSocket: each with a sequence number."""
        return self.response_events.numbered(events)

    def socket_body(self, text: str) -> Json:
        """Return the request body in a `response.create` message: the parameters of POST /responses, and `generate`.

        The parameter `stream` is validated, and then removed from the body. `stream` has no effect, because every turn
        on a WebSocket is streamed.
        """
        message = self.intake.parse_body(text.encode("utf-8", "replace"))
        kind = message.pop("type", None)
        if kind != "response.create":
            refuse(f"Invalid value: '{kind}'. Supported values are: 'response.create'.", "type", "invalid_value")
        if message.pop("background", None) not in (None, False):
            refuse("'background' is not used over a WebSocket.", "background", "unsupported_parameter")
        Field(("boolean",)).check(message.pop("stream", None), "stream")
        Field(("boolean",)).check(message.get("generate"), "generate")
        return message

    def socket_error(self, error: ApiError) -> Json:
        """Return the message of type `error` that answers a rejected turn."""
        return {"type": "error", "status": error.status, **envelope(error)}

    def remember(self, memory: Memory, request: ResponseRequest, response: Json) -> None:
        """Keep the latest response of the connection for its next turn, even if the response is not stored."""
        memory.clear()
        said = (*request.earlier, *item_messages(request.items), *output_messages(response["output"]))
        memory[response["id"]] = said

    def forget(self, memory: Memory, body: Mapping[str, Any]) -> None:
        """Forget the response that a rejected turn tried to continue, so that no later turn can continue it."""
        memory.pop(str(body.get("previous_response_id")), None)
