"""Reads JSON response bodies of operations that have no reply class, such as the list of models."""

from __future__ import annotations

import json
from typing import Any

from conformance.reply import NotAnswered
from conformance.wire import Exchange


def json_of(exchange: Exchange) -> Any:
    """Return the JSON body of a 200 response. Raises `NotAnswered`."""
    if exchange.status != 200:
        raise NotAnswered(exchange, f"the target answered {exchange.status}")
    try:
        return json.loads(exchange.body)
    except (ValueError, RecursionError):
        raise NotAnswered(exchange, "the body of the 200 response is not JSON") from None


def model_ids(exchange: Exchange) -> list[str]:
    """Return the ids in a list of models; [] if the response is not a list."""
    data = json_of(exchange)
    items = data.get("data") if isinstance(data, dict) else None
    return [item["id"] for item in items if isinstance(item, dict) and "id" in item] if isinstance(items, list) else []
