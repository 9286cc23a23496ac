"""Forms of messages that a server may accept without reading them: token counts show whether their text reaches the model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from conformance.checks import probe, requirements, standard
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

from .conftest import ASK_WEATHER, HELLO, WEATHER
from .test_messages import Pair, expect_counted, user
from .test_shapes import CAPITAL, assistant, called, result

SHORT = "Sunny."
LONG = f"{SHORT} One small boat crossed the wide blue lake while seven old men watched from the long stone wall."
FEWEST = 10
"""The fewest tokens by which the long text is longer than the short text: it has 19 more words."""
Messages = list[dict[str, Any]]


def parts(text: str) -> list[dict[str, str]]:
    """Return a text as an array with one content part."""
    return [{"type": "text", "text": text}]


FORMS: Mapping[str, tuple[str, Callable[[str], Messages]]] = {
    "chat.messages.assistant-parts-counted": (
        "the text part of the assistant message in the prompt",
        lambda text: [user(HELLO), assistant(parts(text))],
    ),
    "chat.messages.consecutive-users-counted": (
        "the first of two consecutive user messages in the prompt",
        lambda text: [user(text), user(HELLO), assistant(SHORT)],
    ),
    "chat.messages.tool-parts-counted": (
        "the text part of the tool result in the prompt",
        lambda text: [user(ASK_WEATHER), {**called(1), "content": None}, result(1, parts(text)), assistant(SHORT)],
    ),
}


@probe
async def counted_forms(chat: Chat) -> Mapping[str, Pair]:
    """Send each form of messages twice: with a short text, and with a long text."""

    async def sent(make: Callable[[str], Messages]) -> Pair:
        short, long = await asyncio.gather(*(ask(make(text)) for text in (SHORT, LONG)))
        return short, long

    async def ask(messages: Messages) -> ChatReply:
        tools = [WEATHER] if any(message["role"] == "tool" for message in messages) else None
        return await chat([*messages, user(CAPITAL)], tools=tools, max_tokens=4)

    pairs = await asyncio.gather(*(sent(make) for _, make in FORMS.values()))
    return dict(zip(FORMS, pairs, strict=True))


@requirements("name", tuple(FORMS))
@standard
def test_the_text_of_that_form_reaches_the_model(
    counted_forms: Mapping[str, Pair], short_and_long: Pair, name: str
) -> None:
    what, _ = FORMS[name]
    expect_counted(counted_forms[name], what, short_and_long, at_least=FEWEST)
