"""Tests several optional parameters together in one request.

If the target rejects all parameters together, each parameter is tested in a separate request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from conformance.checks.refusal import Faulty
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, NotAnswered

Make = Callable[[Sequence[str]], dict[str, Any]]


async def together(
    chat: Chat,
    control: ChatReply | Callable[[], Awaitable[ChatReply]],
    names: Sequence[str],
    make: Make,
    within: ChatReply | None = None,
) -> Mapping[str, Faulty]:
    """Return, for each named addition to a request, a response that shows whether the target accepts the addition.

    The response to the control request is returned together with the response for each addition. `make` is a function
    that takes the names of some additions, and returns a request body with only these additions. The first request
    contains all additions: if the target accepts it, every addition counts as accepted. If the target rejects the
    request with all additions, each addition is sent in a separate request.

    `control` may be a function that sends the control request. The function is called only if the target rejects the
    request with all additions, because only a rejection has to be compared with the control request.

    `within` is the response to an earlier request that has all the named additions and further ones. If the target
    accepted the earlier request, nothing is sent.
    """
    whole = within if within is not None and within.accepted else await chat.post(make(names))
    if whole.accepted:
        known = control if isinstance(control, ChatReply) else whole
        return {name: Faulty(known, whole) for name in names}
    known = control if isinstance(control, ChatReply) else await control()
    apart = await asyncio.gather(*(chat.post(make((name,))) for name in names))
    return {name: Faulty(known, reply) for name, reply in zip(names, apart, strict=True)}


async def parameters_together(
    chat: Chat,
    control: ChatReply,
    additions: Mapping[str, Mapping[str, Any]],
    body: Mapping[str, Any],
    within: ChatReply | None = None,
) -> Mapping[str, Faulty]:
    """Call `together` with parameters as additions; `additions` maps the name of each addition to its parameters."""

    def make(names: Sequence[str]) -> dict[str, Any]:
        merged = dict(body)
        for name in names:
            merged.update(additions[name])
        return merged

    return await together(chat, control, tuple(additions), make, within)


def expect_answered_or_refused_cleanly(pair: Faulty) -> None:
    """Expect the target to accept an optional addition to a request.

    If the target rejects the addition, the feature named in the requirement determines whether the rejection is a
    violation.
    """
    for reply, why in ((pair.control, "the same request without it is rejected too"), (pair.faulty, "it is rejected")):
        if not reply.accepted:
            raise NotAnswered(reply.exchange, why)
