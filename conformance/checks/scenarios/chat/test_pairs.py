"""Sends pairs of parameters: parameters that work separately must work together, in JSON responses and in streams."""

from __future__ import annotations

from conformance.checks import probe, requirement, standard
from conformance.checks.combining import Combinations, Row, ask_all, expect_together
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

from .pairs import PARAMETERS, PROMPT, ROOM, rows


@probe
async def combinations(chat: Chat, plain: ChatReply) -> Combinations:
    """Send each row of the covering array; for the first rows that fail, find a smaller combination that also fails."""
    if not plain.accepted:
        return Combinations((), ())

    async def send(row: Row, *, fresh: bool = False) -> ChatReply:
        return await chat.post(chat.body(PROMPT, max_tokens=ROOM) | PARAMETERS.body(row), fresh=fresh)

    return await ask_all(PARAMETERS, send, rows())


@requirement("generated.pairs", transport="json")
@standard
def test_parameters_work_together(plain: ChatReply, combinations: Combinations) -> None:
    plain.require_choices()
    expect_together(combinations)
