"""Finds the operations that require an API key according to the OpenAPI document.

The function `door` classifies the responses to requests without an API key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from conformance.config import Profile
from conformance.contract import Document
from conformance.wire import Exchange

METHODS = ("get", "post", "put", "patch", "delete")
_PARAMETER = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class Secured:
    """An operation that requires an API key according to the OpenAPI document.

    `path` is either the name of an operation in the profile, or a path below the base URL. `parts` has the names of the
    parameters in the operation's path.
    """

    name: str
    method: str
    path: str
    parts: tuple[str, ...] = ()


def secured(document: Document, profile: Profile) -> list[Secured]:
    """Return the operations that require an API key according to the OpenAPI document and that are safe to call.

    Every operation of the profile is safe to call, and every GET of a path without parameters is safe to call. An
    operation that the profile does not list, and that is not a GET of a path without parameters, might change data on a
    server that does not enforce API keys.
    """
    known = {_PARAMETER.sub("{}", "/" + path.removeprefix("/")): name for name, path in profile.paths.items()}
    found = []
    for relative, path in document.relative_paths().items():
        for method, operation in _operations(document.data["paths"][path]):
            if not _needs_key(operation.get("security", document.data.get("security"))):
                continue
            name = known.get(_PARAMETER.sub("{}", relative))
            if name is not None:
                parts = tuple(re.findall(r"\{([^}]*)\}", profile.paths[name]))
                found.append(Secured(f"{method} {path}", method.upper(), name, parts))
            elif method == "get" and "{" not in relative and not relative.startswith("/.."):
                found.append(Secured(f"{method} {path}", "GET", relative))
    return found


def _operations(item: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for method in METHODS:
        operation = item.get(method)
        if isinstance(operation, Mapping):
            yield method, operation


def _needs_key(security: Any) -> bool:
    """Whether every alternative names a scheme; an empty one says that none is needed."""
    return (
        isinstance(security, list) and bool(security) and all(isinstance(each, Mapping) and each for each in security)
    )


class Door(StrEnum):
    """How an operation treats a request without an API key."""

    SHUT = "shut"
    OPEN = "open"
    AJAR = "ajar"
    """The operation validates the body before the key."""
    UNCLEAR = "unclear"


_READ = frozenset({400, 409, 422})


def door(exchange: Exchange, *, chat_is_shut: bool) -> Door:
    """Classify the response to a request without an API key whose body is an empty object.

    Some servers validate the body before the API key. If the body is rejected, but not the missing key, the result is
    `AJAR` if the server's chat operation rejects requests without a key, and `UNCLEAR` otherwise. A 404 is ambiguous:
    either the operation or the object may be missing.
    """
    status = exchange.status or 0
    if status in (401, 403):
        return Door.SHUT
    if 200 <= status < 300:
        return Door.OPEN
    return Door.AJAR if status in _READ and chat_is_shut else Door.UNCLEAR
