"""Random sequences of operations on a stored object, and the object's expected state, which predicts each response.

Only documented behaviour is predicted: added items exist, updated metadata has its new value, and deleted data is gone.
The same seed gives the same sequences of operations. The responses are predicted from the expected state, so a
prediction sends no requests.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from conformance.wire import Exchange, parse_json

STEPS = 6
BEFORE: dict[str, tuple[str, ...]] = {
    "conversation": ("add", "update", "get", "list", "item", "drop"),
    "response": ("get", "inputs"),
}
AFTER = ("delete", "get", "delete")
# What says that there is no such operation, rather than that it went wrong.
_NO_OPERATION = frozenset({405, 501})
# Steps that leave all as it was: where the target lacks their operation, others can follow.
_READING = ("list its input", "list", "get an item", "get a deleted item", "get without a key")
_GONE = frozenset({404, 410})


def plan(kind: str, seed: int) -> list[str]:
    """Return the names of the steps in a sequence of operations on one stored object.

    The first steps of a sequence are random operations on the object. After the random operations, the other steps read
    the object and its items, read the object without an API key, and delete the object.
    """
    drawn = random.Random(f"{kind} {seed}")  # noqa: S311 - a choice that can be repeated, not a secret
    steps = [drawn.choice(BEFORE[kind]) for _ in range(STEPS if kind == "conversation" else 2)]
    looked = ("get", "list", "item") if kind == "conversation" else ("get",)
    return [*steps, *looked, "unauthenticated", *AFTER]


@dataclass(slots=True)
class Model:
    """The expected state of a stored object after each operation."""

    identifier: str
    metadata: dict[str, str] = field(default_factory=dict)
    items: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    deleted: bool = False
    updates: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One operation in a sequence: its name, the expected status and value, and the request with its response."""

    name: str
    before: tuple[str, ...]
    exchange: Exchange
    status: frozenset[int]
    fact: tuple[str, Any] | None = None

    @property
    def skipped(self) -> bool:
        """Whether the operation cannot be judged, because the target lacks it or gave no usable response."""
        status = self.exchange.status
        # Routers say 404 to what they do not know; that the response itself is gone, `get` tells.
        lacking = status == 404 and self.name == "list its input" and self.status != ABSENT
        return lacking or status in _NO_OPERATION or status in (429, 503, None)

    @property
    def last(self) -> bool:
        """Whether the sequence ends with this step, because the step failed or its effect is unknown."""
        return self.name not in _READING if self.skipped else self.fault() is not None

    def fault(self) -> tuple[str, str, str] | None:
        """Return the expected value, the observed value and their location if the response is not as expected.

        Otherwise None.
        """
        status = self.exchange.status
        if status not in self.status:
            wanted = "no 2xx" if self.status is NOT_SERVED else " or ".join(map(str, sorted(self.status)))
            return f"{wanted} to {self.name!r} after {', '.join(self.before)}", str(status), "status"
        if self.fact is None:
            return None
        name, wanted = self.fact
        got = told(self.exchange, name)
        if got == wanted:
            return None
        return f"{wanted!r} from {self.name!r} after {', '.join(self.before)}", repr(got), f"/{name}"


OK = frozenset({200, 201})
DELETED = frozenset({200, 204})
ABSENT = _GONE
# Deleting again what is deleted may be answered as if it had been the first time (RFC 9110, section 9.2.2).
DELETED_AGAIN = DELETED | ABSENT
NOT_SERVED = frozenset(range(300, 600))


def told(exchange: Exchange, name: str) -> Any:
    """Return the member named `name` of a response body.

    If `name` is `data`, return the sorted ids of the items in the list `data`.
    """
    try:
        body = parse_json(exchange.body)
    except ValueError:
        return None
    value = body.get(name) if isinstance(body, dict) else None
    if name == "data":
        return (
            sorted(str(item.get("id")) for item in value if isinstance(item, dict)) if isinstance(value, list) else None
        )
    return value
