"""Reads the ids in a list of models."""

from __future__ import annotations

from typing import Any

from conformance.wire import Exchange, parse_json


def model_ids(exchange: Exchange) -> list[str]:
    """Return the ids in a list of models; [] if the response is not a list."""
    try:
        data: Any = parse_json(exchange.body) if exchange.status == 200 else None
    except ValueError:
        return []
    models = data.get("data") if isinstance(data, dict) else None
    items = models if isinstance(models, list) else []
    return [item["id"] for item in items if isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"]]
