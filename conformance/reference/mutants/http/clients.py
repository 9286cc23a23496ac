"""Mutants in which requests affect each other, or in which methods, paths or headers are handled wrongly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from starlette.responses import Response, StreamingResponse

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.http import Http
from conformance.reference.language_model.generate import Output
from conformance.reference.models import Models
from conformance.reference.mutants.registry import beside, mutant
from conformance.reference.prompt import Json
from conformance.reference.refusals import Refusals

LINE = "Repeat the word"  # prompts that begin so have a slot


PREFIX = len(LINE)


class _Queues(Http):
    """One queue per slot. Unread events of a stream remain in the queue of its slot."""

    slot = ""

    def queues(self) -> dict[str, list[bytes]]:
        """The remaining events, by slot."""
        found: dict[str, list[bytes]] = self.__dict__.setdefault("_queues", {})
        return found

    def take(self) -> list[bytes]:
        """Return and clear the slot's queue."""
        return self.queues().pop(self.slot, [])

    def deliver(self, frames: Iterator[bytes]) -> AsyncIterator[bytes]:
        return self._queued(self.slot, frames)

    async def _queued(self, slot: str, frames: Iterator[bytes]) -> AsyncIterator[bytes]:
        whole = False
        try:
            async for frame in super().deliver(frames):
                yield frame
                await asyncio.sleep(0.005 if slot else 0)  # so that a reader has time to leave
            whole = True
        finally:
            if not whole and slot:
                self.queues()[slot] = list(frames)


class _Slots(Chat):
    """Chooses the slot of a request by the beginning of its prompt."""

    http: _Queues

    def chat(self, body: Json, dialect: Dialect) -> Response:
        messages = body.get("messages")
        last = messages[-1] if isinstance(messages, list) and messages else None
        text = last.get("content") if isinstance(last, dict) else None
        self.http.slot = text[:PREFIX] if isinstance(text, str) and text.startswith(LINE) else ""
        return super().chat(body, dialect)


beside("hung-up-rest-streamed")(_Slots)


beside("hung-up-rest-in-answer")(_Queues)


@mutant(
    "hung-up-rest-streamed",
    breaks={"http.isolation.hung-up"},
    defects=("d315",),
    source="plausible: one queue of tokens for each slot, kept when its reader leaves",
)
class HungUpRestStreamed(_Queues):
    """After a client disconnects from a stream, the next stream begins with the remaining events of the old stream."""

    async def _queued(self, slot: str, frames: Iterator[bytes]) -> AsyncIterator[bytes]:
        for frame in self.queues().pop(slot, []):
            yield frame
        async for frame in super()._queued(slot, frames):
            yield frame


def _text(frame: bytes) -> str:
    """Return the content of one chunk."""
    data = frame.partition(b"data: ")[2].strip()
    choices = json.loads(data)["choices"] if data.startswith(b"{") else []
    return "".join(choice["delta"].get("content") or "" for choice in choices)


@mutant(
    "hung-up-rest-in-answer",
    breaks={"http.isolation.hung-up"},
    defects=("d315",),
    source="plausible: one queue of tokens for each slot, kept when its reader leaves",
)
class HungUpRestInAnswer(_Slots):
    """After a client disconnects from a stream, the next JSON response begins with the remaining text of the stream."""

    def completion(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        body = super().completion(request, outputs)
        rest = "".join(_text(frame) for frame in self.http.take())
        message = body["choices"][0]["message"]
        if rest and isinstance(message.get("content"), str):
            message["content"] = f"{rest}{message['content']}"
        return body


@mutant("shared-state", breaks={"http.isolation"}, defects=("d315",), source="theroyallab/tabbyAPI#107")
class SharedState(ChatRequests):
    """If two prompts have the same beginning and end, the model sees the first prompt in the second request, too."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        messages = super().read_messages(body)
        if len(messages) != 1:
            return messages
        text = messages[0].text
        key = (text[:16], text[-9:])
        seen = self.__dict__.setdefault("_seen", {})
        before, seen[key] = seen.get(key), messages[0]
        return (before, *messages) if before and before.text != text else messages


@mutant(
    "word-leaks-later",
    breaks={"http.isolation.whole-run"},
    defects=("d315",),
    source="plausible: a slot's cache that still has the words of another client",
)
class WordLeaksLater(Chat):
    """The answer to a prompt that repeats one word many times ends with a word of an earlier prompt."""

    def envelope(self, request: ChatRequest, kind: str) -> Json:
        prompt = request.conversation.last("user")
        if prompt.startswith("Repeat the word ") and prompt.endswith(" words."):
            self.__dict__.setdefault("_words", []).append(prompt.split()[3])
        return super().envelope(request, kind)

    def completion(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        body = super().completion(request, outputs)
        prompt, words = request.conversation.last("user"), self.__dict__.get("_words", [])
        message = body["choices"][0]["message"]
        if words and prompt.startswith("Repeat the word tavorq") and isinstance(message.get("content"), str):
            message["content"] += f" {words[0]}"
        return body


@mutant(
    "method-any",
    breaks={"http.method.refused"},
    # where more than a quick run is asked for
    source="liar; catch-all proxies",
)
class MethodAny(Refusals):
    """A request whose HTTP method is not allowed gets a 200 instead of a 405."""

    def error_response(self, error: ApiError, dialect: Dialect) -> Response:
        if error.code == "method_not_supported":
            return self.http.json_response({"status": "ok"})
        return super().error_response(error, dialect)


@mutant("trailing-slash-internal", breaks={"http.trailing-slash"}, source="frameworks behind a proxy that ends TLS")
class TrailingSlashInternal(Models):
    """A path with a trailing slash is redirected to the server's internal host name."""

    def retrieve_model(self, name: str) -> Response:
        if name:  # the path of the list with a slash is that of a model without a name
            return super().retrieve_model(name)
        return Response(None, 307, {**self.http.headers(), "location": "http://internal:8080/v1/models"})


@mutant("preflight-needs-key", breaks={"http.cors.preflight"}, source="plausible: keys are checked before routes")
class PreflightNeedsKey(Http):
    """A CORS preflight without an API key is rejected."""

    refusals: Refusals

    def preflight(self) -> Response:
        return self.refusals.error_response(ApiError(401, "You didn't provide an API key."), self.settings.dialect)


@mutant(
    "id-from-clock",
    breaks={"chat.response.id-reused", "http.isolation.ids"},
    source="k-openvino: one id for all answers",
)
class IdFromClock(Chat):
    """The id of a completion is made only from its Unix time in seconds."""

    def completion_id(self) -> str:
        return f"chatcmpl-{self.ids.now()}"


@mutant("request-id-constant", breaks={"http.request-id.unique"}, source="plausible: the proxy's id, not the request's")
class RequestIdConstant(Http):
    """Every response has the same `x-request-id`."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "x-request-id": "req_00000000"}


@mutant(
    "rate-limit-remaining-above",
    breaks={"http.rate-limit.consistent"},
    source="plausible: limits of two counters in one header set",
)
class RateLimitRemainingAbove(Chat):
    """The header `x-ratelimit-remaining-requests` has a higher number than `x-ratelimit-limit-requests`."""

    def rate_limits(self, request: ChatRequest) -> dict[str, str]:
        return {**super().rate_limits(request), "x-ratelimit-limit-requests": "60"}


@mutant(
    "hung-up-slot-lost",
    breaks={"http.disconnect"},
    source="plausible: a slot chosen by prompt is freed only at the end of the stream",
)
class HungUpSlotLost(Chat):
    """After a client disconnects from a stream, every later request with the same prompt causes a 500."""

    _lost: frozenset[str] = frozenset()

    def chat(self, body: Json, dialect: Dialect) -> Response:
        asked = self.http.dumps(body.get("messages"))
        if asked in self._lost:
            raise ApiError(500, "No slot is free.", type="server_error")
        response = super().chat(body, dialect)
        if isinstance(response, StreamingResponse):
            response.body_iterator = self._watched(response.body_iterator, asked)
        return response

    async def _watched(self, frames: Any, asked: str) -> AsyncIterator[bytes]:
        whole = False
        try:
            async for frame in frames:
                yield frame
                await asyncio.sleep(0.005)
            whole = True
        finally:
            if not whole:
                self._lost |= {asked}
