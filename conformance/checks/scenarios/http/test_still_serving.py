"""Sends hostile requests to each operation except chat completions, and then a valid request that must be answered."""

from __future__ import annotations

from conformance.checks import probe, requirement, standard
from conformance.checks.refusal import Faulty
from conformance.checks.survival import Survival, canary, expect_serving
from conformance.engine.clients import Http
from conformance.engine.responses import HELLO, Responses
from conformance.reply import ResponseReply
from conformance.wire import Exchange

from ..conversations.conftest import PlainReply, id_of
from ..legacy.test_completions import choices_of, complete
from ..legacy.test_embeddings import LAKE_TEXT, embed, items_of

NO_TOKEN = 2**31 - 1
"""A token id that no vocabulary has. Engines that look it up unchecked read memory that is not theirs."""


@probe
async def responses_after_refusals(
    responses: Responses, response_refusals: dict[str, Faulty], response_refused_in_stream: Faulty
) -> Survival:
    """Send the simplest request to the Responses API once more, after all faulty requests."""
    before = await responses.offered()
    pairs = (*response_refusals.values(), response_refused_in_stream)

    async def again() -> ResponseReply:
        return await responses(HELLO, fresh=True)

    return Survival(before, tuple(pair.faulty for pair in pairs), await canary(again))


@requirement("responses.error.still-serving", transport="json")
def test_responses_still_answer(responses_after_refusals: Survival) -> None:
    expect_serving(responses_after_refusals)


@probe
async def completions_after_hostility(http: Http, completed: Exchange, completed_by_nobody: Exchange) -> Survival:
    """Send prompts of unknown token ids to POST /completions, and then the valid request once more."""
    choices_of(completed)
    sent = [await complete(http, completed, [bad, bad, bad], max_tokens=1) for bad in (NO_TOKEN, -1)]
    hostile = (completed_by_nobody, *sent)

    async def again() -> PlainReply:
        return PlainReply(await http("POST", "completions", completed.request.json, fresh=True))

    return Survival(PlainReply(completed), tuple(map(PlainReply, hostile)), await canary(again))


@requirement("completions.still-serving")
@standard
def test_completions_still_answer(completions_after_hostility: Survival) -> None:
    expect_serving(completions_after_hostility)


@probe
async def embeddings_after_hostility(
    http: Http, embedder: str, embedded: Exchange, embedded_by_nobody: Exchange
) -> Survival:
    """Send unknown token ids and an empty text to POST /embeddings, and then the valid request once more."""
    items_of(embedded)
    sent = [await embed(http, embedder, bad, embedded) for bad in ([[NO_TOKEN, NO_TOKEN]], "")]
    hostile = (embedded_by_nobody, *sent)

    async def again() -> PlainReply:
        return PlainReply(await http("POST", "embeddings", {"model": embedder, "input": LAKE_TEXT}, fresh=True))

    return Survival(PlainReply(embedded), tuple(map(PlainReply, hostile)), await canary(again))


@requirement("embeddings.still-serving")
@standard
def test_embeddings_still_answer(embeddings_after_hostility: Survival) -> None:
    expect_serving(embeddings_after_hostility)


@probe
async def conversations_after_refusals(
    http: Http, conversation_updated: tuple[Exchange, Exchange], conversation_refusals: dict[str, Faulty]
) -> Survival:
    """Retrieve a conversation once more, after all faulty requests about conversations."""
    before = conversation_updated[1]

    async def again() -> PlainReply:
        return PlainReply(await http("GET", "conversation", id=id_of(before), fresh=True))

    return Survival(
        PlainReply(before), tuple(pair.faulty for pair in conversation_refusals.values()), await canary(again)
    )


@requirement("conversations.still-serving")
def test_conversations_still_answer(conversations_after_refusals: Survival) -> None:
    expect_serving(conversations_after_refusals)
