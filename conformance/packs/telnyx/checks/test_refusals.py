"""Checks that a request for a response is rejected if its Telnyx conversation cannot be used."""

from __future__ import annotations

import asyncio

from conformance.checks import probe, requirements
from conformance.checks.refusal import Faulty, expect_refused
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Http
from conformance.engine.responses import HELLO, Responses
from conformance.packs.telnyx.checks.conversations import id_of, telnyx_created
from conformance.packs.telnyx.checks.test_conversations import UNKNOWN, Turn


@probe
async def telnyx_refusals(responses: Responses, http: Http, cleanup: Cleanup, telnyx_turn: Turn) -> dict[str, Faulty]:
    """Request responses on an unknown conversation, with a malformed id, and on a conversation with `ai_disabled`."""
    control = telnyx_turn.reply
    disabled = id_of(await telnyx_created(http, cleanup, ai_disabled="true"))
    names = ("conversation", "conversation_id", "conversations")
    unknown, malformed, off = await asyncio.gather(
        responses(HELLO, conversation=UNKNOWN, max_output_tokens=16),
        responses(HELLO, conversation="no-uuid", max_output_tokens=16),
        responses(HELLO, conversation=disabled, max_output_tokens=16),
    )
    return {
        "telnyx.responses.conversation-unknown": Faulty(control, unknown, (*names, UNKNOWN)),
        "telnyx.responses.conversation-malformed": Faulty(control, malformed, (*names, "no-uuid", "uuid")),
        "telnyx.responses.ai-disabled": Faulty(control, off, (*names, "ai_disabled", "disabled", "ai")),
    }


REFUSED = [f"telnyx.responses.{name}" for name in ("conversation-unknown", "conversation-malformed", "ai-disabled")]


@requirements("fault", REFUSED, transport="json")
def test_what_cannot_go_on_is_refused(telnyx_refusals: dict[str, Faulty], fault: str) -> None:
    expect_refused(telnyx_refusals[fault])
