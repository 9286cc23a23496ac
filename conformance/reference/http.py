"""HTTP responses: JSON, server-sent events and headers.

The part `Http` answers HEAD requests, CORS preflights and requests for unknown routes.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

from starlette.middleware import Middleware
from starlette.responses import Response, StreamingResponse

from conformance.reference.part import Part


class Http(Part):
    """Creates HTTP responses."""

    def middleware(self) -> list[Middleware]:
        """Return the ASGI middleware through which all requests and responses pass."""
        return []

    def dumps(self, value: Any) -> str:
        """Convert data to the JSON text of a response."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()

    def headers(self) -> dict[str, str]:
        """Return the headers that every response has."""
        return {"x-request-id": f"req_{uuid.uuid4().hex}", "openai-version": "2020-10-01", "openai-processing-ms": "1"}

    def json_response(self, body: Any, status: int = 200) -> Response:
        """A JSON response."""
        return Response(self.dumps(body), status, self.headers(), "application/json")

    def stream_media_type(self) -> str:
        """Return the content type of a stream of server-sent events."""
        return "text/event-stream; charset=utf-8"

    def stream_response(self, frames: Iterator[bytes]) -> Response:
        """A streamed response."""
        headers = {**self.headers(), "cache-control": "no-cache", "content-type": self.stream_media_type()}
        return StreamingResponse(self.deliver(frames), 200, headers)

    async def deliver(self, frames: Iterator[bytes]) -> AsyncIterator[bytes]:
        """Send each event as soon as it exists."""
        for frame in frames:
            yield frame
            await asyncio.sleep(self.settings.token_latency_s)

    def frame_event(self, data: str, event: str | None = None) -> bytes:
        """Return one server-sent event as bytes."""
        named = f"event: {event}\n" if event else ""
        return f"{named}data: {data}\n\n".encode()

    def answer_head(self, answer: Response) -> Response:
        """Answer HEAD with the response to GET; the server omits the body."""
        return answer

    def unknown_route(self, method: str, path: str) -> Response:  # noqa: ARG002 - for mutants that answer anyway
        """Answer an unknown route like OpenAI's API: with status 404 and no body."""
        return Response(None, 404, self.headers())

    def preflight(self) -> Response:
        """Answer a CORS preflight. A preflight needs no API key, because browsers send preflights without keys."""
        allowed = {
            "access-control-allow-origin": "*",
            "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
            "access-control-allow-headers": "authorization, content-type",
        }
        return Response(None, 204, {**self.headers(), **allowed})
