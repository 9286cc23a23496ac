"""The ground of the endpoint: identity, time, models, authentication, errors, and how bytes leave."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import secrets
import string
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from starlette.responses import Response, StreamingResponse

from conformance.reference.dialect import OPENAI, VLLM, Dialect
from conformance.reference.errors import ApiError, envelope, refuse, validation_error
from conformance.reference.prompt import Json
from conformance.reference.store import Store

_BASE62 = string.ascii_letters + string.digits
LONG_MODEL = "reference-1-128k"
CHAT_MODELS = (
    "reference-1",
    "reference-1-mini",
    LONG_MODEL,
    "reference/thinker",
    "meta-llama/Meta-Llama-3.1-8B-Instruct",
    "zai-org/GLM-5.1-FP8",
)
EMBEDDING_MODELS = ("reference-embed",)
MAX_BODY = 2 * 1024 * 1024
"""Bytes of a request."""
MAX_OUTPUT = 8192
"""Tokens that one choice may have, however large the window."""
STARTED = 1767225600  # when the models were "made": 2026-01-01, in seconds


@dataclass(frozen=True, slots=True)
class Settings:
    """How one endpoint is set up. Latencies in seconds; `seed` starts the sampling of requests that bring none."""

    api_key: str = "sk-reference"
    latency_s: float = 0.0
    token_latency_s: float = 0.0
    context_window: int = 8192  # tokens; small, so that a prompt too long for it is cheap to send
    long_window: int = 131072  # tokens of the model for agents, whose instructions alone fill the other one
    seed: int = 1
    extensions: bool = False  # vLLM's guided_* and structured_outputs under /v1
    image_objects: bool = (
        False  # OpenAI's form of an image on Telnyx's routes, too, where the contract has the URL itself
    )
    turn_away_every: int = 0  # of so many chat completions one meets a limit (429) and is to come back; 0: none


class Core:
    """What every operation needs. Each method is a behaviour of its own, so that a mutant can replace it."""

    settings: Settings

    def __init__(self, settings: Settings | None = None) -> None:
        """Set up with nothing stored."""
        self.settings = settings or Settings()
        self.store = Store()
        self._requests = itertools.count(self.settings.seed)
        self._arrivals = itertools.count(1)

    # identity and time

    def new_id(self, prefix: str) -> str:
        """A fresh id in OpenAI's form: chatcmpl-… has 29 letters and digits, everything else 48 hex digits."""
        if prefix == "chatcmpl-":
            return prefix + "".join(secrets.choice(_BASE62) for _ in range(29))
        if prefix == "call_":
            return prefix + "".join(secrets.choice(_BASE62) for _ in range(24))
        return prefix + secrets.token_hex(24)

    def now(self) -> int:
        """Unix time in seconds."""
        return int(time.time())

    def entropy(self) -> int:
        """A sampling seed for a request that brings none: differs between requests, repeats between runs."""
        return random.Random(next(self._requests)).getrandbits(62)  # noqa: S311 - reproducible sampling

    def dialect_v1(self) -> Dialect:
        """The contract under /v1."""
        return VLLM if self.settings.extensions else OPENAI

    # models

    def chat_models(self) -> tuple[str, ...]:
        """Ids of the models that chat."""
        return CHAT_MODELS

    def models(self) -> tuple[str, ...]:
        """Ids of all models."""
        return (*self.chat_models(), *EMBEDDING_MODELS)

    def model_object(self, name: str) -> Json:
        """One entry of the list of models, with its context window under the name that vLLM gives it."""
        return {
            "id": name, "object": "model", "created": STARTED, "owned_by": "openai-conformance",
            "max_model_len": self.context_window(name),
        }  # fmt: skip

    def context_window(self, model: str) -> int:
        """Tokens that a model can read and write in one request."""
        return self.settings.long_window if model == LONG_MODEL else self.settings.context_window

    def unknown_model(self, name: str, param: str | None = None) -> NoReturn:
        """Refuse a model that does not exist."""
        raise ApiError(
            404, f"The model '{name}' does not exist or you do not have access to it.", param, "model_not_found"
        )

    def check_model(self, name: str, known: tuple[str, ...], param: str | None = None) -> None:
        """Refuse a name that is not among the known ones."""
        if name not in known:
            self.unknown_model(name, param)

    # authentication

    unguarded: frozenset[tuple[str, str]] = frozenset()
    """Methods and paths that need no key: none."""

    def authenticate(self, headers: Mapping[str, str]) -> None:
        """Refuse a request without the right bearer key. The scheme's case does not matter (RFC 9110)."""
        sent = headers.get("authorization")
        scheme, _, key = (sent or "").partition(" ")
        if not sent or scheme.lower() != "bearer" or not key.strip():
            raise ApiError(
                401, "You didn't provide an API key. Provide it in an Authorization header using Bearer auth."
            )
        if not secrets.compare_digest(key.strip().encode(), self.settings.api_key.encode()):
            raise ApiError(401, "Incorrect API key provided.", None, "invalid_api_key")

    # errors

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        """The JSON body of a refusal."""
        return (
            validation_error(error) if dialect.detail and self.error_status(error, dialect) == 422 else envelope(error)
        )

    def error_status(self, error: ApiError, dialect: Dialect) -> int:
        """The status of a refusal: Telnyx documents 422 where OpenAI has 400."""
        return 422 if dialect.detail and error.status == 400 and not error.exact else error.status

    def error_media_type(self, error: ApiError) -> str:  # noqa: ARG002 - for mutants that choose by it
        """Content type of a refusal."""
        return "application/json"

    def error_response(self, error: ApiError, dialect: Dialect) -> Response:
        """A refusal as a response."""
        headers = self.headers()
        headers.update(error.headers)
        if error.allow:
            headers["allow"] = error.allow
        if error.status == 401:
            headers["www-authenticate"] = 'Bearer realm="OpenAI API"'
        body = self.error_body(error, dialect)
        raw = body if isinstance(body, str) else self.dumps(body)
        return Response(raw, self.error_status(error, dialect), headers, self.error_media_type(error))

    # limits

    def turn_away(self, path: str) -> Response | None:
        """Now and then a completion is refused for a moment: whoever comes back when they are told to is served.

        None when the request is let in.
        """
        every = self.settings.turn_away_every
        if not every or not path.endswith("/chat/completions") or next(self._arrivals) % every:
            return None
        error = ApiError(429, "Rate limit reached. Please try again in 20ms.", None, "rate_limit_exceeded", "requests")
        headers = {**self.headers(), **self.when_to_come_back()}
        return Response(self.dumps(envelope(error)), 429, headers, "application/json")

    def when_to_come_back(self) -> dict[str, str]:
        """What a request that was turned away is told."""
        return {"retry-after": "1", "retry-after-ms": "20", "x-ratelimit-reset-requests": "20ms"}

    def answer_head(self, answer: Response) -> Response:
        """The answer to a HEAD: that to its GET, of which the server sends the head alone."""
        return answer

    # what comes in

    def check_content_type(self, content_type: str | None) -> None:
        """Refuse a body that is not said to be JSON."""
        media = (content_type or "").partition(";")[0].strip().lower()
        if media != "application/json" and not media.endswith("+json"):
            raise ApiError(
                415,
                f"Unsupported content type '{content_type}': use 'application/json'.",
                None,
                "unsupported_media_type",
            )

    def check_content_coding(self, coding: str | None) -> None:
        """Refuse a body that is compressed."""
        if coding and coding.strip().lower() != "identity":
            headers = {"accept-encoding": "identity"}  # RFC 9110, 15.5.16: which codings would have been taken
            message = f"Unsupported content encoding '{coding}': send the body as it is."
            raise ApiError(415, message, None, "unsupported_content_encoding", headers=headers)

    def check_size(self, raw: bytes) -> None:
        """Refuse a body that is too large."""
        if len(raw) > MAX_BODY:
            raise ApiError(413, f"The body has {len(raw)} bytes; {MAX_BODY} are allowed.", None, "request_too_large")

    def read_body(self, headers: Mapping[str, str], raw: bytes) -> Json:
        """The JSON object of a request, after all that its head says of it."""
        self.check_content_type(headers.get("content-type"))
        self.check_content_coding(headers.get("content-encoding"))
        self.check_size(raw)
        return self.parse_body(raw)

    def parse_body(self, raw: bytes) -> Json:
        """The JSON object of a request."""
        try:
            body = json.loads(raw, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            refuse("We could not parse the JSON body of your request. The API expects a JSON payload.")
        if not isinstance(body, dict):
            refuse("The request body must be a JSON object.")
        return body

    # what goes out

    def dumps(self, value: Any) -> str:
        """JSON text as it is sent."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()

    def headers(self) -> dict[str, str]:
        """Headers of every answer."""
        return {"x-request-id": f"req_{uuid.uuid4().hex}", "openai-version": "2020-10-01", "openai-processing-ms": "1"}

    def json_response(self, body: Any, status: int = 200) -> Response:
        """A JSON answer."""
        return Response(self.dumps(body), status, self.headers(), "application/json")

    def stream_media_type(self) -> str:
        """Content type of a stream."""
        return "text/event-stream; charset=utf-8"

    def stream_response(self, frames: Iterator[bytes]) -> Response:
        """A streamed answer."""
        headers = {**self.headers(), "cache-control": "no-cache", "content-type": self.stream_media_type()}
        return StreamingResponse(self.deliver(frames), 200, headers)

    async def deliver(self, frames: Iterator[bytes]) -> AsyncIterator[bytes]:
        """Send each event as soon as it exists."""
        for frame in frames:
            yield frame
            await asyncio.sleep(self.settings.token_latency_s)

    def frame_event(self, data: str, event: str | None = None) -> bytes:
        """The bytes of one server-sent event."""
        named = f"event: {event}\n" if event else ""
        return f"{named}data: {data}\n\n".encode()


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
