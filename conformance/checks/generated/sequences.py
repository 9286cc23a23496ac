"""Sequences of operations on one stored object: what is drawn, and what each step must answer by a model of the object.

The model is the smallest that says what the documents say: what was put in is there, what was replaced is replaced, what was
deleted is gone. Pure, and the same for the same seed.
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
    """What is done with an object of that kind: drawn steps, a look at all of it, also without a key; then it is deleted."""
    drawn = random.Random(f"{kind} {seed}")  # noqa: S311 - a choice that can be repeated, not a secret
    steps = [drawn.choice(BEFORE[kind]) for _ in range(STEPS if kind == "conversation" else 2)]
    looked = ("get", "list", "item") if kind == "conversation" else ("get",)
    return [*steps, *looked, "unauthenticated", *AFTER]


@dataclass(slots=True)
class Model:
    """What the object must be like now."""

    identifier: str
    metadata: dict[str, str] = field(default_factory=dict)
    items: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    deleted: bool = False
    updates: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One step that was made: its name, what was expected of it, and what came back."""

    name: str
    before: tuple[str, ...]
    exchange: Exchange
    status: frozenset[int]
    fact: tuple[str, Any] | None = None

    @property
    def skipped(self) -> bool:
        """Whether the target has no such operation, or says nothing now."""
        status = self.exchange.status
        # Routers say 404 to what they do not know; that the response itself is gone, `get` tells.
        lacking = status == 404 and self.name == "list its input" and self.status != ABSENT
        return lacking or status in _NO_OPERATION or status in (429, 503, None)

    @property
    def last(self) -> bool:
        """Whether no step can follow: this one is wrong, or nobody knows what it did."""
        return self.name not in _READING if self.skipped else self.fault() is not None

    def fault(self) -> tuple[str, str, str] | None:
        """Expected, got and where, when the answer is not what the model says; None when it is."""
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
    """A member of an answer; for `data` the ids in the list, in no order."""
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
