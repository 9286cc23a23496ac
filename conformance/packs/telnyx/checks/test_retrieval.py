"""Checks that malformed `retrieval` tools of Telnyx are rejected, which needs no storage bucket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.checks import probe, requirements
from conformance.checks.refusal import Faulty, expect_refused
from conformance.checks.scenarios.chat.conftest import HELLO
from conformance.config import Target
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

UNKNOWN = "conformance-no-such-bucket"
KNOWN = "conformance-bucket"
"""Stands for the bucket that the user named, if there is one."""
NAMES = ("bucket_ids", "bucket", UNKNOWN)


@dataclass(frozen=True, slots=True)
class Malformed:
    """The faulty content of a `retrieval` tool, and words by which an error may refer to the fault."""

    retrieval: Mapping[str, Any]
    names: tuple[str, ...] = NAMES


MALFORMED: Mapping[str, Malformed] = {
    "telnyx.chat.retrieval-missing": Malformed({"max_num_results": 1}),
    "telnyx.chat.retrieval-type": Malformed({"bucket_ids": {"id": "conformance"}}),
    "telnyx.chat.retrieval-empty": Malformed({"bucket_ids": []}),
    "telnyx.chat.retrieval-unknown": Malformed({"bucket_ids": [UNKNOWN]}),
    "telnyx.chat.retrieval-results-type": Malformed(
        {"bucket_ids": [KNOWN], "max_num_results": "two"}, ("max_num_results",)
    ),
}


def retrieval_tool(retrieval: Mapping[str, Any]) -> dict[str, Any]:
    """Return a tool of the type `retrieval`."""
    return {"type": "retrieval", "retrieval": retrieval}


@probe
async def retrieval_malformed(chat: Chat, plain: ChatReply, target: Target) -> Mapping[str, Faulty]:
    """Send a `retrieval` tool with each fault of `MALFORMED`.

    A rejection counts only if the error names the faulty field, because a target that lacks the tool `retrieval`
    rejects the type of the tool. The faulty requests also have another token limit than the control request.
    """
    known = target.retrieval.bucket if target.retrieval else UNKNOWN

    async def ask(retrieval: Mapping[str, Any]) -> ChatReply:
        buckets = retrieval.get("bucket_ids")
        named = {**retrieval, "bucket_ids": [known]} if buckets == [KNOWN] else retrieval
        return await chat(HELLO, max_tokens=4, tools=[retrieval_tool(named)], fault=True)

    replies = await asyncio.gather(*(ask(each.retrieval) for each in MALFORMED.values()))
    return {
        name: Faulty(plain, reply, each.names) for (name, each), reply in zip(MALFORMED.items(), replies, strict=True)
    }


@requirements("fault", MALFORMED)
def test_a_malformed_retrieval_tool_is_refused(retrieval_malformed: Mapping[str, Faulty], fault: str) -> None:
    expect_refused(retrieval_malformed[fault])
