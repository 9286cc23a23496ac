"""Parses error responses in any known format, and decides whether an error names a given fault."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from conformance.wire.exchange import Exchange
from conformance.wire.json_data import parse_json


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """An error response as a client reads it.

    `envelope` names the format of the error body, such as OpenAI's `error` object.

    `openai`: `{"error": {…}}` · `http-validation-error`: FastAPI's `{"detail": …}` · `flat`: the fields at the top ·
    `string`: `{"error": "…"}` · `text`: not JSON · `other`: JSON of an unknown shape · `none`: no body.
    """

    envelope: str
    message: str = ""
    type: Any = None
    param: Any = None
    code: Any = None
    fields: frozenset[str] = frozenset()


def read_error(exchange: Exchange) -> ErrorBody:
    """Return the error in an exchange's body; a malformed body never raises an exception."""
    if not exchange.body.strip():
        return ErrorBody("none")
    try:
        data = parse_json(exchange.body)
    except ValueError:
        return ErrorBody("text", message=exchange.text[:2000])
    return error_in(data) or ErrorBody("other", message=exchange.text[:2000])


def error_in(data: Any) -> ErrorBody | None:
    """Return the error in JSON data (a body or a WebSocket message); None if the data has no known error format."""
    if isinstance(data, dict):
        error = data.get("error")
        if isinstance(error, dict):
            return _fields("openai", error)
        if "detail" in data:
            return _detail(data["detail"])
        if isinstance(error, str) or "message" in data:
            said = {"message": error} if isinstance(error, str) else {}
            return _fields("string" if said else "flat", data | said)
    return None


def _fields(envelope: str, data: dict[str, Any]) -> ErrorBody:
    message = data.get("message")
    return ErrorBody(
        envelope,
        message=message if isinstance(message, str) else "",
        type=data.get("type"),
        param=data.get("param"),
        code=data.get("code"),
        fields=frozenset(data),
    )


def _detail(detail: Any) -> ErrorBody:
    """Read FastAPI's validation errors: the first location is the parameter, all of them form the message."""
    items = [item for item in detail if isinstance(item, dict)] if isinstance(detail, list) else []
    places = [".".join(str(part) for part in item["loc"]) for item in items if isinstance(item.get("loc"), list)]
    param = places[0].removeprefix("body.") if places else None
    text = "; ".join(f"{place}: {item.get('msg', '')}" for place, item in zip(places, items, strict=False))
    return ErrorBody("http-validation-error", message=text or json.dumps(detail, default=str)[:2000], param=param)


NOT_OF_THE_BODY = frozenset({401, 403, 407, 408, 413, 421, 423, 425, 429, 451})
"""4xx statuses about the caller, the connection, the time or the size, not about the content of the body."""


def refuses_the_body(status: int | None) -> bool:
    """Return whether a status can mean that the target rejects the content of the request body."""
    return status is not None and 400 <= status < 500 and status not in NOT_OF_THE_BODY


_OF_THE_MODEL = ("unsupported_parameter", "unsupported_value")


def model_lacks(error: ErrorBody) -> bool:
    """Return whether the error has a code with which OpenAI rejects a feature that the model lacks.

    OpenAI's reasoning models return `unsupported_parameter` or `unsupported_value` for `stop`, `max_tokens` and a
    `temperature` other than 1 (OpenAPI, stop: 'Not supported with latest reasoning models'; max_tokens: 'not compatible
    with o-series models').
    """
    return error.code in _OF_THE_MODEL


_PLACE = re.compile(r"\.?\[\d+\]|\.\d+(?=\.|$)")


def points_at(error: ErrorBody, names: Iterable[str]) -> bool:
    """Return whether the error contains one of `names` as a separate word in `param`, `code` or the message.

    Array indices are ignored: `messages[0].role` and `messages.0.role` both match `messages.role`.
    """
    said = " ".join(str(part) for part in (error.param, error.code, error.message) if part is not None).lower()
    said += " " + _PLACE.sub("", said)
    return any(re.search(rf"(?<![a-z0-9]){re.escape(name.lower())}(?![a-z0-9])", said) for name in names)
