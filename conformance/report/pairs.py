"""Finds the exchanges of two runs that have the same request, whatever the model and the ids are called."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from conformance.wire import Exchange

MODEL, ID = "{model}", "{id}"
_ID = re.compile(r"[A-Za-z]{1,14}[_-](?=[\w-]*\d)[\w-]{8,}|[0-9a-f-]{24,}")
"""What ids of objects look like, such as `resp_68a1…` or a UUID."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two exchanges with equal requests, of the reference run and of the candidate. `operation` is method and path."""

    operation: str
    reference: Exchange
    candidate: Exchange


@dataclass(frozen=True, slots=True)
class RunExchanges:
    """The exchanges of a run, with the base URL and the model that its requests name."""

    exchanges: tuple[Exchange, ...]
    base: str
    model: str

    @classmethod
    def of(cls, exchanges: Mapping[str, Exchange], url: str, model: str) -> RunExchanges:
        """Return the exchanges of a run. If `model` is "", the model that most requests name is used."""
        known = tuple(exchanges.values())
        return cls(known, _path(url).rstrip("/"), model or _most_frequent_model(known))


def pairs_of(reference: RunExchanges, candidate: RunExchanges) -> list[Pair]:
    """Pair the exchanges of two runs; the pairs have the order of the exchanges in the run `candidate`.

    First, requests are paired that are equal except for model and ids. Some probes send random texts, so their requests
    differ in each run. Next, each request that has no equal request is paired with the next unpaired request of the
    same probe that has the same operation and the same fields.
    """
    pairs: dict[int, Pair] = {}
    used: set[int] = set()
    for key in (_same, _similar):
        waiting = {
            name: [each for each in found if id(each) not in used] for name, found in _by_key(reference, key).items()
        }
        for place, exchange in enumerate(candidate.exchanges):
            found = waiting.get(key(candidate, exchange)) if place not in pairs else None
            if found:
                partner = found.pop(0)
                used.add(id(partner))
                pairs[place] = Pair(operation_of(candidate, exchange), partner, exchange)
    return [pairs[place] for place in sorted(pairs)]


def operation_of(run: RunExchanges, exchange: Exchange) -> str:
    """Return the method and the path below the base URL, with `{id}` for ids and `{model}` for the model name."""
    path = _path(exchange.request.url)
    below = path.removeprefix(run.base) if path.startswith(run.base) else path
    if run.model:
        below = below.replace(f"/{run.model}", f"/{MODEL}")
    return f"{exchange.request.method} {'/'.join(ID if _ID.fullmatch(part) else part for part in below.split('/'))}"


def _same(run: RunExchanges, exchange: Exchange) -> tuple[str, ...]:
    body = exchange.request.json
    if body is None:
        return (operation_of(run, exchange), exchange.request.body.decode("utf-8", "replace").replace(run.base, ""))
    return (operation_of(run, exchange), json.dumps(_plain(body, run.model), sort_keys=True))


def _similar(run: RunExchanges, exchange: Exchange) -> tuple[str, ...]:
    body = exchange.request.json
    fields = sorted(body) if isinstance(body, dict) else [type(body).__name__]
    return (operation_of(run, exchange), exchange.probe, *fields)


def _by_key(run: RunExchanges, key: Any) -> dict[tuple[str, ...], list[Exchange]]:
    found: dict[tuple[str, ...], list[Exchange]] = defaultdict(list)
    for exchange in run.exchanges:
        found[key(run, exchange)].append(exchange)
    return found


def _plain(value: Any, model: str) -> Any:
    """Return the body of a request without what differs between equal requests."""
    if isinstance(value, dict):
        return {key: _plain(item, model) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, model) for item in value]
    if isinstance(value, str):
        return MODEL if model and value == model else ID if _ID.fullmatch(value) else value
    return value


def _most_frequent_model(exchanges: Iterable[Exchange]) -> str:
    bodies = (exchange.request.json for exchange in exchanges)
    named = Counter(body["model"] for body in bodies if isinstance(body, dict) and isinstance(body.get("model"), str))
    return named.most_common(1)[0][0] if named else ""


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
