"""The web application of an endpoint: routes, error responses, and request steps (authentication, body, operation)."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from conformance.reference.auth import Auth
from conformance.reference.endpoint import Endpoint
from conformance.reference.errors import ApiError
from conformance.reference.http import Http
from conformance.reference.intake import Intake
from conformance.reference.part import Part
from conformance.reference.prompt import Json
from conformance.reference.refusals import Refusals
from conformance.reference.responses.socket import ResponseSockets
from conformance.reference.routes import EndpointRoute
from conformance.reference.settings import Settings

_LOG = logging.getLogger(__name__)


def create_app(
    endpoint: Endpoint | None = None,
    *,
    api_key: str = "sk-reference",
    latency_s: float = 0.0,
    token_latency_s: float = 0.0,
) -> Starlette:
    """Create the ASGI application of an endpoint.

    `latency_s` is the delay before each response, and `token_latency_s` the delay after each streamed event. If
    `endpoint` is given, `api_key`, `latency_s` and `token_latency_s` are ignored.
    """
    served = endpoint or Endpoint(Settings(api_key=api_key, latency_s=latency_s, token_latency_s=token_latency_s))
    app = Starlette(
        routes=_routes(served),
        exception_handlers={HTTPException: _not_found(served)},
        middleware=served.part(Http).middleware(),
    )
    app.router.redirect_slashes = False  # a redirect would lose the Authorization header
    return app


def _routes(served: Endpoint) -> list[BaseRoute]:
    methods: dict[str, dict[str, Any]] = {}
    for part, route in served.routes():
        methods.setdefault(route.path, {})[route.method] = _handler(served, part, route)

    async def talk(socket: WebSocket) -> None:
        await served.part(ResponseSockets).serve_socket(socket, served.settings.dialect)

    return [
        WebSocketRoute("/v1/responses", talk),
        *(Route(path, _by_method(served, handlers), methods=list(handlers)) for path, handlers in methods.items()),
    ]


def _by_method(served: Endpoint, handlers: dict[str, Any]) -> Any:
    async def dispatch(request: Request) -> Response:
        head = request.method == "HEAD"
        answer: Response = await handlers["GET" if head else request.method](request)
        return served.part(Http).answer_head(answer) if head else answer

    return dispatch


def _handler(served: Endpoint, part: Part, route: EndpointRoute) -> Any:
    dialect = route.dialect or served.settings.dialect
    auth, intake, refusals = served.part(Auth), served.part(Intake), served.part(Refusals)

    async def handle(request: Request) -> Response:
        began = time.perf_counter()
        try:
            if (request.method, request.url.path) not in auth.unguarded:
                auth.authenticate(request.headers)
            auth.enter_account(request.headers)
            read: Json = {}
            if "body" in route.parameters:
                read = intake.read_body(request.headers, await request.body())
            await asyncio.sleep(served.settings.latency_s)
            answer = getattr(part, route.name)
            response = intake.turn_away(request.url.path) or answer(*route.arguments(request, read, dialect))
        except ApiError as error:
            response = refusals.error_response(error, dialect)
        except Exception:  # noqa: BLE001 - whatever it was, the client gets an envelope and the log the trace
            _LOG.exception("The reference endpoint failed; this is a bug in it, not in the client.")
            response = refusals.error_response(ApiError(500, "The server had an error.", type="server_error"), dialect)
        response.headers["openai-processing-ms"] = str(round((time.perf_counter() - began) * 1000))
        return response

    return handle


def _not_found(served: Endpoint) -> Any:
    async def handle(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        allow = (getattr(error, "headers", None) or {}).get("Allow")
        if status == 404:
            return served.part(Http).unknown_route(request.method, request.url.path)
        if request.method == "OPTIONS":
            return served.part(Http).preflight()
        message = f"Not allowed to {request.method} on {request.url.path}."
        return served.part(Refusals).error_response(
            ApiError(status, message, None, "method_not_supported", allow=allow), served.settings.dialect
        )

    return handle
