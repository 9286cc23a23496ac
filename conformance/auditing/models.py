"""Reads the model ids in the response to `GET /models`."""

from __future__ import annotations

from typing import Any

from conformance.wire import Exchange, parse_json


def model_ids(exchange: Exchange) -> list[str]:
    """Return the model ids in the response to `GET /models`; [] if the response is not a list of models."""
    try:
        data: Any = parse_json(exchange.body) if exchange.status == 200 else None
    except ValueError:
        return []
    models = data.get("data") if isinstance(data, dict) else None
    items = models if isinstance(models, list) else []
    return [item["id"] for item in items if isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"]]
