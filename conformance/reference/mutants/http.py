"""Mutants of HTTP itself: lengths, content types, and an endpoint that faulty requests change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from conformance.reference.chat import Chat
from conformance.reference.chat_request import ChatRequest
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.generate import Output
from conformance.reference.http import Http
from conformance.reference.mutants.registry import beside, mutant
from conformance.reference.prompt import Json
from conformance.reference.refusals import Refusals


@mutant(
    "error-html-type",
    breaks={"error.content-type"},
    source="plausible: a framework's default for errors",
)
class ErrorHtmlType(Refusals):
    """The JSON of a refusal is said to be HTML."""

    def error_media_type(self, error: ApiError) -> str:
        return "text/html"


@mutant(
    "json-as-text",
    breaks={"http.json-content-type", "contract.media-type"},
    source="plausible: a framework's default for strings",
)
class JsonAsText(Http):
    """JSON answers are said to be plain text."""

    def json_response(self, body: Any, status: int = 200) -> Response:
        response = super().json_response(body, status)
        response.headers["content-type"] = "text/plain; charset=utf-8"
        return response


@mutant("body-shorter-than-length", breaks={"http.response-complete"}, source="proxies that count characters")
class BodyShorterThanLength(Chat):
    """Answers with several choices announce more bytes than they have, and the connection closes."""

    def chat(self, body: Json, dialect: Dialect) -> Response:
        response = super().chat(body, dialect)
        if body.get("n") == 2 and not body.get("stream"):
            response.headers["content-length"] = str(len(response.body) + 10)
        return response


@beside("blocked-after-faults")
class _Counted(Refusals):
    """Counts what is refused."""

    count = 0

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        self.count += 1
        return super().error_body(error, dialect)


@mutant(
    "blocked-after-faults",
    breaks={"error.still-serving"},
    source="gateways that guard against abuse",
)
class BlockedAfterFaults(Chat):
    """After five refused requests, a request that was answered before is forbidden."""

    refusals: _Counted
    _answered: frozenset[str] = frozenset()

    def completion(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        asked = self.http.dumps(request.body)
        if asked in self._answered and self.refusals.count >= 5:
            raise ApiError(403, "Too many invalid requests.", None, "forbidden")
        self._answered |= {asked}
        return super().completion(request, outputs)


@mutant("unknown-route-200", breaks={"http.unknown-route"}, source="liar; catch-all proxies")
class UnknownRoute200(Http):
    """Addresses that do not exist answer 200."""

    def unknown_route(self, method: str, path: str) -> Response:
        return self.json_response({"status": "ok"})


@mutant("method-not-allowed-without-allow", breaks={"http.method.allow"}, source="RFC 9110, 15.5.6")
class MethodWithoutAllow(Refusals):
    """A 405 does not say which methods are allowed."""

    def error_response(self, error: ApiError, dialect: Dialect) -> Response:
        error.allow = None
        return super().error_response(error, dialect)


@mutant("no-request-id", breaks={"http.request-id"}, source="recorded traffic: always there")
class NoRequestId(Http):
    """Answers have no x-request-id."""

    def headers(self) -> dict[str, str]:
        return {key: value for key, value in super().headers().items() if key != "x-request-id"}
