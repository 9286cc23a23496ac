"""Checks that the instructions of the first response in a Telnyx conversation also apply to later responses."""

from __future__ import annotations

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.scenarios.responses.conftest import FEW, RULES, counted, made, needs
from conformance.engine.responses import HELLO, Responses
from conformance.packs.telnyx.checks.conversations import id_of
from conformance.reply import ResponseReply
from conformance.wire import Exchange

LONG_RULES = f"{RULES} {RULES}"
Instructed = tuple[ResponseReply, ResponseReply, ResponseReply]


@probe
async def telnyx_instructed(responses: Responses, telnyx_made: Exchange) -> Instructed:
    """Request a response without a conversation, and two responses in a conversation.

    The first request in the conversation has instructions, and the second has none.
    """
    identifier = id_of(telnyx_made)
    alone = await responses.offered()
    first = needs(await responses(HELLO, conversation=identifier, instructions=LONG_RULES, max_output_tokens=16))
    return alone, first, await responses(HELLO, conversation=identifier, max_output_tokens=16)


@requirement("telnyx.responses.instructions")
def test_instructions_hold_for_the_conversation(telnyx_instructed: Instructed) -> None:
    alone, first, second = map(counted, telnyx_instructed)
    rules = first - alone
    # Without them, the second turn has both inputs and the first one's output.
    without = 2 * alone + made(telnyx_instructed[1]) + FEW
    at_least = alone + rules - rules // 4
    premise(at_least > without, f"the instructions count {rules} tokens", see="responses.instructions")
    expected = f"at least {at_least} input tokens: {rules} of them the instructions of the first turn"
    expect(second >= at_least, expected, got=second, where="/usage/input_tokens", on=telnyx_instructed[2])
