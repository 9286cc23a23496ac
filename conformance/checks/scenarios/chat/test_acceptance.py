"""Parameters whose effect cannot be observed: the target must accept them, or name them in an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.checks import expect, premise, probe, requirement, requirements
from conformance.checks.refusal import Faulty, expect_accepted
from conformance.checks.together import expect_answered_or_refused_cleanly, parameters_together
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

from .conftest import HELLO, LONG, known_reason, premise_counted

# Clients and frameworks send a parameter at its default value; that asks for nothing, so nothing can be unsupported.
DEFAULTS: dict[str, dict[str, Any]] = {
    "penalties": {"frequency_penalty": 0, "presence_penalty": 0},
    "temperature": {"temperature": 1},
    "top_p": {"top_p": 1},
    "n": {"n": 1},
    "logit_bias": {"logit_bias": {}},
    "logprobs": {"logprobs": False},
    "store": {"store": False},
    "stream": {"stream": False},
}

# All are nullable in OpenAI's document, and none is new. The token limits are nullable, too, but the live API refuses that.
NULLABLE = (
    "temperature",
    "top_p",
    "n",
    "stop",
    "seed",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "stream",
    "stream_options",
)

NULLS = "chat.request.null-optional"

# What a target may lack, but must not stumble over: requirement → the parameters.
OPTIONAL: dict[str, dict[str, Any]] = {
    "chat.user.accepted": {"user": "conformance-user"},
    "chat.metadata.accepted": {"metadata": {"suite": "conformance"}},
    "chat.store.accepted": {"store": False},
    "chat.service-tier.accepted": {"service_tier": "auto"},
    "chat.prediction.accepted": {"prediction": {"type": "content", "content": "Hello there."}},
    "chat.modalities.accepted": {"modalities": ["text"]},
    "chat.reasoning-effort.accepted": {"reasoning_effort": "low"},
    "chat.verbosity.accepted": {"verbosity": "low"},
    "chat.prompt-cache-key.accepted": {"prompt_cache_key": "conformance"},
}
ACCEPTED = {**OPTIONAL, NULLS: dict.fromkeys(NULLABLE)}


@probe
async def defaults(chat: Chat, plain: ChatReply, defaults_in_history: ChatReply) -> Mapping[str, Faulty]:
    """Send chat parameters with their default values, such as `n: 1`."""
    body = chat.body(HELLO, max_tokens=4)
    return await parameters_together(chat, plain, DEFAULTS, body, defaults_in_history)


@requirement("chat.penalties.accepted", acceptance=True)
def test_penalties_of_zero_are_accepted(defaults: Mapping[str, Faulty]) -> None:
    expect_accepted(defaults["penalties"], "penalties of 0")


@requirement("chat.request.default-values", acceptance=True)
def test_default_values_are_accepted(defaults: Mapping[str, Faulty]) -> None:
    for name in DEFAULTS.keys() - {"penalties"}:
        expect_accepted(defaults[name], f"the default value of {name}")


@probe
async def nulls(optional: Mapping[str, Faulty]) -> Faulty:
    """Return the request in which every nullable parameter is null, with its response."""
    return optional[NULLS]


@requirement("chat.request.null-optional", acceptance=True)
def test_null_stands_for_absent(nulls: Faulty) -> None:
    expect_accepted(nulls, "optional parameters that are null")


@probe
async def optional(chat: Chat, plain: ChatReply, optional_with_odd_text: ChatReply) -> Mapping[str, Faulty]:
    """Send parameters that a target need not support, and a request in which every nullable parameter is null."""
    body = chat.body(HELLO, max_tokens=32)
    return await parameters_together(chat, plain, ACCEPTED, body, optional_with_odd_text)


@requirements("name", OPTIONAL, acceptance=True)
def test_an_optional_parameter_is_accepted_or_cleanly_refused(optional: Mapping[str, Faulty], name: str) -> None:
    expect_answered_or_refused_cleanly(optional[name])


@probe
async def both_limits(chat: Chat) -> ChatReply:
    """Send a request with both token limits: `max_tokens` is 24, and `max_completion_tokens` is 4."""
    return await chat(LONG, max_tokens=24, max_completion_tokens=4)


@requirement("chat.max-tokens.both")
def test_of_two_limits_the_newer_counts(both_limits: ChatReply) -> None:
    if both_limits.exchange.status in (400, 422):
        return  # as OpenAI: they cannot be used at the same time
    count = both_limits.completion_tokens if both_limits.choices else None
    premise_counted(count is not None, both_limits, "completion")
    expect(
        count is not None and count <= 4,
        "a 4xx, or at most 4 tokens",
        got=count,
        where="/usage/completion_tokens",
        on=both_limits,
    )


@probe
async def one_token(chat: Chat) -> ChatReply:
    """Send a request with the lowest token limit, which is 1."""
    return await chat(LONG, max_tokens=1)


@requirement("chat.max-tokens.one")
def test_a_limit_of_one_token_is_kept(one_token: ChatReply, plain_json: ChatReply) -> None:
    expect_accepted(Faulty(plain_json, one_token), "a limit of one token")
    count = one_token.completion_tokens
    premise_counted(count is not None and count >= 0, one_token, "completion")
    premise(count or one_token.text or one_token.finish_reason == "length", "the model ended before its first token")
    expect(count == 1, "1 token", got=count, where="/usage/completion_tokens", on=one_token)


@probe
async def plain_json(plain: ChatReply) -> ChatReply:
    """Send the simplest request, without streaming."""
    return plain


def limit_of(reply: ChatReply) -> int:
    """Return the token limit that a request sets."""
    body = reply.exchange.request.json
    return int(body.get("max_completion_tokens") or body.get("max_tokens") or 0)


def tokens_of(reply: ChatReply) -> int:
    """Return the number of tokens that the target generated for a response.

    The number of generated tokens includes reasoning tokens, even if the server counts reasoning tokens only in
    `total_tokens`. Returns 0 if the response does not report how many tokens were generated.
    """
    usage = reply.usage or {}
    prompt, total = usage.get("prompt_tokens"), usage.get("total_tokens")
    beside = total - prompt if isinstance(prompt, int) and isinstance(total, int) else 0
    return max(reply.completion_tokens or 0, beside)


@probe
async def short_answers(
    plain: ChatReply, usage_in_stream: ChatReply, recall: list[tuple[str, ChatReply]]
) -> list[ChatReply]:
    """Return responses to short questions, with and without streaming."""
    return [plain, usage_in_stream, *(reply for _, reply in recall)]


@requirement("chat.finish-reason.stop")
def test_an_answer_that_ended_by_itself_does_not_say_length(short_answers: list[ChatReply]) -> None:
    # Some count the end token and some do not, so one token less than the limit may still be the limit.
    ended = [r for r in short_answers if r.accepted and 0 < tokens_of(r) < limit_of(r) - 1]
    premise(ended, "no response ended before its token limit")
    most = max(tokens_of(reply) for reply in short_answers if reply.accepted)
    for reply in ended:
        reason = known_reason(reply)
        # A server may have a limit of its own; where another answer was longer, that was not what ended this one.
        right = reason != "length" or tokens_of(reply) == most
        got = f"{reason} after {tokens_of(reply)} of {limit_of(reply)} tokens"
        expect(right, "stop", got=got, where="/choices/0/finish_reason", on=reply)
    capped = any(reply.finish_reason == "length" for reply in ended)
    premise(not capped, f"no response has more than {most} tokens, which may be a limit of the server")
