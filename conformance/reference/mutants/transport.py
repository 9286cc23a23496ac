"""Mutants of HTTP and delivery: methods, slashes, keys, ids, streams that come late and readers that go early."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from starlette.responses import Response, StreamingResponse

from conformance.reference.auth import Auth
from conformance.reference.chat import Chat
from conformance.reference.chat_request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.http import Http
from conformance.reference.models import Models
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.refusals import Refusals


@mutant(
    "method-any",
    breaks={"http.method.refused"},
    # where more than a quick run is asked for
    source="liar; catch-all proxies",
)
class MethodAny(Refusals):
    """Any method is answered 200."""

    def error_response(self, error: ApiError, dialect: Dialect) -> Response:
        if error.code == "method_not_supported":
            return self.http.json_response({"status": "ok"})
        return super().error_response(error, dialect)


@mutant("trailing-slash-internal", breaks={"http.trailing-slash"}, source="frameworks behind a proxy that ends TLS")
class TrailingSlashInternal(Models):
    """A trailing slash is redirected to the name that the server has behind its proxy."""

    def retrieve_model(self, name: str) -> Response:
        if name:  # the path of the list with a slash is that of a model without a name
            return super().retrieve_model(name)
        return Response(None, 307, {**self.http.headers(), "location": "http://internal:8080/v1/models"})


@mutant("preflight-needs-key", breaks={"http.cors.preflight"}, source="plausible: keys are checked before routes")
class PreflightNeedsKey(Http):
    """A preflight without a key is refused."""

    refusals: Refusals

    def preflight(self) -> Response:
        return self.refusals.error_response(ApiError(401, "You didn't provide an API key."), self.settings.dialect)


@mutant(
    "auth-get-open",
    breaks={"auth.models", "chat.stored.key-required", "responses.socket.key"},
    # where more than a quick run is asked for
    defects=("d321",),
    source="vllm-project/vllm#58144",
)
class AuthGetOpen(Auth):
    """Only requests with a body need a key."""

    def authenticate(self, headers: Mapping[str, str]) -> None:
        if "content-type" in headers:
            super().authenticate(headers)


@mutant("auth-embeddings-open", breaks={"contract.secured"}, source="plausible: a route that was added later")
class AuthEmbeddingsOpen(Auth):
    """The embeddings need no key."""

    unguarded = frozenset({("POST", "/v1/embeddings")})


@mutant(
    "auth-conversations-open", breaks={"contract.secured"}, source="plausible: a service of its own behind a gateway"
)
class AuthConversationsOpen(Auth):
    """Anybody may begin a conversation."""

    unguarded = frozenset({("POST", "/v1/conversations")})


@mutant(
    "id-from-clock",
    breaks={"http.isolation.ids"},
    source="k-openvino: one id for all answers",
)
class IdFromClock(Chat):
    """Ids are the second in which the answer began."""

    def completion_id(self) -> str:
        return f"chatcmpl-{self.ids.now()}"


@mutant("request-id-constant", breaks={"http.request-id.unique"}, source="plausible: the proxy's id, not the request's")
class RequestIdConstant(Http):
    """Every answer has the same x-request-id."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "x-request-id": "req_00000000"}


@mutant(
    "rate-limit-remaining-above",
    breaks={"http.rate-limit.consistent"},
    source="plausible: limits of two counters in one header set",
)
class RateLimitRemainingAbove(Chat):
    """More requests remain than the limit allows."""

    def rate_limits(self, request: ChatRequest) -> dict[str, str]:
        return {**super().rate_limits(request), "x-ratelimit-limit-requests": "60"}


@mutant(
    "hung-up-slot-lost",
    breaks={"http.disconnect"},
    source="plausible: a slot chosen by prompt is freed only at the end of the stream",
)
class HungUpSlotLost(Chat):
    """After a reader hung up, the slot that knows the prompt stays busy."""

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


@mutant("body-kept-open", breaks={"chat.stream.body-ends"}, defects=("d010",), source="EricLBuehler/mistral.rs#1874")
class BodyKeptOpen(Http):
    """A stream stays open for a while after its last event."""

    async def deliver(self, frames: Iterator[bytes]) -> AsyncIterator[bytes]:
        async for frame in super().deliver(frames):
            yield frame
        await asyncio.sleep(1.2)


@mutant(
    "stream-by-presence",
    breaks={"chat.stream.false"},
    source="plausible: the key is looked for, not its value",
)
class StreamByPresence(ChatRequests):
    """`stream: false` gives a stream."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        return {**body, "stream": True} if "stream" in body else body


@mutant("model-listed-twice", breaks={"models.list.unique"}, source="gateways with two deployments of a model")
class ModelListedTwice(Models):
    """The first model is listed twice."""

    def models(self) -> tuple[str, ...]:
        return (*super().models(), super().models()[0])


@mutant("model-unknown-without-code", breaks={"models.retrieve.unknown-code"}, source="engines without codes")
class ModelUnknownWithoutCode(Models):
    """The 404 of an unknown model has no code."""

    def retrieve_model(self, name: str) -> Response:
        if name not in self.models():
            raise ApiError(404, f"The model '{name}' does not exist.")
        return super().retrieve_model(name)
