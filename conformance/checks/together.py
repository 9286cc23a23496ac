"""Several additions to a right request, tried in one request, and apart only when that is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conformance.checks.refusal import Faulty
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, NotAnswered

Make = Callable[[Sequence[str]], dict[str, Any]]


async def together(chat: Chat, control: ChatReply, names: Sequence[str], make: Make) -> Mapping[str, Faulty]:
    """The answer that says of each name whether its addition is accepted, beside the request without any.

    `make` gives the body with the additions of some names. All at once are sent first: an answer speaks for each of
    them. A refusal speaks for none, so each is then sent on its own.
    """
    whole = await chat.post(make(names))
    if whole.accepted:
        return {name: Faulty(control, whole) for name in names}
    apart = await asyncio.gather(*(chat.post(make((name,))) for name in names))
    return {name: Faulty(control, reply) for name, reply in zip(names, apart, strict=True)}


async def parameters_together(
    chat: Chat, control: ChatReply, additions: Mapping[str, Mapping[str, Any]], body: Mapping[str, Any]
) -> Mapping[str, Faulty]:
    """`together` for body parameters: each name stands for the parameters that it adds to `body`."""

    def make(names: Sequence[str]) -> dict[str, Any]:
        merged = dict(body)
        for name in names:
            merged.update(additions[name])
        return merged

    return await together(chat, control, tuple(additions), make)


def expect_answered_or_refused_cleanly(pair: Faulty) -> None:
    """An optional addition is accepted; a refusal of it is judged as one of the requirement's feature."""
    for reply, why in ((pair.control, "the same request without it is rejected too"), (pair.faulty, "it is rejected")):
        if not reply.accepted:
            raise NotAnswered(reply.exchange, why)
