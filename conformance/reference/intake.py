"""Checks the content type, coding, size and JSON of request bodies.

If the setting `turn_away_every` is set, some requests are rejected with a 429.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import NoReturn

from starlette.responses import Response

from conformance.reference.errors import ApiError, envelope, refuse
from conformance.reference.http import Http
from conformance.reference.part import Part
from conformance.reference.prompt import Json
from conformance.reference.settings import Settings
from conformance.reference.store import Store

MAX_BODY = 2 * 1024 * 1024
"""The most bytes of a request."""


class Intake(Part):
    """Accepts or rejects requests before their parameters are read."""

    http: Http

    def __init__(self, settings: Settings, store: Store) -> None:
        """Count from the first request."""
        super().__init__(settings, store)
        self._arrivals = itertools.count(1)

    def turn_away(self, path: str) -> Response | None:
        """Reject every n-th chat completion with a 429; n is the setting `turn_away_every`.

        A client that sends the request again at the time given in the 429 gets an answer. Returns None if the request
        is not rejected with a 429.
        """
        every = self.settings.turn_away_every
        if not every or not path.endswith("/chat/completions") or next(self._arrivals) % every:
            return None
        error = ApiError(429, "Rate limit reached. Please try again in 20ms.", None, "rate_limit_exceeded", "requests")
        headers = {**self.http.headers(), **self.when_to_come_back()}
        return Response(self.http.dumps(envelope(error)), 429, headers, "application/json")

    def when_to_come_back(self) -> dict[str, str]:
        """Return the headers that tell a client when to retry after a 429."""
        return {"retry-after": "1", "retry-after-ms": "20", "x-ratelimit-reset-requests": "20ms"}

    def check_content_type(self, content_type: str | None) -> None:
        """Reject a request whose `Content-Type` is not JSON."""
        media = (content_type or "").partition(";")[0].strip().lower()
        if media != "application/json" and not media.endswith("+json"):
            raise ApiError(
                415,
                f"Unsupported content type '{content_type}': use 'application/json'.",
                None,
                "unsupported_media_type",
            )

    def check_content_coding(self, coding: str | None) -> None:
        """Reject a compressed body."""
        if coding and coding.strip().lower() != "identity":
            headers = {"accept-encoding": "identity"}  # RFC 9110, 15.5.16: which codings would have been taken
            message = f"Unsupported content encoding '{coding}': send the body as it is."
            raise ApiError(415, message, None, "unsupported_content_encoding", headers=headers)

    def check_size(self, raw: bytes) -> None:
        """Reject a body that is too large."""
        if len(raw) > MAX_BODY:
            raise ApiError(413, f"The body has {len(raw)} bytes; {MAX_BODY} are allowed.", None, "request_too_large")

    def read_body(self, headers: Mapping[str, str], raw: bytes) -> Json:
        """Check the headers and the size of a request, and return the JSON object in its body."""
        self.check_content_type(headers.get("content-type"))
        self.check_content_coding(headers.get("content-encoding"))
        self.check_size(raw)
        return self.parse_body(raw)

    def parse_body(self, raw: bytes) -> Json:
        """Return the JSON object in a request body."""
        try:
            body = json.loads(raw, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            refuse("We could not parse the JSON body of your request. The API expects a JSON payload.")
        if not isinstance(body, dict):
            refuse("The request body must be a JSON object.")
        return body


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
