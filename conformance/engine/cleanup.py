"""Deletes the objects that a run created on the target, even after a failure, and reports objects that could not be deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

from conformance.engine.clients import Http, NoSuchOperation, Unaskable
from conformance.engine.spending import BudgetExhausted
from conformance.wire import NoTokenError

# The operation is not there, at least for one object.
_NO_SUCH_ROUTE = (405, 501)
_GONE = (200, 202, 204, 404, 410)


class Cleanup:
    """The pending deletions of objects that a run created on the target.

    Probes register deletions, and the engine performs them before it closes.
    """

    def __init__(self) -> None:
        self._owed: dict[tuple[str, tuple[tuple[str, str], ...]], None] = {}
        self._under_way: dict[str, list[dict[str, str]]] = {}
        self._seen: set[str] = set()

    def later(self, operation: str, **parts: str) -> None:
        """Register a DELETE request with an operation and path parts; the request is sent at the end of the run."""
        self._owed[operation, tuple(sorted(parts.items()))] = None

    def done(self, operation: str, **parts: str) -> None:
        """Record that a probe has already deleted the object with the given operation and path parts."""
        self._owed.pop((operation, tuple(sorted(parts.items()))), None)
        self._seen.add(operation)

    @property
    def owed(self) -> int:
        """The number of objects on the target that must still be deleted."""
        return len(self._owed)

    @property
    def still_there(self) -> list[str]:
        """Return one sentence for each kind of object that still exists on the target.

        Any thread may send a message to the auditing process.
        """
        found = {name: list(objects) for name, objects in self._under_way.copy().items()}
        for operation, parts in self._owed.copy():
            found.setdefault(operation, []).append(dict(parts))
        return [_left(name, objects, "the run was stopped first") for name, objects in found.items()]

    async def run(self, http: Http) -> list[str]:
        """Delete all objects that probes registered for deletion.

        Return sentences about the objects that could not be deleted, one sentence for each kind of object. Never
        raises.
        """
        by_operation: dict[str, list[dict[str, str]]] = {}
        for operation, parts in reversed(self._owed):  # what was made last may hold on to what was made first
            by_operation.setdefault(operation, []).append(dict(parts))
        self._under_way = by_operation
        self._owed.clear()
        found = await asyncio.gather(
            *(_delete(http, name, parts, exists=name in self._seen) for name, parts in by_operation.items())
        )
        self._under_way = {}
        return [sentence for sentence in found if sentence]


async def _delete(http: Http, operation: str, objects: list[dict[str, str]], *, exists: bool) -> str:
    """Delete objects of one operation, and return a sentence about those that could not be deleted.

    Unless the operation `exists` for certain, the first object is deleted alone. If the operation seems to be missing
    and the first object is not there either, nothing was stored and the other objects are not tried.
    """
    first, *others = objects
    if exists:
        said = await asyncio.gather(*(_delete_one(http, operation, parts) for parts in objects))
        return _failed(operation, objects, said)
    why = await _delete_one(http, operation, first)
    if why is not None and why[0] in _NO_SUCH_ROUTE:
        try:
            there = await http("GET", operation, fresh=True, **cast("dict[str, Any]", first))
        except BudgetExhausted as spent:
            return _left(operation, objects, str(spent))
        if there.status in (404, 410):
            return ""
    rest = await asyncio.gather(*(_delete_one(http, operation, parts) for parts in others))
    return _failed(operation, objects, [why, *rest])


def _failed(operation: str, objects: list[dict[str, str]], answers: Sequence[tuple[int, str] | None]) -> str:
    failed = [(parts, said) for parts, said in zip(objects, answers, strict=True) if said is not None]
    return _left(operation, [parts for parts, _ in failed], failed[0][1][1]) if failed else ""


async def _delete_one(http: Http, operation: str, parts: Mapping[str, str]) -> tuple[int, str] | None:
    """Return None if the object is gone; otherwise the status (0 without one) and the reason."""
    try:
        exchange = await http("DELETE", operation, fresh=True, **cast("dict[str, Any]", parts))
    except (NoSuchOperation, Unaskable, BudgetExhausted, NoTokenError) as error:
        return 0, str(error)
    if exchange.status in _GONE:
        return None
    return exchange.status or 0, f"DELETE answered {exchange.status or 'nothing'}"


def _left(operation: str, objects: list[dict[str, str]], why: str) -> str:
    names = ", ".join("/".join(parts.values()) for parts in objects[:5])
    more = f" and {len(objects) - 5} more" if len(objects) > 5 else ""
    plural = "s" if len(objects) > 1 else ""
    return f"{len(objects)} {operation.replace('_', ' ')}{plural} could not be deleted ({why}): {names}{more}"
