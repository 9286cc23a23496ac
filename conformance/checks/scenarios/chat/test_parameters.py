"""Parameters whose effect can be counted: token limits, the number of choices, log probabilities, and the seed."""

from __future__ import annotations

import asyncio

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.crosstalk import spoken
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

from .conftest import LIMIT, LONG, counts, known_reason, premise_counted
from .test_sampling import premise_choice

ENDS = (".", "!", "?", "…", "。")
"""Characters that end the last sentence of a text."""


LONGEST = 128
"""The most characters of a token in prose, with any tokenizer."""
SHORT = 16
"""Characters per token, of which a truncated text has no more: prose has four to six."""


def expect_at_most(reply: ChatReply, limit: int) -> None:
    """Expect that the token count in the response is at most `limit`.

    If the target counts no tokens, the number of characters is judged. A response violates the requirement if its text
    is too long for the token limit. A short text with `finish_reason: length` is not a violation.
    """
    text, count = reply.text, reply.completion_tokens
    if count is not None:
        expect(count <= limit, f"at most {limit} tokens", got=count, where="/usage/completion_tokens", on=reply)
    expect_short(text, limit, reply)
    cut = reply.finish_reason == "length" and 0 < len(text) <= limit * SHORT
    premise_counted(count is not None or cut, reply, "completion")


def expect_short(text: str, limit: int, reply: ChatReply) -> None:
    """Expect that the text is short enough for `limit` tokens, whatever token count the target reports."""
    where = "/choices/0/message/content"
    expect(len(text) <= limit * LONGEST, f"a text no longer than {limit} tokens", got=text, where=where, on=reply)


@requirement("chat.max-tokens.bounds")
def test_max_tokens_bounds_the_answer(cut_short: ChatReply) -> None:
    expect_at_most(cut_short, LIMIT)


@probe(transports=("json", "sse"))
async def cut_and_uncut(chat: Chat, cut_short: ChatReply) -> tuple[ChatReply, ChatReply | None]:
    """Send a request whose token limit should truncate the response.

    If the response does not report that it was truncated, also send the same request with four times the limit.
    """
    said = cut_short.accepted and all(choice.finish_reason == "length" for choice in cut_short.choices)
    return cut_short, None if said else await chat(LONG, max_tokens=4 * LIMIT)


@requirement("chat.max-tokens.finish-reason")
def test_an_answer_cut_by_the_limit_says_length(cut_and_uncut: tuple[ChatReply, ChatReply | None]) -> None:
    cut, uncut = cut_and_uncut
    reason, count = known_reason(cut), cut.completion_tokens
    premise_counted(count is not None, cut, "completion")
    assert count is not None  # for the type checker: the premise says so
    premise(count >= LIMIT, f"the model stopped by itself after {count} tokens")
    if reason == "length":
        return
    # Some count the end token; a longer answer was not cut at all.
    premise(count <= LIMIT + 1, f"the limit is ignored ({count} tokens)", see="chat.max-tokens.bounds")
    # "I'm sorry, I can't help." has eight tokens, too.
    whole = reason == "stop" and cut.text.rstrip().endswith(ENDS)
    premise(not whole, f"the model may have stopped by itself at the last token: {cut.text!r}")
    same = uncut is not None and uncut.accepted and uncut.text == cut.text
    premise(not same, f"a higher limit gives the same text, so the limit did not truncate it: {cut.text!r}")
    expect(False, "length", got=reason, where="/choices/0/finish_reason", on=cut)


TOO_MANY = 2 * LIMIT * LONGEST
"""The events of a stream after which the client disconnects: eight tokens have far fewer, even one for each character."""


@probe(transports=("json", "sse"))
async def limited_new(chat: Chat) -> ChatReply:
    """Send a request that sets its token limit with `max_completion_tokens`."""
    options = {"include_usage": True} if chat.transport == "sse" else None
    body = chat.body(LONG, stream_options=options, max_completion_tokens=LIMIT)
    chat.check(body)
    return await chat.post(body, stop_after_events=TOO_MANY if chat.transport == "sse" else None)


@requirement("chat.max-completion-tokens.bounds")
def test_max_completion_tokens_bounds_the_answer(limited_new: ChatReply) -> None:
    exchange = limited_new.exchange
    if exchange.status == 200 and exchange.events and (exchange.stopped or exchange.failure):
        expect_short(spoken(exchange), LIMIT, limited_new)  # the target would have gone on
    expect_at_most(limited_new, LIMIT)


@requirement("chat.n.count")
def test_n_gives_as_many_choices(two_choices: ChatReply) -> None:
    found = [choice.index for choice in two_choices.choices]
    expect(found == [0, 1], "choices with index 0 and 1", got=found, where="/choices", on=two_choices)


@probe
async def one_and_two(cut_short: ChatReply, two_choices: ChatReply) -> tuple[ChatReply, ChatReply]:
    """Send the same prompt twice: request one choice, and then two choices."""
    return cut_short, two_choices


@requirement("chat.n.prompt-counted-once")
def test_the_prompt_is_counted_once_for_all_choices(one_and_two: tuple[ChatReply, ChatReply]) -> None:
    one, two = one_and_two
    premise(len(two.choices) == 2, "there are not two choices")
    alone, both = counts(one, two)
    expect(alone == both, f"{alone} prompt tokens", got=both, where="/usage/prompt_tokens", on=two)


@requirement("chat.logprobs.shape")
def test_logprobs_has_an_entry_for_each_token(logprobs_asked: ChatReply) -> None:
    choice = logprobs_asked.choices[0]
    entries = choice.logprobs
    premise(choice.text or entries, "the model returned no text, so there are no tokens")
    where = "/choices/0/logprobs/content"
    expect(entries, "one entry for each token", got=entries, where=where, on=logprobs_asked)
    for number, entry in enumerate(entries or ()):
        missing = [name for name in ("token", "logprob", "bytes", "top_logprobs") if name not in entry]
        expect(
            not missing, "token, logprob, bytes, top_logprobs", got=entry, where=f"{where}/{number}", on=logprobs_asked
        )


@requirement("chat.top-logprobs.count")
def test_top_logprobs_lists_so_many_alternatives(logprobs_asked: ChatReply) -> None:
    entries = logprobs_asked.choices[0].logprobs
    most = logprobs_asked.exchange.request.json["top_logprobs"]
    premise(entries, "there are no logprobs")
    for number, entry in enumerate(entries or ()):
        listed = entry.get("top_logprobs")
        expect(
            isinstance(listed, list) and 1 <= len(listed) <= most,
            f"one to {most} alternatives",
            got=listed,
            where=f"/choices/0/logprobs/content/{number}/top_logprobs",
            on=logprobs_asked,
        )


@probe
async def seeded(chat: Chat) -> list[ChatReply]:
    """Send two requests with the same seed at temperature 1."""
    ask = chat.body(LONG, seed=20260101, temperature=1, max_tokens=16)
    return list(await asyncio.gather(*(chat.post(ask, fresh=True) for _ in range(2))))


@requirement("chat.seed.repeatable")
def test_the_same_seed_gives_the_same_answer(seeded: list[ChatReply]) -> None:
    texts = [reply.text for reply in seeded]
    expect(len(set(texts)) == 1, "the same text twice", got=texts, where="/choices/0/message/content", on=seeded[1])


@probe
async def other_seeds(chat: Chat, seeded: list[ChatReply]) -> list[ChatReply]:
    """Send the same request with different seeds, until two of three responses differ."""
    found = [seeded[0]]
    for seed in (1, 2):
        found.append(await chat(LONG, seed=seed, temperature=1, max_tokens=16))
        if found[0].accepted and found[-1].accepted and found[-1].text != found[0].text:
            break
    return found


@requirement("chat.seed.differs")
def test_other_seeds_give_other_answers(other_seeds: list[ChatReply], sampled_twice: list[ChatReply]) -> None:
    found = [reply.text for reply in other_seeds]
    premise_choice(sampled_twice)
    expect(
        len(set(found)) > 1,
        f"two different texts from {len(found)} seeds",
        got=found,
        where="/choices/0/message/content",
        on=other_seeds[1],
    )
