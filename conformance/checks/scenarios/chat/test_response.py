"""Compares responses: ids must differ, `created` must be the current time, and longer prompts must have more tokens."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.whole_run import (
    RepeatedIds,
    RepeatedUsage,
    ServedModels,
    Tallied,
    created_now,
    listed_models,
)
from conformance.engine.clients import Chat
from conformance.reply import ChatReply
from conformance.wire import Exchange

from .conftest import HELLO, counts


@probe
async def asked_twice(chat: Chat, long_histories: tuple[ChatReply, ...]) -> tuple[ChatReply, ChatReply]:
    """Send the same request twice, after other probes have sent long conversations."""
    del long_histories  # only to come after them
    return await chat(HELLO, max_tokens=4), await chat(HELLO, max_tokens=4, fresh=True)


@requirement("chat.response.id-unique")
def test_two_completions_have_two_ids(asked_twice: tuple[ChatReply, ChatReply]) -> None:
    first, second = asked_twice
    ids = [first.body.get("id"), second.body.get("id")]
    premise(all(ids), "an answer has no id")
    expect(ids[0] != ids[1], "a different id for the second response", got=ids, where="/id", on=second)


@requirement("chat.response.id-reused")
def test_no_id_repeats_in_the_run(tallied: Tallied) -> None:
    tallied("chat.response.id-reused", RepeatedIds().judge)


@requirement("chat.response.created-now")
def test_created_agrees_with_the_clock(tallied: Tallied) -> None:
    tallied("chat.response.created-now", created_now)


@requirement("chat.response.model-served")
def test_the_model_is_the_requested_one(
    tallied: Tallied, all_exchanges: Callable[[], list[Exchange]], model_list: Exchange
) -> None:
    del model_list  # only to come after it
    tallied("chat.response.model-served", ServedModels(listed_models(all_exchanges())).judge)


@requirement("chat.usage.repeatable")
def test_the_same_answer_counts_the_same(tallied: Tallied, greedy: list[ChatReply]) -> None:
    del greedy  # two equal requests at temperature 0
    tallied("chat.usage.repeatable", RepeatedUsage().judge)


@requirement("chat.usage.prompt-grows")
def test_a_longer_prompt_counts_more(short_and_long: tuple[ChatReply, ChatReply]) -> None:
    short, long = counts(*short_and_long)
    expect(
        long > short,
        f"more than the {short} tokens of the short prompt",
        got=long,
        where="/usage/prompt_tokens",
        on=short_and_long[1],
    )
