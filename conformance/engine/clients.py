"""The clients with which probes send requests: `chat` for completions and `http` for everything else.

The engine's clients only send requests; other modules record and judge the exchanges.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from conformance.config import Target
from conformance.engine.probe import Transport
from conformance.reply import ChatReply
from conformance.wire import Exchange, HttpClient, Request

Send = Callable[..., Awaitable[Exchange]]
Messages = str | list[dict[str, Any]]

DEFAULT_MAX_TOKENS = 32


class NoSuchOperation(Exception):
    """The profile does not have the operation, so no request was sent."""


class Unaskable(Exception):
    """The target returned an id that cannot be part of a URL, so requests with this id cannot be sent."""


LONGEST_NAME = 2_000
"""Maximum characters of an id in a path; servers reject longer lines, and httpx rejects 65,536."""


@dataclass(frozen=True, slots=True)
class Http:
    """Sends HTTP requests to the target. `path` is an operation of the profile (`models`) or a URL path (`/nope`)."""

    target: Target
    send: Send
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Waits this many seconds before the next request; a replay does not wait."""

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        key: str | bool | None = True,
        query: Mapping[str, str] | None = None,
        fresh: bool = False,
        stop_after_events: int | None = None,
        **parts: str,
    ) -> Exchange:
        """Send one request. `body` is bytes as they are, or data sent as JSON.

        `key` is True for the target's credential, False or None for none, or a string for another one. `parts` fill
        the path's `{names}`, percent-encoded; `query` is appended. A header with the value "" is omitted.
        `stop_after_events` closes the connection after that many events of a stream.
        """
        request = self.request(method, path, body, headers=headers, key=key, query=query, **parts)
        return await self.send(request, fresh=fresh, stop_after_events=stop_after_events)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        key: str | bool | None = True,
        query: Mapping[str, str] | None = None,
        **parts: str,
    ) -> Request:
        """Return the request that a call of this client would send; nothing is sent."""
        content = body if isinstance(body, bytes) else b"" if body is None else encode(body)
        merged = {"accept": "application/json"}
        if body is not None:
            merged["content-type"] = "application/json"
        credential = self.target.key if key is True else key
        if credential:
            name, value = self.target.credential(credential)
            merged[name] = value
        merged.update({name.lower(): value for name, value in self.target.headers})
        merged.update({name.lower(): value for name, value in (headers or {}).items()})
        pairs = tuple((name, value) for name, value in merged.items() if value)
        url = self.url(path, **parts) + (f"?{urlencode(query)}" if query else "")
        return Request(method, url, pairs, content)

    def url(self, path: str, **parts: str) -> str:
        """Return the absolute URL for the name of an operation in the profile, or for a path below the base URL.

        Raises `NoSuchOperation` if the profile has no such operation. Raises `Unaskable` if a path part contains
        characters that URLs cannot contain.
        """
        if path.startswith("/"):
            return self.target.url + path
        if not self.target.profile.offers(path):
            profile = self.target.profile
            raise NoSuchOperation(profile.missing.get(path) or f"the profile {profile.name} has no operation {path!r}")
        for name, value in parts.items():
            if len(value) > LONGEST_NAME or any("\ud800" <= char <= "\udfff" for char in value):
                raise Unaskable(f"the {name} that the target gave cannot be part of a URL: {value[:60]!r}…")
        return self.target.profile.url(self.target.url, path, **parts)


@dataclass(frozen=True, slots=True)
class Chat:
    """A client for chat completions over one transport (JSON or stream).

    Every request body has an output limit, so that no model can generate without end.
    """

    http: Http
    transport: Transport
    check: Callable[[Any], None] = lambda _: None
    """Raises for a body that violates the contract; not called for bodies given to `post`, which may be faulty on purpose."""

    async def __call__(
        self, messages: Messages, *, fresh: bool = False, fault: bool = False, **params: Any
    ) -> ChatReply:
        """Return a completion of `messages` (a string is one user message) with further body parameters.

        The contract must allow the body, unless `fault` says that it is faulty on purpose (`post` accepts any body).
        Raises what `check` raises.
        """
        body = self.body(messages, **params)
        if not fault:
            self.check(body)
        return await self.post(body, fresh=fresh)

    def body(self, messages: Messages, **params: Any) -> dict[str, Any]:
        """Return the request body that a call of this client with the same arguments would send.

        A parameter with the value None is omitted, and a parameter with the value `...` is sent as null. Parameters are
        sorted by name, so that equal requests consist of equal bytes.
        """
        target = self.http.target
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        body: dict[str, Any] = {"model": target.model, "messages": messages}
        if not {"max_tokens", "max_completion_tokens"} & params.keys():
            body[target.profile.max_tokens_field] = DEFAULT_MAX_TOKENS
        if self.transport is Transport.SSE:
            body["stream"] = True
        body.update({name: value for name, value in sorted(params.items()) if value is not None})
        return {name: None if value is ... else value for name, value in body.items()}

    async def post(
        self,
        body: Any,
        *,
        headers: Mapping[str, str] | None = None,
        key: str | bool | None = True,
        fresh: bool = False,
        stop_after_events: int | None = None,
    ) -> ChatReply:
        """Post a body to the chat operation without changes; `body` is bytes or JSON data."""
        accept = {"accept": "text/event-stream"} if self.transport is Transport.SSE else {}
        all_headers = {**accept, **(headers or {})}
        exchange = await self.http(
            "POST", "chat", body, headers=all_headers, key=key, fresh=fresh, stop_after_events=stop_after_events
        )
        return ChatReply(exchange)


def http_client(target: Target) -> HttpClient:
    """Return the HTTP client for a target."""
    pace = target.pace
    return HttpClient(target.limits, concurrency=pace.concurrency, route=target.route, tokens=target.tokens)


def encode(body: Any) -> bytes:
    """Serialise data as compact JSON.

    Lone surrogates are written as escape sequences, because UTF-8 cannot encode them.
    """
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(body, separators=(",", ":")).encode()
