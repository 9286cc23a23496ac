"""Chat completions are not stored unless the request asks for it, and unknown ids are rejected."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from conformance.checks import expect, probe, requirement, requirements
from conformance.checks.language import answer
from conformance.checks.refusal import Faulty
from conformance.engine.clients import Chat, Http
from conformance.reply import ChatReply, NotAnswered
from conformance.wire import Exchange

from ..responses.conftest import status_of
from .conftest import HELLO
from .test_stored import Stored, id_of, is_there


@dataclass(frozen=True, slots=True)
class Unstored:
    """The responses to retrieving completions that must not be stored, and to requests with an unknown id."""

    absent: dict[str, Exchange]
    unknown: dict[str, Exchange]


@probe
async def unstored_chats(
    chat: Chat, http: Http, stored_chat: Stored, plain: ChatReply, defaults: Mapping[str, Faulty]
) -> Unstored:
    """Create completions with `store: false` and without `store`, and request an id that never existed."""
    never, new = f"{stored_chat.id[:-8]}{'0' * 8}", {"metadata": {"suite": "conformance"}}
    other = defaults["store"].faulty.exchange
    unstored = ChatReply(other) if other.request.json.get("store") is False else await chat(HELLO, store=False)
    names = [id_of(unstored), id_of(plain)]
    false, default, *unknown = await asyncio.gather(
        *(http("GET", "stored_chat", id=each, fresh=True) for each in names),
        http("GET", "stored_chat", id=never),
        http("GET", "stored_chat_messages", id=never),
        http("POST", "stored_chat", new, id=never),
    )
    by_method = dict(zip(("GET", "GET messages", "POST"), unknown, strict=True))
    return Unstored({"false": false, "default": default}, by_method)


@requirements("said", ("false", "default"), prefix="chat.stored.")
def test_what_was_not_to_be_stored_is_not_there(unstored_chats: Unstored, said: str) -> None:
    found = unstored_chats.absent[said]
    if status_of(found) >= 500:
        raise NotAnswered(found, f"the target answered {found.status}")
    expected = "404, because the request did not set `store: true`"
    expect(not is_there(found), expected, got=answer(found), where="status", on=found)


@requirement("chat.stored.unknown")
def test_an_unknown_id_is_a_404(unstored_chats: Unstored) -> None:
    for name, found in unstored_chats.unknown.items():
        good = not is_there(found) and status_of(found) in (404, 405, 501)  # or the target has no such operation
        expect(good, f"404 for {name} with an unknown id", got=answer(found), where="status", on=found)
