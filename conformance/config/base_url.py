"""Guesses the base URL that a user meant: adds a missing scheme, or removes an operation's path such as `/chat/completions`."""

from __future__ import annotations

import re

from conformance.api import CORE, OPERATIONS

_LOCAL = frozenset({"localhost", "127.0.0.1"})
_HOST = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(:[0-9]{1,5})?(/[\w./~-]*)?")


def with_scheme(text: str) -> str:
    """Return a URL for text without a scheme, such as `localhost:8000/v1`.

    Returns "" if the text looks like the name of a target in conformance.toml, not like a host.
    """
    host = re.split("[:/]", text)[0]
    if not _HOST.fullmatch(text) or not (host == "localhost" or set(":./") & set(text)):
        return ""
    scheme = "http" if host in _LOCAL or ":" in text else "https"
    return base_of(f"{scheme}://{text}") or f"{scheme}://{text}"


_VERSION = re.compile(r"v[0-9]+(beta)?")


def base_of(url: str) -> str:
    """Return the base URL (everything up to `/v1`) of a URL that names an operation; "" for other URLs."""
    text = url.rstrip("/")
    for operation in OPERATIONS:
        base = text.removesuffix(operation.path)
        if base != text and (operation.route == CORE or _VERSION.fullmatch(base.rpartition("/")[2])):
            return base
    return ""
