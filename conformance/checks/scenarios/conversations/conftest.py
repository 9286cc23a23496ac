"""How the answers of both conversation APIs are read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from conformance.reply import NotAnswered
from conformance.wire import Exchange


@dataclass(frozen=True, slots=True)
class Answer:
    """A plain exchange as a reply: accepted when it is a 2xx."""

    exchange: Exchange

    @property
    def accepted(self) -> bool:
        """Whether the target answered 2xx."""
        return self.exchange.status is not None and 200 <= self.exchange.status < 300


def body_of(exchange: Exchange) -> dict[str, Any]:
    """The JSON object of a 2xx answer. Raises `NotAnswered`."""
    if not Answer(exchange).accepted:
        raise NotAnswered(exchange, f"the target answered {exchange.status}")
    try:
        body = json.loads(exchange.body)
    except (ValueError, RecursionError):
        raise NotAnswered(exchange, "the body of the answer is not JSON") from None
    if not isinstance(body, dict):
        raise NotAnswered(exchange, "the body of the answer is not a JSON object")
    return body


def id_of(exchange: Exchange) -> str:
    """The id in an answer. Raises `NotAnswered` when it has none."""
    identifier = body_of(exchange).get("id")
    if not isinstance(identifier, str) or not identifier:
        raise NotAnswered(exchange, "the answer has no id")
    return identifier


def data_of(exchange: Exchange) -> list[dict[str, Any]]:
    """The objects of a list. Raises `NotAnswered` when it is none."""
    data = body_of(exchange).get("data")
    if not isinstance(data, list):
        raise NotAnswered(exchange, "the answer is no list")
    return [item for item in data if isinstance(item, dict)]


def texts_in(objects: list[dict[str, Any]], texts: tuple[str, ...]) -> list[int]:
    """Which of the texts the objects have, wherever in them, in the objects' order."""
    listed = [json.dumps(item, ensure_ascii=False) for item in objects]
    return [number for item in listed for number, text in enumerate(texts) if text in item]
