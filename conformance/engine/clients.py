"""What a probe speaks with: `chat` for completions, `http` for everything else. Both record, neither judges."""

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
from conformance.wire import Exchange, Request

Send = Callable[..., Awaitable[Exchange]]
Messages = str | list[dict[str, Any]]

DEFAULT_MAX_TOKENS = 32


class NoSuchOperation(Exception):
    """The target's family has no such operation, so nothing was sent."""


class Unaskable(Exception):
    """The target gave a name (an id) that no URL can carry, so what is asked with it cannot be asked."""


LONGEST_NAME = 2_000
"""Characters of an id that is put into a path; servers refuse a longer line, and httpx one of 65,536."""


@dataclass(frozen=True, slots=True)
class Http:
    """Plain requests to the target. `path` is an operation of the profile (`models`) or a path (`/nope`)."""

    target: Target
    send: Send
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Waits so many seconds before the target is asked again; a replay waits for nothing."""

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
        """One request. `body` is bytes as they are, or data sent as JSON.

        `key`: True for the target's own credential, False or None for none, a string for another one.
        `parts` fill the path's `{names}`, percent-encoded; `query` follows it. A header whose value is "" is left out.
        `stop_after_events` hangs up once so many events of a stream have come.
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
        """The request that calling would send."""
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
        """The absolute URL of an operation of the profile, or of a path below the base URL.

        Raises `NoSuchOperation`, and `Unaskable` for parts that no URL can carry.
        """
        if path.startswith("/"):
            return self.target.url + path
        if not self.target.profile.offers(path):
            raise NoSuchOperation(f"the profile {self.target.profile.name} has no operation {path!r}")
        for name, value in parts.items():
            if len(value) > LONGEST_NAME or any("\ud800" <= char <= "\udfff" for char in value):
                raise Unaskable(f"the {name} that the target gave cannot be part of a URL: {value[:60]!r}…")
        return self.target.profile.url(self.target.url, path, **parts)


@dataclass(frozen=True, slots=True)
class Chat:
    """Chat completions in one transport. Every body bounds its output, so no model can stall a run."""

    http: Http
    transport: Transport
    check: Callable[[Any], None] = lambda _: None
    """Raises for a body that breaks the contract; not asked about bodies given to `post`, which may be faults on purpose."""

    async def __call__(
        self, messages: Messages, *, fresh: bool = False, fault: bool = False, **params: Any
    ) -> ChatReply:
        """A completion of `messages` (a string is one user message) with further body parameters.

        The body must be one that the contract allows, unless `fault` says that it is wrong on purpose (what `post`
        sends may always be). Raises what `check` raises.
        """
        body = self.body(messages, **params)
        if not fault:
            self.check(body)
        return await self.post(body, fresh=fresh)

    def body(self, messages: Messages, **params: Any) -> dict[str, Any]:
        """The body that calling would send: a parameter that is None is left out, `...` is sent as null.

        Parameters come in alphabetical order, so that equal requests are equal bytes, however a probe lists them.
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
        """Send a body as it is (bytes, or data as JSON) to the chat operation."""
        accept = {"accept": "text/event-stream"} if self.transport is Transport.SSE else {}
        all_headers = {**accept, **(headers or {})}
        exchange = await self.http(
            "POST", "chat", body, headers=all_headers, key=key, fresh=fresh, stop_after_events=stop_after_events
        )
        return ChatReply(exchange)


def encode(body: Any) -> bytes:
    """Data as compact JSON. Lone surrogates stay escaped, so that they can be sent at all."""
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(body, separators=(",", ":")).encode()
