"""Sends the requests of the code samples in Telnyx's reference pages, unchanged except for the conversation's id."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.bodies import model_ids
from conformance.checks.language import NotApplicable, Reply, answer
from conformance.checks.refusal import not_now
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Chat, Http
from conformance.engine.responses import Responses, begun_id
from conformance.packs.telnyx.checks.conversations import id_of, telnyx_created
from conformance.packs.telnyx.checks.samples import samples
from conformance.reply import ChatReply, NotAnswered, ResponseReply, read_error
from conformance.wire import Exchange

FORMS = ("openai", "http-validation-error", "flat", "string")
"""The forms of an error body from which a client can read a message."""


@probe
async def chat_samples(chat: Chat) -> list[ChatReply]:
    """Send the chat request of each code sample in Telnyx's reference, except the sample in PHP."""
    return list(await asyncio.gather(*(chat.post(sample.sent()) for sample in samples("telnyx.samples.chat"))))


@requirement("telnyx.samples.chat")
def test_the_example_is_answered(chat_samples: list[ChatReply], without_model: ChatReply) -> None:
    premise(without_model.accepted, "a request without model is rejected", see="telnyx.model-optional")
    for sample, reply in zip(samples("telnyx.samples.chat"), chat_samples, strict=True):
        require_settled(reply)
        expected = f"an answer to the sample in {', '.join(sample.languages)}"
        expect(reply.accepted, expected, got=answer(reply), where="status", on=reply)
        expect(reply.require_choices(), expected, got=answer(reply), where="/choices", on=reply)


@probe
async def php_sample(chat: Chat) -> ChatReply:
    """Send the chat sample in PHP, which sets every parameter to a placeholder."""
    (sample,) = samples("telnyx.samples.php")
    return await chat.post(sample.sent())


@requirement("telnyx.samples.php")
def test_every_parameter_at_once_causes_no_server_error(php_sample: ChatReply) -> None:
    expect_answer_or_readable_error(php_sample)


@dataclass(frozen=True, slots=True)
class SampleTurns:
    """The responses to Telnyx's code samples for the Responses API in one conversation, and the list of models."""

    replies: tuple[ResponseReply, ...]
    models: Exchange


@probe
async def response_samples(
    responses: Responses, http: Http, cleanup: Cleanup, model_list: Exchange, telnyx_made: Exchange
) -> SampleTurns:
    """Send the requests of Telnyx's code samples for the Responses API one after the other in a new conversation."""
    id_of(telnyx_made)
    conversation = id_of(await telnyx_created(http, cleanup))
    replies = []
    for sample in samples("telnyx.samples.responses"):
        replies.append(await responses.post(sample.sent(conversation)))
        if identifier := begun_id(replies[-1]):
            cleanup.later("response", id=identifier)
    return SampleTurns(tuple(replies), model_list)


@requirement("telnyx.samples.responses")
def test_the_example_of_a_response_is_answered(response_samples: SampleTurns) -> None:
    for sample, reply in zip(samples("telnyx.samples.responses"), response_samples.replies, strict=True):
        require_settled(reply)
        model = model_of(reply)
        if not reply.accepted and model not in model_ids(response_samples.models):
            raise NotApplicable(f"`/models` does not list {model}, the model of the sample")
        readable = reply.exchange.status != 200 or reply.readable
        premise(readable, "the stream does not end with a response", see="responses.stream.terminal")
        expected = f"a response to the sample in {', '.join(sample.languages)}"
        expect(reply.accepted, expected, got=answer(reply), where="status", on=reply)


@probe
async def empty_sample(responses: Responses) -> ResponseReply:
    """Send the empty request body that Telnyx's Java, Ruby and command line samples send to POST /responses."""
    (sample,) = samples("telnyx.samples.empty")
    return await responses.post(sample.sent())


@requirement("telnyx.samples.empty")
def test_an_empty_request_causes_no_server_error(empty_sample: ResponseReply) -> None:
    expect_answer_or_readable_error(empty_sample)


def require_settled(reply: Reply) -> None:
    """Raise `NotAnswered` if there is no response, or only a temporary error."""
    if not_now(reply):
        raise NotAnswered(reply.exchange, f"the target answered {reply.exchange.status}")


def model_of(reply: Reply) -> str:
    """Return the model that a request names."""
    body = reply.exchange.request.json
    return str(body.get("model")) if isinstance(body, dict) else ""


def expect_answer_or_readable_error(reply: Reply) -> None:
    """Expect an answer, or a 4xx whose body has a message that a client can read."""
    require_settled(reply)
    exchange = reply.exchange
    error = read_error(exchange)
    refused = exchange.status is not None and 400 <= exchange.status < 500
    good = refused and error.envelope in FORMS and bool(error.message)
    expected = "an answer, or a 4xx with an error message in its body"
    expect(exchange.status == 200 or good, expected, got=answer(exchange), where="status", on=reply)
