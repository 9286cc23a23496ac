"""Shrinks a rejected body to a smaller body that is rejected for the same reason, with a limited number of requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from conformance.checks.generated.answers import Sent, cause_of
from conformance.checks.generated.positive import canonical
from conformance.checks.generated.repair import Body, repair
from conformance.engine import BudgetExhausted
from conformance.reply import ChatReply, points_at, read_error

REQUESTS = 6

Send = Callable[[Body], Awaitable[ChatReply]]


@dataclass(frozen=True, slots=True)
class RejectionCause:
    """One reason for which the target rejects generated bodies.

    `sent` has all bodies that the target rejected for the reason, and `smallest` is the smallest rejected body that the
    suite found.
    """

    name: str
    sent: tuple[Sent, ...]
    smallest: Sent
    again: bool


async def shrink(
    name: str, sent: list[Sent], control: Body, send: Send, known: set[str], valid: Callable[[Body], bool]
) -> RejectionCause:
    """Shrink the smallest body that was rejected for the given reason, with at most `REQUESTS` requests.

    Only bodies for which `valid` is true are sent. `known` has the bodies that were sent before, as canonical JSON. A
    body in `known` is not sent again, with one exception: the first request repeats the rejected body, to see whether
    the target rejects this body again.
    """
    smallest = min(sent, key=lambda each: len(canonical(each.body)))
    left = REQUESTS
    again = False
    try:
        again = cause_of((await send(smallest.body)).exchange) == name
        left -= 1
        steps = smaller(smallest, control)
        while again and left and (body := next((b for b in steps if canonical(b) not in known and valid(b)), None)):
            known.add(canonical(body))
            left -= 1
            tried = Sent(body, await send(body))
            if cause_of(tried.reply.exchange) == name:
                smallest = tried
                steps = smaller(smallest, control)
    except BudgetExhausted:
        pass  # what was found so far is still evidence
    return RejectionCause(name, tuple(sent), smallest, again)


def smaller(sent: Sent, control: Body) -> Iterator[Body]:
    """Yield bodies that are smaller than a rejected body.

    The smaller bodies are sorted by how probable it is that the target rejects them for the same reason as the large
    body. If the error names fields, the first smaller body is the body `control` plus these fields. Each further
    smaller body is the rejected body with one change. The possible changes are: replace the messages by the messages of
    `control`, keep only one message, remove half of the fields, or remove one field.
    """
    body = sent.body
    extra = [name for name in body if name not in control]
    error = read_error(sent.reply.exchange)
    named = [name for name in extra if points_at(error, [name])]
    named += ["messages"] if points_at(error, ("messages", "message", "role", "roles", "content")) else []
    if named:
        yield from _right(body, {**control, **{name: body[name] for name in named}})
    if "messages" not in named:
        yield from _right(body, {**body, "messages": control["messages"]})
    for message in body["messages"][::-1]:
        yield from _right(body, {**body, "messages": [message]})
    half = len(extra) // 2
    for gone in (*((extra[:half], extra[half:]) if half else ()), *([name] for name in extra)):
        yield from _right(body, {name: value for name, value in body.items() if name not in gone})


def _right(body: Body, smaller: Body) -> Iterator[Body]:
    right = repair(smaller)
    if len(canonical(right)) < len(canonical(body)):
        yield right
