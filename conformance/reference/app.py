"""The web application around an endpoint: routes, the order auth → body → operation, and refusals as responses."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from conformance.reference.core import Settings
from conformance.reference.dialect import TELNYX, Dialect
from conformance.reference.endpoint import Endpoint
from conformance.reference.errors import ApiError
from conformance.reference.prompt import Json

_LOG = logging.getLogger(__name__)
Operation = Callable[[Endpoint, Request, Json], Response]


def create_app(
    endpoint: Endpoint | None = None,
    *,
    api_key: str = "sk-reference",
    latency_s: float = 0.0,
    token_latency_s: float = 0.0,
) -> Starlette:
    """The application. Latencies in seconds, before each answer and after each streamed event; ignored with `endpoint`."""
    served = endpoint or Endpoint(Settings(api_key=api_key, latency_s=latency_s, token_latency_s=token_latency_s))
    app = Starlette(routes=_routes(served), exception_handlers={HTTPException: _not_found(served)})
    app.router.redirect_slashes = False  # a redirect would lose the Authorization header
    return app


def _routes(served: Endpoint) -> list[BaseRoute]:
    v1 = served.dialect_v1()

    def route(
        path: str, method: str, operation: Operation, dialect: Dialect = v1, *, body: bool = False
    ) -> tuple[str, str, Any]:
        return path, method, _handler(served, operation, dialect, body=body)

    thread = "/v1/conversations/{id}"
    one = "/v2/ai/conversations/{id}"
    table = [
        route("/v1/chat/completions", "POST", lambda e, _, b: e.chat(b, v1), body=True),
        route("/v1/responses", "POST", lambda e, _, b: e.respond(b, v1), body=True),
        route("/v1/responses/{id}", "GET", lambda e, r, _: e.look_at_response(r.path_params["id"], r.query_params)),
        route("/v1/responses/input_tokens", "POST", lambda e, _, b: e.count_input(b, v1), body=True),
        route("/v1/responses/compact", "POST", lambda e, _, b: e.compact(b, v1), body=True),
        route("/v1/responses/{id}", "DELETE", lambda e, r, _: e.delete_response(r.path_params["id"])),
        route("/v1/responses/{id}/cancel", "POST", lambda e, r, _: e.cancel_response(r.path_params["id"])),
        route(
            "/v1/responses/{id}/input_items", "GET", lambda e, r, _: e.input_items(r.path_params["id"], r.query_params)
        ),
        route("/v1/conversations", "POST", lambda e, _, b: e.create_thread(b), body=True),
        route(thread, "GET", lambda e, r, _: e.retrieve_thread(r.path_params["id"])),
        route(thread, "POST", lambda e, r, b: e.update_thread(r.path_params["id"], b), body=True),
        route(thread, "DELETE", lambda e, r, _: e.delete_thread(r.path_params["id"])),
        route(f"{thread}/items", "GET", lambda e, r, _: e.list_items(r.path_params["id"], r.query_params)),
        route(f"{thread}/items", "POST", lambda e, r, b: e.create_items(r.path_params["id"], b), body=True),
        route(
            f"{thread}/items/{{item}}",
            "GET",
            lambda e, r, _: e.retrieve_item(r.path_params["id"], r.path_params["item"]),
        ),
        route(
            f"{thread}/items/{{item}}",
            "DELETE",
            lambda e, r, _: e.delete_item(r.path_params["id"], r.path_params["item"]),
        ),
        route("/v1/completions", "POST", lambda e, _, b: e.complete(b), body=True),
        route("/v1/embeddings", "POST", lambda e, _, b: e.embeddings(b), body=True),
        route("/v1/models", "GET", lambda e, _r, _b: e.list_models()),
        route("/v1/models/{id:path}", "GET", lambda e, r, _: e.retrieve_model(r.path_params["id"])),
        route("/v2/ai/openai/chat/completions", "POST", lambda e, _, b: e.chat(b, TELNYX), TELNYX, body=True),
        route("/v2/ai/openai/responses", "POST", lambda e, _, b: e.respond(b, TELNYX), TELNYX, body=True),
        route("/v2/ai/openai/models", "GET", lambda e, _r, _b: e.list_models(), TELNYX),
        route(
            "/v2/ai/conversations",
            "POST",
            lambda e, r, b: e.create_conversation(b, r.headers.get("idempotency-key")),
            TELNYX,
            body=True,
        ),
        route("/v2/ai/conversations", "GET", lambda e, r, _: e.list_conversations(dict(r.query_params)), TELNYX),
        route(one, "GET", lambda e, r, _: e.retrieve_conversation(r.path_params["id"]), TELNYX),
        route(one, "PUT", lambda e, r, b: e.update_conversation(r.path_params["id"], b), TELNYX, body=True),
        route(one, "DELETE", lambda e, r, _: e.delete_conversation(r.path_params["id"]), TELNYX),
        route(
            f"{one}/messages", "GET", lambda e, r, _: e.list_messages(r.path_params["id"], dict(r.query_params)), TELNYX
        ),
        route(f"{one}/message", "POST", lambda e, r, b: e.add_message(r.path_params["id"], b), TELNYX, body=True),
    ]
    methods: dict[str, dict[str, Any]] = {}
    for path, method, handler in table:
        methods.setdefault(path, {})[method] = handler

    async def talk(socket: WebSocket) -> None:
        await served.serve_socket(socket, v1)

    return [
        WebSocketRoute("/v1/responses", talk),
        *(Route(path, _by_method(served, handlers), methods=list(handlers)) for path, handlers in methods.items()),
    ]


def _by_method(served: Endpoint, handlers: dict[str, Any]) -> Any:
    async def dispatch(request: Request) -> Response:
        head = request.method == "HEAD"
        answer: Response = await handlers["GET" if head else request.method](request)
        return served.answer_head(answer) if head else answer

    return dispatch


def _handler(served: Endpoint, operation: Operation, dialect: Dialect, *, body: bool) -> Any:
    async def handle(request: Request) -> Response:
        began = time.perf_counter()
        try:
            if (request.method, request.url.path) not in served.unguarded:
                served.authenticate(request.headers)
            read: Json = {}
            if body:
                read = served.read_body(request.headers, await request.body())
            await asyncio.sleep(served.settings.latency_s)
            response = served.turn_away(request.url.path) or operation(served, request, read)
        except ApiError as error:
            response = served.error_response(error, dialect)
        except Exception:  # noqa: BLE001 - whatever it was, the client gets an envelope and the log the trace
            _LOG.exception("The reference endpoint failed; this is a bug in it, not in the client.")
            response = served.error_response(ApiError(500, "The server had an error.", type="server_error"), dialect)
        response.headers["openai-processing-ms"] = str(round((time.perf_counter() - began) * 1000))
        return response

    return handle


def _not_found(served: Endpoint) -> Any:
    async def handle(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        allow = (getattr(error, "headers", None) or {}).get("Allow")
        if status == 404:
            return served.unknown_route(request.method, request.url.path)
        if request.method == "OPTIONS":
            return served.preflight()
        message = f"Not allowed to {request.method} on {request.url.path}."
        return served.error_response(
            ApiError(status, message, None, "method_not_supported", allow=allow), served.dialect_v1()
        )

    return handle
