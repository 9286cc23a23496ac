"""The target must return log probabilities even if a request asks for no alternatives, or declares tools."""

from __future__ import annotations

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.refusal import Faulty, expect_accepted
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

from .conftest import COUNT
from .test_logprobs import ENTRIES


@probe(transports=("json", "sse"))
async def logprobs_alone(chat: Chat, idle_tools: ChatReply) -> ChatReply:
    """Request log probabilities without setting `top_logprobs`.

    If the probe `idle_tools`, whose request also declares tools, already got log probabilities, its response is
    returned.
    """
    alone = "top_logprobs" not in idle_tools.exchange.request.json
    if alone and idle_tools.accepted and idle_tools.choices[0].logprobs:
        return idle_tools
    return await chat(COUNT, logprobs=True, temperature=0, max_tokens=4)


def expect_logprobs(reply: ChatReply, control: ChatReply, what: str) -> None:
    """Expect the log probability of each token; the check is inconclusive unless the control response has some."""
    premise(control.choices[0].logprobs, "a request with alternatives gets no logprobs", see="chat.logprobs.shape")
    expect_accepted(Faulty(control, reply), what)
    choice = reply.choices[0]
    premise(choice.text or choice.logprobs, "the model returned no text, so there are no tokens")
    numbers = [entry.get("logprob") for entry in choice.logprobs or ()]
    good = numbers and all(isinstance(number, (int, float)) for number in numbers)
    expect(good, "the log probability of each token", got=choice.logprobs, where=ENTRIES, on=reply)


@requirement("chat.logprobs.without-alternatives")
def test_logprobs_need_no_alternatives(logprobs_alone: ChatReply, logprobs_asked: ChatReply) -> None:
    expect_logprobs(logprobs_alone, logprobs_asked, "`logprobs: true` without `top_logprobs`")


@requirement("chat.logprobs.tools-accepted", acceptance=True)
def test_logprobs_and_tools_are_accepted_together(
    idle_tools: ChatReply, logprobs_alone: ChatReply, two_calls: ChatReply
) -> None:
    premise(two_calls.choices, "tools are rejected without `logprobs`, too")
    expect_accepted(Faulty(logprobs_alone, idle_tools), "`logprobs` together with `tools`")
