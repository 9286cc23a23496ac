"""Waits for a target that is still starting: the target is ready when it lists its models and generates one token.

Requests that are sent while waiting are not recorded, not used as evidence, and not counted in the budget of requests.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from conformance.auditing.models import model_ids
from conformance.config import Target
from conformance.engine import Transport
from conformance.engine.clients import Chat, Http
from conformance.reply import read_error
from conformance.wire import NO_RETRY, Exchange, HttpClient, Request

TRY_S = 30.0
"""Maximum seconds of one request. A server that loads its model during a request continues loading afterwards."""
FIRST_PAUSE_S, LONGEST_PAUSE_S, GROWTH = 1.0, 10.0, 1.5
_NO_LIST = frozenset({404, 405, 501})
_LOADING = frozenset({404, 408, 425})
"""Statuses of a server or gateway that does not know the model or the route yet, as well as all server errors."""


class NotReady(Exception):
    """The target did not become ready in time; the message quotes the target's last answer."""


async def until_ready(
    target: Target,
    seconds: float,
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[int, float]:
    """Wait until the target is ready, and return the number of tries and the seconds that it took. Raises `NotReady`.

    A target that rejects the API key or a request counts as ready, because the audit then reports the rejection.
    """
    began, pause, tries = clock(), FIRST_PAUSE_S, 0
    async with HttpClient(target.limits, concurrency=1, route=target.route, tokens=target.tokens) as wire:
        while True:
            tries += 1
            left = seconds - (clock() - began)
            why = await _why_not(target, wire, min(TRY_S, max(left, FIRST_PAUSE_S)))
            left = seconds - (clock() - began)
            if not why:
                return tries, clock() - began
            if left <= 0:
                raise NotReady(
                    f"{target.url} was not ready within {seconds:g} seconds ({tries} tries): {why}. Raise --wait-ready, or look"
                    " into the logs of the server"
                )
            await sleep(min(pause, left))
            pause = min(pause * GROWTH, LONGEST_PAUSE_S)


async def _why_not(target: Target, wire: HttpClient, patience: float) -> str:
    """Return why the target is not ready; "" if it is."""
    limits = replace(target.limits, connect_s=min(patience, target.limits.connect_s), read_s=patience, total_s=patience)

    async def send(request: Request, **_: Any) -> Exchange:
        return await wire.send(request, exchange_id="wait", limits=limits, retry=NO_RETRY)

    http, listed = Http(target, send), list[str]()
    if target.profile.offers("models"):
        models = await http("GET", "models")
        if models.status is None or (models.status != 200 and _is_loading(models, frozenset())):
            return _said(models)
        if models.status == 200 and not (listed := model_ids(models)) and not target.model:
            return f"{_asked(models)} lists no model"
        if models.status != 200 and models.status not in _NO_LIST:
            return ""
    model = target.model or next(iter(listed), "")
    if not model:
        return ""
    chat = Chat(Http(replace(target, model=model), send), Transport.JSON)
    token = (await chat.post(chat.body("Hi") | {target.profile.max_tokens_field: 1})).exchange
    return _said(token) if _is_loading(token, _LOADING) else ""


def _is_loading(exchange: Exchange, statuses: frozenset[int]) -> bool:
    """Return whether a later try may be answered otherwise."""
    status = exchange.status
    return status is None or exchange.failure is not None or status >= 500 or status in statuses


def _asked(exchange: Exchange) -> str:
    return f"{exchange.request.method} {exchange.request.url}"


def _said(exchange: Exchange) -> str:
    """Return what a request got: `GET http://…/models was answered 503 (Loading model)`."""
    if exchange.failure is not None or exchange.status is None:
        return f"{_asked(exchange)} got no answer ({exchange.failure.message if exchange.failure else 'unknown'})"
    message = read_error(exchange).message[:200].rstrip(" .")
    return f"{_asked(exchange)} was answered {exchange.status}{f' ({message})' if message else ''}"
