"""The client for the Responses API, which sends no further requests if the target lacks the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Http
from conformance.engine.probe import Transport
from conformance.reply import NotAnswered, ResponseReply

Input = str | list[dict[str, Any]]

HELLO = "Say hello."
# The API's own minimum is 16.
DEFAULT_MAX_OUTPUT_TOKENS = 32


@dataclass(frozen=True, slots=True)
class Responses:
    """A client for the Responses API over one transport (JSON or stream).

    Every request body that the client sends has an output limit.

    By default `store` is false, so a response is stored only if a probe requests it. Stored responses are deleted at
    the end of the run. Once per run, a minimal request to the Responses API is sent before all other requests to the
    Responses API. If the minimal request gets no response object, no other request is sent to the Responses API. If the
    minimal request gets no response object, every probe of the Responses API raises `NotAnswered` with the exchange of
    the minimal request.
    """

    http: Http
    transport: Transport
    cleanup: Cleanup

    async def __call__(
        self, input: Input, *, fresh: bool = False, stop_after_events: int | None = None, **params: Any
    ) -> ResponseReply:
        """Return a response to `input` (a string is one user message) with further body parameters.

        `stop_after_events` closes the connection after that many events of a stream.
        """
        return await self.post(self.body(input, **params), fresh=fresh, stop_after_events=stop_after_events)

    def body(self, input: Input, **params: Any) -> dict[str, Any]:
        """Return the request body that a call would send: a parameter with the value None is omitted, and `...` is sent as null."""
        body: dict[str, Any] = {
            "model": self.http.target.model,
            "input": input,
            "max_output_tokens": DEFAULT_MAX_OUTPUT_TOKENS,
            "store": False,
        }
        if self.transport is Transport.SSE:
            body["stream"] = True
        body.update(params)
        return {name: None if value is ... else value for name, value in body.items() if value is not None}

    async def post(
        self,
        body: Any,
        *,
        fresh: bool = False,
        headers: Mapping[str, str] | None = None,
        stop_after_events: int | None = None,
    ) -> ResponseReply:
        """Post a body without changes; `body` is bytes or JSON data.

        Raises `NotAnswered` if the target lacks the Responses API.
        """
        await self.offered()
        return await self._send(body, fresh=fresh, headers=headers, stop_after_events=stop_after_events)

    async def offered(self) -> ResponseReply:
        """Return the reply to the minimal request, which is sent once per run.

        Raises `NotAnswered` if the reply to the minimal request has no response object.
        """
        plain = replace(self, transport=Transport.JSON)
        reply = await plain._send(plain.body(HELLO))
        if not reply.readable:
            reply.require_object()
            raise NotAnswered(reply.exchange, "the 200 response has no response object")
        return reply

    async def _send(
        self,
        body: Any,
        *,
        fresh: bool = False,
        headers: Mapping[str, str] | None = None,
        stop_after_events: int | None = None,
    ) -> ResponseReply:
        accept = {"accept": "text/event-stream"} if self.transport is Transport.SSE else {}
        exchange = await self.http(
            "POST",
            "responses",
            body,
            headers={**accept, **(headers or {})},
            fresh=fresh,
            stop_after_events=stop_after_events,
        )
        reply = ResponseReply(exchange)
        if isinstance(body, dict) and body.get("store") is not False and (identifier := begun_id(reply)):
            self.cleanup.later("response", id=identifier)
        return reply


def begun_id(reply: ResponseReply) -> str:
    """Return the id under which the target may have stored a response, even if the client abandoned the stream.

    Returns "" if the response has no id.
    """
    try:
        response: Any = reply.object
    except NotAnswered:
        carried = (event.data.get("response") for event in reply.events)
        response = next((found for found in carried if isinstance(found, dict)), {})
    identifier = response.get("id")
    return identifier if isinstance(identifier, str) else ""
