"""Mutants with faults in response headers, content types or unknown routes."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from conformance.reference.chat.completion import Chat
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.http import Http
from conformance.reference.intake import Intake
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.refusals import Refusals


@mutant(
    "json-as-text",
    breaks={"http.json-content-type", "contract.media-type"},
    source="plausible: a framework's default for strings",
)
class JsonAsText(Http):
    """JSON responses have `Content-Type: text/plain`."""

    def json_response(self, body: Any, status: int = 200) -> Response:
        response = super().json_response(body, status)
        response.headers["content-type"] = "text/plain; charset=utf-8"
        return response


@mutant("body-shorter-than-length", breaks={"http.response-complete"}, source="proxies that count characters")
class BodyShorterThanLength(Chat):
    """The `Content-Length` of a response with two choices is greater than the length of its body."""

    def chat(self, body: Json, dialect: Dialect) -> Response:
        response = super().chat(body, dialect)
        if body.get("n") == 2 and not body.get("stream"):
            response.headers["content-length"] = str(len(response.body) + 10)
        return response


@mutant("unknown-route-200", breaks={"http.unknown-route"}, source="liar; catch-all proxies")
class UnknownRoute200(Http):
    """Requests to unknown routes get a 200 instead of a 404."""

    def unknown_route(self, method: str, path: str) -> Response:
        return self.json_response({"status": "ok"})


@mutant("method-not-allowed-without-allow", breaks={"http.method.allow"}, source="RFC 9110, 15.5.6")
class MethodWithoutAllow(Refusals):
    """A 405 response has no `Allow` header."""

    def error_response(self, error: ApiError, dialect: Dialect) -> Response:
        error.allow = None
        return super().error_response(error, dialect)


@mutant("no-request-id", breaks={"http.request-id"}, source="recorded traffic: always there")
class NoRequestId(Http):
    """Responses have no `x-request-id`."""

    def headers(self) -> dict[str, str]:
        return {key: value for key, value in super().headers().items() if key != "x-request-id"}


@mutant("content-type-not-checked", breaks={"http.content-type.checked"}, source="liar")
class ContentTypeNotChecked(Intake):
    """A request body is read as JSON, whatever its `Content-Type` is."""

    def check_content_type(self, content_type: str | None) -> None:
        return


@mutant("content-type-charset-refused", breaks={"http.content-type.charset"}, source="strict string comparison")
class ContentTypeCharsetRefused(Intake):
    """A request with `Content-Type: application/json; charset=utf-8` is rejected."""

    def check_content_type(self, content_type: str | None) -> None:
        if content_type != "application/json":
            raise ApiError(415, "Unsupported content type.", None, "unsupported_media_type")
