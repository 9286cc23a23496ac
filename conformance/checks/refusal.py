"""Judges whether the target rejects a faulty request: the error must name the fault.

A rejection proves something only if the target accepts the same request without the fault.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.checks.language import Inconclusive, Reply, answer, expect, premise, shown
from conformance.reply import NotAnswered, ResponseReply, points_at, read_error, refuses_the_body
from conformance.verdict import Reason

BUSY = (429, 503)


@dataclass(frozen=True, slots=True)
class Faulty:
    """The responses to a valid request and to the same request with one fault.

    `names` lists words by which an error may refer to the fault.
    """

    control: Reply
    faulty: Reply
    names: tuple[str, ...] = ()


def not_now(reply: Reply) -> bool:
    """Return whether there is no response, or only a temporary error such as 429 or 503."""
    status = reply.exchange.status
    return status is None or status in BUSY or (isinstance(reply, ResponseReply) and reply.put_off)


def expect_accepted(pair: Faulty, what: str) -> None:
    """Expect the tested request to be accepted; the verdict is inconclusive if the control request was not accepted."""
    control, other = pair.control, pair.faulty
    if not control.accepted or not_now(other):
        raise NotAnswered(
            (other if control.accepted else control).exchange, "the same request without it is rejected too"
        )
    expect(other.accepted, f"{what} accepted", got=answer(other), where="status", on=other)


def expect_refused(pair: Faulty) -> None:
    """Expect a 4xx for the faulty request; the verdict is inconclusive if the control request was not accepted.

    The error must name the fault, unless the faulty request and the control request differ only in the faulty field.
    """
    control, faulty = pair.control, pair.faulty
    if not control.accepted:
        raise NotAnswered(control.exchange, f"the same request without the fault is answered {control.exchange.status}")
    exchange = faulty.exchange
    status = exchange.status
    if status is None:
        raise NotAnswered(exchange, f"no answer: {exchange.failure.message if exchange.failure else ''}")
    if status in BUSY:
        raise Inconclusive(Reason.RATE_LIMITED, f"the target answered {status}")
    expect(
        400 <= status < 500,
        f"a 4xx that names {' or '.join(pair.names)}" if pair.names else "a 4xx",
        got=answer(exchange),
        where="status",
        on=faulty,
    )
    if pair.names:
        error = read_error(exchange)
        said = error.message or exchange.text
        for_fault = points_at(error, pair.names) or (refuses_the_body(status) and differ_in_one_field(control, faulty))
        premise(
            for_fault,
            f"rejected with {status}, but the error does not name {' or '.join(pair.names)}: {shown(said, 160)}",
        )


def differ_in_one_field(control: Reply, faulty: Reply) -> bool:
    """Return whether two requests differ in exactly one top-level field.

    If the target rejects one request and accepts the other, the only field in which the requests differ must be the
    reason.
    """
    one, other = control.exchange.request, faulty.exchange.request
    before, after = one.json, other.json
    if (one.method, one.url) != (other.method, other.url) or not (isinstance(before, dict) and isinstance(after, dict)):
        return False
    absent = object()
    changed = [name for name in before.keys() | after.keys() if before.get(name, absent) != after.get(name, absent)]
    return len(changed) == 1
