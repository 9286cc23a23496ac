"""Manages an API key that a command prints: renews the key when it expires, and inserts it into each request."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.wire.exchange import Request

EARLY = 0.1
"""The remaining fraction of a token's lifetime at which it is renewed, so that it does not expire in transit."""
EARLY_S = 60.0
"""The maximum of that remaining time in seconds."""


class NoTokenError(Exception):
    """A token could not be renewed; the message gives the reason, without any output of the command."""


class Tokens:
    """The successive access tokens of one run.

    Requests contain a placeholder instead of the access token, so that equal requests stay equal when the access token
    changes.

    `fetch` returns a new token or raises `NoTokenError`; it may be slow and therefore runs in a separate thread. A JSON
    Web Token is renewed before its `exp` time. A token that worked once is renewed when the target rejects it.
    """

    def __init__(self, fetch: Callable[[], str], *, clock: Callable[[], float] = time.time) -> None:
        self.stand_in = f"token-{secrets.token_hex(12)}"
        self.used: tuple[str, ...] = ()
        self._fetch = fetch
        self._clock = clock
        self._listeners: list[Callable[[str], None]] = []
        self._expires: float | None = None
        self._worked = False
        self._futile: set[tuple[str, str]] = set()
        self._lock = asyncio.Lock()

    def follow(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with each new token before it is used."""
        self._listeners.append(listener)

    def begin(self) -> None:
        """Fetch the first access token; the fetch runs in the caller's thread. Raises `NoTokenError`."""
        self._take(self._fetch())

    async def fill(self, request: Request) -> tuple[Request, str]:
        """Return the request with a valid token instead of the placeholder, and return the token.

        The returned token is "" if the request has no placeholder for a token. Raises `NoTokenError`.
        """
        if not any(self.stand_in in value for _, value in request.headers):
            return request, ""
        if not self.used or self._is_over():
            async with self._lock:
                if not self.used or self._is_over():
                    self._take(await _in_a_thread(self._fetch))
        token = self.used[-1]
        headers = tuple((name, value.replace(self.stand_in, token)) for name, value in request.headers)
        return replace(request, headers=headers), token

    def answered(self, token: str, status: int | None) -> None:
        """Record that the target accepted an access token, if `status` is a 2xx.

        If the target once accepted a token and later rejects it, the token has expired.
        """
        if token and token == self.used[-1] and status is not None and 200 <= status < 300:
            self._worked = True

    async def renewed(self, token: str, request: Request) -> bool:
        """Return whether the request can be repeated with another token.

        If the target had accepted the rejected token before, `renewed` first fetches a new token. A request that was
        rejected with a newly fetched access token is not repeated, because the token is not the reason for the
        rejection. Raises `NoTokenError`.
        """
        async with self._lock:
            if token != self.used[-1]:
                return True
            if not self._worked or _place(request) in self._futile:
                return False
            self._take(await _in_a_thread(self._fetch))
            if self.used[-1] == token:
                self._futile.add(_place(request))
            return self.used[-1] != token

    def rejected_again(self, request: Request) -> None:
        """Record that a request was rejected even with a new token."""
        self._futile.add(_place(request))

    def _take(self, token: str) -> None:
        if not self.used or token != self.used[-1]:
            for listener in self._listeners:
                listener(token)
            self.used = (*(each for each in self.used if each != token), token)
            self._worked = False
        now, expires, issued = self._clock(), *_life(token)
        # A command that prints an expired token would be called for each request; the target will say what it thinks.
        self._expires = None
        if expires is not None and expires > now:
            self._expires = expires - min(EARLY_S, EARLY * (expires - (issued if issued is not None else now)))

    def _is_over(self) -> bool:
        return self._expires is not None and self._clock() >= self._expires


def _place(request: Request) -> tuple[str, str]:
    return request.method, request.path


def _life(token: str) -> tuple[float | None, float | None]:
    """Return when a JSON Web Token expires and was issued, in seconds since 1970; None where it does not say."""
    parts = token.split(".")
    if len(parts) != 3:
        return None, None
    try:
        claims: Any = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None, None
    if not isinstance(claims, dict):
        return None, None
    expires, issued = _time(claims.get("exp")), _time(claims.get("iat"))
    return expires, issued if expires is not None and issued is not None and issued < expires else None


def _time(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < 1e12 else None


async def _in_a_thread(fetch: Callable[[], str]) -> str:
    """Return or raise the result of `fetch`, called in a daemon thread."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[str] = loop.create_future()

    def settle(token: str, error: Exception | None) -> None:
        if not done.done():
            if error is not None:
                done.set_exception(error)
            else:
                done.set_result(token)

    def work() -> None:
        token, problem = "", None
        try:
            token = fetch()
        except Exception as error:  # noqa: BLE001 - raised where it is awaited
            problem = error
        try:
            loop.call_soon_threadsafe(settle, token, problem)
        except RuntimeError:
            return  # the run is over

    threading.Thread(target=work, name="conformance-token", daemon=True).start()
    return await done
