"""The effect of Telnyx's tool `retrieval`; the target needs a storage bucket with a document that states a fact."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import NotApplicable, answer
from conformance.checks.room import a_call, with_room
from conformance.checks.scenarios.chat.conftest import ASK_WEATHER, WEATHER, counts
from conformance.checks.scenarios.chat.test_tools import called
from conformance.config import Target
from conformance.config.retrieval import Retrieval
from conformance.engine.clients import Chat
from conformance.packs.telnyx.checks.test_retrieval import NAMES, UNKNOWN, retrieval_tool
from conformance.reply import ChatReply, points_at, read_error, refuses_the_body

ROOM = 256
FEW, MANY = 1, 5
TEXT = "/choices/0/message/content"


@dataclass(frozen=True, slots=True)
class Searches:
    """The responses to a question whose answer is in the documents of a storage bucket.

    `without` is the response to a request without the tool `retrieval`; `few` and `many` are the responses with one
    search result and with several. `other` is the response to a request that searches another bucket; it is None if the
    user named no other bucket.
    """

    bucket: Retrieval
    without: ChatReply
    few: ChatReply
    many: ChatReply
    other: ChatReply | None

    def states(self, reply: ChatReply) -> bool:
        """Return whether the text of a response states the fact that the bucket contains."""
        return reply.accepted and self.bucket.answer.casefold() in reply.text.casefold()

    @property
    def finds(self) -> bool:
        """Whether a response to a request with the bucket states the fact that the bucket contains."""
        return self.states(self.few) or self.states(self.many)


@probe
async def bucket_searched(chat: Chat, target: Target) -> Searches | None:
    """Ask the question without a bucket, with one result, with several results, and with another bucket."""
    bucket = target.retrieval
    if bucket is None:
        return None

    async def ask(name: str, most: int) -> ChatReply:
        tool = retrieval_tool({"bucket_ids": [name], "max_num_results": most})
        return await chat(bucket.question, tools=[tool], temperature=0, max_tokens=ROOM)

    without, few, many = await asyncio.gather(
        chat(bucket.question, temperature=0, max_tokens=ROOM), ask(bucket.bucket, FEW), ask(bucket.bucket, MANY)
    )
    other = await ask(bucket.other_bucket, MANY) if bucket.other_bucket else None
    return Searches(bucket, without, few, many, other)


def needed(searches: Searches | None) -> Searches:
    """Return the responses to searches in the bucket. Raise `NotApplicable` if the user named no bucket."""
    if searches is None:
        raise NotApplicable("no storage bucket is named: see --retrieval-bucket, which needs a fact in a document")
    return searches


def expect_known_tool(reply: ChatReply, control: ChatReply, bucket: str, target: Target) -> None:
    """Expect that a rejection's error names the bucket, not the tool `retrieval`, if the profile promises the tool.

    `control` is the response to a request without the tool.
    """
    rejected = control.accepted and refuses_the_body(reply.exchange.status)
    if rejected and target.profile.promises("retrieval_tool"):
        about_bucket = points_at(read_error(reply.exchange), (*NAMES, bucket))
        expected = "the tool retrieval accepted, or an error about the bucket"
        expect(about_bucket, expected, got=answer(reply), where="status", on=reply)


@requirement("telnyx.chat.retrieval")
def test_a_fact_in_the_bucket_is_in_the_answer(bucket_searched: Searches | None, target: Target) -> None:
    searches = needed(bucket_searched)
    replies = (searches.without, searches.few, searches.many)
    expect_known_tool(searches.many, searches.without, searches.bucket.bucket, target)
    for reply in replies:
        reply.require_choices()
    premise(not searches.states(searches.without), "the model states the fact without the bucket, too")
    if searches.finds:
        return
    premise(all(reply.finish_reason != "length" for reply in replies), "the token limit ended an answer")
    without, *found = counts(*replies)
    # Documents that reached the prompt are what the requirement wants; that they were the wrong ones is a matter of search.
    premise(max(found) <= without, "the prompt has more tokens with the bucket, but no answer states the fact")
    expected = f"an answer with {searches.bucket.answer!r}, or more prompt tokens than the {without} without the bucket"
    expect(False, expected, got=searches.many.text, where=TEXT, on=searches.many)


@requirement("telnyx.chat.retrieval-results")
def test_more_results_are_more_prompt(bucket_searched: Searches | None) -> None:
    searches = needed(bucket_searched)
    without, few, many = counts(searches.without, searches.few, searches.many)
    premise(few > without, "the bucket adds no tokens to the prompt", see="telnyx.chat.retrieval")
    expected = f"more than the {few} prompt tokens with max_num_results {FEW}"
    expect(many > few, expected, got=many, where="/usage/prompt_tokens", on=searches.many)


@requirement("telnyx.chat.retrieval-other-bucket")
def test_another_bucket_does_not_state_the_fact(bucket_searched: Searches | None) -> None:
    searches = needed(bucket_searched)
    other = searches.other
    if other is None:
        raise NotApplicable("no second storage bucket is named: see --retrieval-other-bucket")
    other.require_choices()
    searches.without.require_choices()
    premise(searches.finds, "the bucket itself does not give the fact", see="telnyx.chat.retrieval")
    premise(not searches.states(searches.without), "the model states the fact without the bucket, too")
    expected = f"an answer without {searches.bucket.answer!r}, which only {searches.bucket.bucket} states"
    expect(not searches.states(other), expected, got=other.text, where=TEXT, on=other)


@dataclass(frozen=True, slots=True)
class Beside:
    """The response to a request with a function and a `retrieval` tool, and whether the tool's bucket exists."""

    reply: ChatReply
    exists: bool


@probe
async def retrieval_beside(chat: Chat, target: Target) -> Beside:
    """Require a function call in a request that also has a `retrieval` tool."""
    bucket = target.retrieval.bucket if target.retrieval else UNKNOWN
    tools = [retrieval_tool({"bucket_ids": [bucket]}), WEATHER]
    reply = await with_room(
        lambda limit: chat(ASK_WEATHER, tools=tools, tool_choice="required", temperature=0, max_tokens=limit), 48
    )
    return Beside(reply, target.retrieval is not None)


@requirement("telnyx.chat.retrieval-beside", transport="json")
def test_a_function_beside_retrieval_is_called(
    retrieval_beside: Beside, required_against_will: ChatReply, target: Target
) -> None:
    reply = retrieval_beside.reply
    expect_known_tool(reply, required_against_will, target.retrieval.bucket if target.retrieval else UNKNOWN, target)
    if not reply.accepted and not retrieval_beside.exists:
        needed(None)
    names = called(reply)
    alone = required_against_will.accepted and called(required_against_will)
    premise(names or alone, "no function is called without retrieval either", see="chat.tools.required")
    expected = a_call("get_weather", reply)
    expect("get_weather" in names, expected, got=names or reply.text, where="/choices/0/message/tool_calls", on=reply)
