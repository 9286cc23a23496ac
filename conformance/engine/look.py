"""Sends a test request to a target that may be dead: if there is any response, the target is alive."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.config import Target
from conformance.engine.clients import Chat, Http
from conformance.engine.probe import Transport
from conformance.engine.tape import Tape
from conformance.wire import NO_RETRY, Exchange, HttpClient, Request

LOOK_S = 5.0
"""Maximum seconds for one test request."""


async def look_at(target: Target, wire: HttpClient | Tape, number: int) -> Exchange:
    """Request the list of models, or a completion of one token; the two kinds of request alternate.

    The returned exchange is not recorded, and no verdict cites it.
    """
    limits = target.limits
    patience = min(LOOK_S, limits.total_s)
    short = replace(limits, connect_s=patience, read_s=patience, total_s=patience)

    async def send(request: Request, **_: Any) -> Exchange:
        return await wire.send(request, exchange_id="look", limits=short, retry=NO_RETRY)

    http = Http(target, send)
    if number % 2 == 0 and target.profile.offers("models"):
        return await http("GET", "models")
    chat = Chat(http, Transport.JSON)
    return (await chat.post(chat.body("Hi") | {target.profile.max_tokens_field: 1})).exchange
