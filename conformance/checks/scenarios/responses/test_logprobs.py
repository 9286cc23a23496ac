"""Checks log probabilities in responses: every token has one, and the final object repeats those in the deltas."""

from __future__ import annotations

import math
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.invariants.logprobs import NOISE
from conformance.engine import Transport
from conformance.engine.responses import HELLO, Responses
from conformance.reply import ResponseReply
from conformance.reply.responses import COMMENTARY

from .conftest import LOGPROBS, TOP, place_of_text


@probe(transports=("json", "sse"))
async def response_logprobs(
    responses: Responses, response_with_everything: ResponseReply, response_cut: ResponseReply
) -> ResponseReply:
    """Send the simplest request, and request log probabilities for the generated text.

    Nothing is sent if another response with the same transport already has log probabilities.
    """
    other = response_with_everything if responses.transport is Transport.JSON else response_cut
    parts = other.answer_parts if other.accepted and other.readable else ()
    if any(entries_in(part) for _, part in parts):
        return other
    return await responses(HELLO, **LOGPROBS)


def entries_in(part: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the log probability entries of a text part."""
    listed = part.get("logprobs")
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


def entries_of(reply: ResponseReply) -> list[dict[str, Any]]:
    """Return the log probability entries of all text parts; the check is inconclusive if the model returned no text."""
    premise(reply.answer, "the model returned no text")
    return [entry for _, part in reply.answer_parts for entry in entries_in(part)]


def where_of(reply: ResponseReply) -> str:
    """Return the JSON pointer of the log probability entries of the first text part."""
    return f"{place_of_text(reply)}/logprobs"


def some(reply: ResponseReply) -> list[dict[str, Any]]:
    """Return the log probability entries of a response; the check is inconclusive if there are none."""
    entries = entries_of(reply)
    premise(entries, "there are no log probabilities", see="responses.logprobs")
    return entries


def bytes_of(entry: dict[str, Any]) -> bytes:
    """Return the `bytes` of a log probability entry, or the UTF-8 bytes of its `token` if `bytes` is missing."""
    raw = entry.get("bytes")
    if isinstance(raw, list) and all(isinstance(byte, int) and 0 <= byte < 256 for byte in raw):
        return bytes(raw)
    return str(entry.get("token")).encode("utf-8", "surrogatepass")


@requirement("responses.logprobs")
def test_every_text_has_its_log_probabilities(response_logprobs: ResponseReply) -> None:
    entries = entries_of(response_logprobs)
    good = entries and all(isinstance(entry.get("token"), str) and "logprob" in entry for entry in entries)
    expected = "an entry with token and logprob for each token"
    expect(good, expected, got=entries[:3], where=where_of(response_logprobs), on=response_logprobs)


@requirement("responses.logprobs.values")
def test_log_probabilities_are_not_above_zero(response_logprobs: ResponseReply) -> None:
    where = where_of(response_logprobs)
    for number, entry in enumerate(some(response_logprobs)):
        value = entry.get("logprob")
        finite = isinstance(value, (int, float)) and math.isfinite(value) and value <= NOISE
        good = finite and not isinstance(value, bool)
        expect(good, "a number not above 0", got=value, where=f"{where}/{number}/logprob", on=response_logprobs)


@requirement("responses.logprobs.text")
def test_the_tokens_add_up_to_the_text(response_logprobs: ResponseReply) -> None:
    got = b"".join(bytes_of(entry) for entry in some(response_logprobs)).decode("utf-8", "replace")
    text = response_logprobs.answer
    premise("\ufffd" not in text, "the limit truncated a character")
    # The last token of all may be one that is not shown, as the end of the text.
    expected = f"tokens that add up to {text!r}"
    expect(got.startswith(text), expected, got=got, where=where_of(response_logprobs), on=response_logprobs)


@requirement("responses.logprobs.top")
def test_alternatives_are_as_many_as_asked(response_logprobs: ResponseReply) -> None:
    for number, entry in enumerate(some(response_logprobs)):
        top = entry.get("top_logprobs")
        good = isinstance(top, list) and 1 <= len(top) <= TOP
        where = f"{where_of(response_logprobs)}/{number}/top_logprobs"
        expect(
            good,
            f"one or two alternatives, because the request has top_logprobs {TOP}",
            got=top,
            where=where,
            on=response_logprobs,
        )


@requirement("responses.echo.top-logprobs", transport="json")
def test_the_number_of_alternatives_is_echoed(response_logprobs: ResponseReply) -> None:
    got = response_logprobs.object.get("top_logprobs")
    expect(got == TOP, f"{TOP}, as in the request", got=got, where="/top_logprobs", on=response_logprobs)


@requirement("responses.logprobs.stream", transport="sse")
def test_the_deltas_carry_them_too(response_logprobs: ResponseReply) -> None:
    wanted = [entry.get("token") for entry in some(response_logprobs)]
    commentary = {str(item.get("id")) for item in response_logprobs.output if item.get("phase") == COMMENTARY}
    streamed = [
        entry.get("token")
        for event in response_logprobs.events
        if event.data.get("type") == "response.output_text.delta" and event.data.get("item_id") not in commentary
        for entry in entries_in(event.data)
    ]
    expected = f"the {len(wanted)} tokens of the final object in the deltas"
    expect(streamed == wanted, expected, got=streamed, where="/logprobs", on=response_logprobs)
