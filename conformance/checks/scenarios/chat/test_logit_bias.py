"""A `logit_bias` of 100 determines every token; the request with the bias also asks for two choices at temperature 0."""

from __future__ import annotations

from conformance.checks import expect, probe, requirement
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

from .conftest import LENGTH, LONG
from .test_sampling import BIASED, TEXT, only_greedy


@probe
async def biased_choices(chat: Chat) -> ChatReply:
    """Request two choices at temperature 0, with a `logit_bias` so high that it determines every token."""
    return await chat(LONG, n=2, temperature=0, max_tokens=LENGTH, logit_bias={BIASED: 100})


def repeats_one_token(text: str) -> bool:
    """Return whether a text consists of one piece that is repeated.

    The space before the first piece of the text may be missing.
    """
    return any(len(each) > 1 and (each + each).find(each, 1) < len(each) for each in (text, f" {text.strip()}"))


@probe
async def biased(chat: Chat, biased_choices: ChatReply, greedy: list[ChatReply]) -> ChatReply:
    """Send a request at temperature 0 with a `logit_bias` so high that it determines every token.

    Nothing is sent if every choice of an earlier response with this `logit_bias` repeats one token.
    """
    found = [choice.text for choice in biased_choices.choices] if biased_choices.accepted else []
    if found and all(map(repeats_one_token, found)) and greedy[0].accepted and greedy[0].text not in found:
        return biased_choices
    return await chat(LONG, temperature=0, max_tokens=LENGTH, logit_bias={BIASED: 100})


@requirement("chat.logit-bias.honoured")
def test_a_bias_of_100_decides_the_text(biased: ChatReply, greedy: list[ChatReply]) -> None:
    text, without = biased.text, only_greedy(greedy)
    expect(text != without, f"a text other than {without!r}, the one without the bias", got=text, where=TEXT, on=biased)
