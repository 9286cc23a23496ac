"""Groups similar violations: faults that were not rejected, and rejections that do not name the faulty field."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from conformance.checks.generated.answers import BodyAnswer, answer_of, cause_of
from conformance.checks.generated.fault import Fault
from conformance.checks.language import exchange_id, shown
from conformance.reply import ChatReply, read_error
from conformance.verdict import Finding

LISTED = 12


def by_message(silent: list[tuple[Fault, ChatReply]]) -> list[list[tuple[Fault, ChatReply]]]:
    """Group rejections that do not name the faulty field.

    Rejections with the same status and message form one group.
    """
    groups: dict[str, list[tuple[Fault, ChatReply]]] = {}
    for fault, reply in silent:
        groups.setdefault(cause_of(reply.exchange), []).append((fault, reply))
    return list(groups.values())


def pointless(group: list[tuple[Fault, ChatReply]], refusals: int) -> Finding:
    """Create one finding for a group of rejections that do not name the faulty field.

    The finding describes the first rejection and lists the locations of the other faults.
    """
    fault, reply = group[0]
    return Finding(
        expected=f"a refusal that names {fault.words[0]!r}, because {fault.pointer} {fault.said}{others_of(group)} "
        f"({len(group)} of {refusals} refusals)",
        observed=answered(reply),
        where="/error/message",
        exchange=exchange_id(reply),
        cause=f"a refusal names no field: {' '.join(cause_of(reply.exchange).split())}",
    )


def is_unclear(reply: ChatReply) -> bool:
    """Return whether the response leaves open how the target treats the fault, for example because the target was busy.

    A 404 counts as a rejection, because the target may answer 404 to a faulty value of `model`.
    """
    return reply.exchange.status != 404 and answer_of(reply.exchange) is BodyAnswer.UNCLEAR


def by_kind(sent: Sequence[tuple[Fault, ChatReply]]) -> list[tuple[str, list[tuple[Fault, ChatReply]]]]:
    """Group the invalid requests that the target did not reject with a 4xx.

    Faults with the same violated keyword and response status form one group.
    """

    def kind(pair: tuple[Fault, ChatReply]) -> str:
        return f"a violation of {pair[0].keyword} is answered {pair[1].exchange.status}"

    missed = [pair for pair in sent if answer_of(pair[1].exchange) in (BodyAnswer.ACCEPTED, BodyAnswer.FAILED)]
    return [(word, list(group)) for word, group in groupby(sorted(missed, key=kind), kind)]


def finding_of_kind(word: str, group: list[tuple[Fault, ChatReply]]) -> Finding:
    """Create one finding for a group of faults that were not rejected.

    The finding describes the first fault of the group, and lists the locations of all other faults.
    """
    fault, reply = group[0]
    return Finding(
        expected=f"a 4xx, because {fault.pointer} {fault.said}".replace("  ", " ") + others_of(group),
        observed=answered(reply),
        where="status",
        exchange=exchange_id(reply),
        cause=word,
    )


def others_of(group: list[tuple[Fault, ChatReply]]) -> str:
    """Return the end of a sentence that lists the locations of all faults except the first; "" if there are none."""
    first = group[0][0].pointer
    names = [name for name in dict.fromkeys(other.pointer or "the JSON" for other, _ in group[1:]) if name != first]
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"; the same for {', '.join(names[:LISTED])}{more}" if names else ""


def answered(reply: ChatReply) -> str:
    """Return the status of a response, followed by the text of a chat completion, the error message, or the body."""
    exchange = reply.exchange
    if reply.accepted and reply.text:
        return f"{exchange.status} and a completion, {shown(reply.text, 80)}"
    return f"{exchange.status}: {shown(read_error(exchange).message or exchange.text, 200)}"
