"""Checks that malformed `retrieval` tools of Telnyx are rejected, which needs no storage bucket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from conformance.checks import probe, requirements
from conformance.checks.refusal import Faulty, expect_refused
from conformance.checks.scenarios.chat.conftest import HELLO
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

MALFORMED: Mapping[str, Mapping[str, Any]] = {
    "telnyx.chat.retrieval-missing": {"max_num_results": 1},
    "telnyx.chat.retrieval-type": {"bucket_ids": {"id": "conformance"}},
}
NAMES = ("bucket_ids", "bucket")


@probe
async def retrieval_malformed(chat: Chat, plain: ChatReply) -> Mapping[str, Faulty]:
    """Send a `retrieval` tool without `bucket_ids`, and one with an object instead of an array.

    A rejection counts only if the error names the faulty field, because a target that lacks the tool `retrieval`
    rejects the type of the tool. The requests and the control request also have different token limits.
    """
    replies = await asyncio.gather(
        *(
            chat(HELLO, max_tokens=4, tools=[{"type": "retrieval", "retrieval": retrieval}], fault=True)
            for retrieval in MALFORMED.values()
        )
    )
    return {name: Faulty(plain, reply, NAMES) for name, reply in zip(MALFORMED, replies, strict=True)}


@requirements("fault", MALFORMED)
def test_a_malformed_retrieval_tool_is_refused(retrieval_malformed: Mapping[str, Faulty], fault: str) -> None:
    expect_refused(retrieval_malformed[fault])
