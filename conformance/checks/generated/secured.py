"""Which operations a contract secures, and what an answer without a key says of one. Pure."""

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
    """An operation that needs a key by its contract.

    `path` is an operation of the profile, with the names of its path's `parts`, or a path below the target's URL.
    """

    name: str
    method: str
    path: str
    parts: tuple[str, ...] = ()


def secured(document: Document, profile: Profile) -> list[Secured]:
    """The operations that the document secures and that may be called without a thought for what they do.

    Those are the ones that the profile knows, and every GET of a path without parameters: what any other would do to a
    server that forgot its keys, nobody knows.
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
    """What an answer without a key says of the operation."""

    SHUT = "shut"
    OPEN = "open"
    AJAR = "ajar"
    """It looks at the body before the key."""
    UNCLEAR = "unclear"


_READ = frozenset({400, 409, 422})


def door(exchange: Exchange, *, chat_is_shut: bool) -> Door:
    """How the operation answered a request without a key and with an empty object.

    A refusal of the body shows something only beside chat's, which refuses the same body for the key: some servers
    validate everything first. A 404 is that of an operation the target lacks as well as of an object.
    """
    status = exchange.status or 0
    if status in (401, 403):
        return Door.SHUT
    if 200 <= status < 300:
        return Door.OPEN
    return Door.AJAR if status in _READ and chat_is_shut else Door.UNCLEAR
