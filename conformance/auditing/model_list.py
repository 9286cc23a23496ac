"""Lists the models of a target, before an audit starts."""

from __future__ import annotations

import asyncio
from typing import Any

from conformance.auditing.models import model_ids
from conformance.config import Target, TargetError
from conformance.engine.clients import LONGEST_NAME, Http
from conformance.wire import Exchange, HttpClient, Request


def list_models(target: Target) -> list[str]:
    """Return the ids of the models that a target lists, in its order.

    Raises `TargetError` if the target returns no list of models. The request for the list is not recorded in a run
    file.
    """
    exchange = asyncio.run(_asked(target))
    ids = [name for name in model_ids(exchange) if len(name) <= LONGEST_NAME]
    if not ids:
        why = exchange.failure.message if exchange.failure else f"status {exchange.status}"
        raise TargetError(f"{target.url}/models lists no model ({target.redactor.message(why)}). Name the models")
    return ids


async def _asked(target: Target) -> Exchange:
    async with HttpClient(target.limits, concurrency=1, route=target.route, tokens=target.tokens) as wire:

        async def send(request: Request, **_: Any) -> Exchange:
            return await wire.send(request, exchange_id="models")

        return await Http(target, send)("GET", "models")
