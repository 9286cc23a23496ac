"""Judges several constraints by one response: the parts of a joined schema, or a schema together with other parameters."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial

from conformance.checks import Broken, Inconclusive
from conformance.checks.constraints import Constraint
from conformance.checks.language import Unsupported
from conformance.checks.scenarios.guided.asking import Asked, Said, expect_enforced_or_refused
from conformance.reply import ChatReply, NotAnswered, ResponseReply
from conformance.wire import parse_json


def broken(asked: Asked) -> bool:
    """Return whether a response certainly violates its constraint; False if the response cannot be judged."""
    try:
        expect_enforced_or_refused(asked)
    except Broken:
        return True
    except (Inconclusive, NotAnswered, Unsupported):
        return False
    return False


def part(
    joined: Asked, name: str, constraint: Constraint, keywords: tuple[str, ...] = (), order: Iterable[str] | None = None
) -> Asked | None:
    """Return the member `name` of the response to a schema that has one member for each of several constraints.

    If the returned member is an object, `order` lists its keys in the required order; None allows every order. Returns
    None if the member `name` does not satisfy its constraint, or if the response cannot be judged.
    """
    if not joined.reply.accepted:
        return None
    try:
        (said,) = joined.said(joined.reply)
        value = parse_json(said.text)[name]
    except (ValueError, KeyError, TypeError, Inconclusive, NotAnswered):
        return None
    text = json.dumps(value, ensure_ascii=False)
    in_order = order is None or list(value) == list(order)
    if said.cut or not in_order or not constraint.admits(text):
        return None
    own = (Said(text, cut=False, where=f"{said.where} /{name}"),)
    return Asked(constraint, (*joined.names, *keywords), joined.replies, partial(_always, own))


def _always(said: tuple[Said, ...], _: ChatReply | ResponseReply) -> tuple[Said, ...]:
    return said


def obeyed(asked: Asked, choices: int) -> bool:
    """Return whether a response has this number of complete choices without tool calls, which satisfy the constraint."""
    reply = asked.reply
    if not reply.accepted or not isinstance(reply, ChatReply):
        return False
    try:
        said = asked.said(reply)
    except (Inconclusive, NotAnswered):
        return False
    whole = len(said) == choices and not any(choice.tool_calls for choice in reply.choices)
    return whole and all(not each.cut and bool(asked.constraint.admits(each.text)) for each in said)
