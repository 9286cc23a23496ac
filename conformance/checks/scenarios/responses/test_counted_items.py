"""Input items that a server may accept without reading them: token counts show whether their text reaches the model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from conformance.checks import expect, probe, requirements, standard
from conformance.engine.responses import HELLO, Responses
from conformance.reply import ResponseReply

from .conftest import counts, message, premise_growing

Pair = tuple[ResponseReply, ResponseReply]
Items = list[dict[str, Any]]
SHORT = "Sunny."
LONG = f"{SHORT} One small boat crossed the wide blue lake while seven old men watched from the long stone wall."
FEWEST = 10
"""The fewest tokens by which the long text is longer than the short text: it has 19 more words."""


def output(text: str) -> dict[str, Any]:
    """Return a message item as the target puts it into the output of a response."""
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "id": "msg_counted1", "status": "completed", "role": "assistant", "content": content}


FORMS: Mapping[str, tuple[str, Callable[[str], Items]]] = {
    "responses.input.developer-counted": (
        "the developer message in the prompt",
        lambda text: [message("developer", text), message("user", HELLO)],
    ),
    "responses.input.output-items-counted": (
        "the text of an earlier output message in the prompt",
        lambda text: [message("user", HELLO), output(text), message("user", HELLO)],
    ),
}


@probe
async def counted_items(responses: Responses, response_sizes: Pair) -> Mapping[str, Pair]:
    """Send each form of input items twice: with a short text, and with a long text."""

    async def sent(make: Callable[[str], Items]) -> Pair:
        short, long = await asyncio.gather(*(responses(make(text), max_output_tokens=16) for text in (SHORT, LONG)))
        return short, long

    if not response_sizes[0].accepted:
        return dict.fromkeys(FORMS, response_sizes)
    pairs = await asyncio.gather(*(sent(make) for _, make in FORMS.values()))
    return dict(zip(FORMS, pairs, strict=True))


@requirements("name", tuple(FORMS))
@standard
def test_the_text_of_that_item_reaches_the_model(
    counted_items: Mapping[str, Pair], response_sizes: Pair, name: str
) -> None:
    premise_growing(*response_sizes)
    short, long = counts(*counted_items[name])
    expect(
        long >= short + FEWEST,
        f"{FORMS[name][0]}: at least {FEWEST} more input tokens than the {short} with a shorter text",
        got=long,
        where="/usage/input_tokens",
        on=counted_items[name][1],
    )
