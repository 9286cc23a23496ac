"""Converts exchanges to data of limited size and without invisible characters, which reports can show safely."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.report.safe_text import clip, visible

if TYPE_CHECKING:
    from conformance.wire import Event, Exchange, Request

_NON_ASCII = re.compile(r"[^\x00-\x7e]")
_KEY_ENV = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER_CHARS = 2_000
_DEFAULT_KEY_ENV = "OPENAI_API_KEY"


def curl_text(request: Request, key_env: str = _DEFAULT_KEY_ENV) -> str:
    r"""Return the curl command of a request, with invisible and misleading characters made visible.

    In a JSON body, each invisible or misleading character becomes `\uXXXX`, which is equivalent JSON. Outside JSON
    bodies, each invisible or misleading character becomes a visible code.
    """
    from conformance.wire import curl

    key_env = key_env if _KEY_ENV.fullmatch(key_env) else _DEFAULT_KEY_ENV
    text = curl(request, key_env)
    if visible(text) == text:
        return text
    if request.json is not None:
        body = _NON_ASCII.sub(_json_escape, request.body.decode("utf-8", "replace"))
        text = curl(replace(request, body=body.encode()), key_env)
    return visible(text)


def bounded_curl(exchange: Exchange, key_env: str, limit: int, curls: dict[str, str] | None = None) -> str:
    """Return the curl command of a request.

    If the command exceeds `limit` characters, return a comment that says where the request is recorded. `curls` stores
    the complete `curl` commands by the id of the exchange, for later calls.
    """
    text = curls.get(exchange.id) if curls is not None else None
    if text is None:
        text = curl_text(exchange.request, key_env)
    if curls is not None:
        curls[exchange.id] = text
    if len(text) <= limit:
        return text
    return f"# The command has {len(text):,} characters; the request is in run.ndjson as exchange {exchange.id}."


def _json_escape(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def exchange_view(exchange: Exchange, bound: int, key_env: str, curls: dict[str, str] | None = None) -> dict[str, Any]:
    """Return one exchange as JSON data for the HTML page.

    Long texts are shortened; invisible characters are made visible.

    At most `bound` bytes of each body are kept. The data of a streamed response has `events` instead of `body`.
    """
    request = exchange.request
    streamed = bool(exchange.events)
    body, cut = ("", "") if streamed else _body(exchange.body, bound)
    events, left_out = _events(exchange.events, bound) if streamed else ([], "")
    sent, sent_cut = _body(request.body, bound)
    return {
        "probe": visible(clip(exchange.probe, 300)),
        "method": visible(request.method),
        "url": visible(clip(request.url, 2_000)),
        "sent_headers": _headers(request.headers),
        "sent": sent,
        "sent_cut": sent_cut,
        "status": exchange.status,
        "http": visible(clip(exchange.http_version, 40)),
        "headers": _headers(exchange.headers),
        "body": body,
        "cut": cut or left_out,
        "events": events,
        "ms": exchange.timing.last_byte_ms,
        "first_ms": exchange.timing.first_byte_ms,
        "failure": f"{exchange.failure.kind}: {visible(clip(exchange.failure.message, 1_000))}"
        if exchange.failure
        else "",
        "stopped": exchange.stopped,
        "attempts": [
            f"{tried.status or (tried.failure.kind if tried.failure else '?')}, waited {tried.waited_s:.1f} s"
            for tried in exchange.attempts[:20]
        ],
        "curl": bounded_curl(exchange, key_env, max(bound, 4_000), curls),
    }


def _headers(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    return [[visible(clip(name, 200)), visible(clip(value, _HEADER_CHARS))] for name, value in list(pairs)[:100]]


def _body(body: bytes, bound: int) -> tuple[str, str]:
    """Return the first `bound` bytes as visible text, and a sentence about the rest."""
    try:
        # A character that the cut splits is dropped, not shown as damage.
        text = body[:bound].decode("utf-8", "strict" if len(body) <= bound else "ignore")
    except UnicodeDecodeError:
        text = body[:bound].decode("utf-8", "backslashreplace")
    return visible(text), _rest(bound, len(body))


def _rest(bound: int, size: int) -> str:
    return f"Only the first {bound:,} of {size:,} bytes are shown; all are in run.ndjson." if size > bound else ""


def _events(events: tuple[Event, ...], bound: int) -> tuple[list[list[Any]], str]:
    """Return the first and the last events within `bound` bytes: `[number, ms, name, data]`.

    A quarter of the space is reserved for the end of a stream, which is the most informative part (finish reason,
    usage, `[DONE]`).
    """
    longest = bound // 4
    costs = [min(len(event.data), longest) + 40 for event in events]
    if sum(costs) <= bound:
        chosen = list(range(len(events)))
    else:
        tail = _within(reversed(range(len(events))), costs, longest + 40)
        head = _within(range(len(events) - len(tail)), costs, bound - longest)
        chosen = sorted({*head, *tail})
    shown = [
        [at, round(event.at_ms, 1), visible(clip(event.event or "", 200)), visible(clip(event.data, longest))]
        for at in chosen
        for event in (events[at],)
    ]
    missing = len(events) - len(chosen)
    return shown, f"{missing:,} of {len(events):,} events are left out; all are in run.ndjson." if missing else ""


def _within(order: Iterable[int], costs: list[int], room: int) -> list[int]:
    taken = []
    for at in order:
        room -= costs[at]
        if room < 0:
            break
        taken.append(at)
    return taken
