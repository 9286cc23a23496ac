"""Unusual but valid request headers: a charset, a chunked body, `bearer` in lower case, and an idempotency key."""

from __future__ import annotations

import hashlib
from typing import Any

from conformance.config import Target
from conformance.engine.clients import encode

CHARSET = {"content-type": "application/json; charset=utf-8"}
CHUNKED = {"transfer-encoding": "chunked"}


def key_in_lower_case(target: Target) -> dict[str, str]:
    """Return the API key header with the word `bearer` in lower case; {} without a key or without the word `Bearer`."""
    return {target.key_header: f"bearer {target.key}"} if target.key and target.is_bearer else {}


def idempotency_key(body: Any) -> dict[str, str]:
    """Return the header with an idempotency key derived from the body, so that no run uses it for another body."""
    return {"idempotency-key": hashlib.sha256(encode(body)).hexdigest()[:32]}


def all_unusual(target: Target, body: Any) -> dict[str, str]:
    """Return all unusual headers together, for a request with this body."""
    return {**CHARSET, **CHUNKED, **key_in_lower_case(target), **idempotency_key(body)}
