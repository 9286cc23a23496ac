"""A secret is found where no text has it whole and as it is: in wide codings, header names, cut bodies, over events."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from conformance.wire import REDACTED, Event, Exchange, Failure, FailureKind, Redactor, Request, decode, events_in
from conformance.wire.messages import body_of

KEY = "sk-Proj-Ab3xY9z0123456789"
GET = Request("GET", "http://h/")
TOO_LARGE = Failure(FailureKind.TOO_LARGE, "more than 4 MiB")


def stream(body: str, **more: Any) -> Exchange:
    """A stream of events as it was received."""
    data = body.encode()
    return Exchange("x1", GET, status=200, body=data, events=decode(data), **more)


def chunk(delta: str, index: int = 0) -> str:
    """One event of a chat stream."""
    return f"data: {json.dumps({'id': 'c1', 'choices': [{'index': index, 'delta': {'content': delta}}]})}\n\n"


def texts(exchange: Exchange, index: int = 0) -> str:
    """What the deltas of one choice are together."""
    choices = [choice for event in exchange.events for choice in json.loads(event.data)["choices"]]
    return "".join(choice["delta"]["content"] for choice in choices if choice["index"] == index)


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("spell", [str, lambda key: "".join(f"\\u{ord(char):04x}" for char in key)])
def test_a_body_in_a_wide_coding_is_cleaned(coding: str, spell: Any) -> None:
    """JSON readers take it; it stays JSON in its coding."""
    body = f'{{"message": "the key {spell(KEY)}."}}'.encode(coding)
    cleaned = Redactor([KEY]).bytes(body)
    assert json.loads(cleaned) == {"message": f"the key {REDACTED}."}
    assert Redactor([KEY]).bytes(b'{"a":1}'.decode().encode(coding)) == '{"a":1}'.encode(coding)


@pytest.mark.parametrize("coding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("before", [b"", b"\xff", b"abc"])
def test_wide_text_within_other_bytes_is_cleaned(coding: str, before: bytes) -> None:
    """Whatever the body as a whole may be."""
    assert KEY.encode(coding) not in Redactor([KEY]).bytes(before + KEY.encode(coding) + b"\xfe")
    assert KEY.encode(coding) not in Redactor([], [KEY]).bytes(before + KEY.encode(coding) + b"\xfe")


def test_a_wide_body_that_is_cut_keeps_no_beginning() -> None:
    """Also in the middle of a character."""
    body = f'{{"message": "{KEY}'.encode("utf-16-le")
    for end in range(-9, 0):
        assert KEY[:8].encode("utf-16-le") not in Redactor([KEY]).bytes(body[:end], cut=True)


def test_a_secret_in_the_name_of_a_header_is_found() -> None:
    """Names come in lower case."""
    cleaned = Redactor([KEY]).headers([(f"x-{KEY.lower()}-y", "1"), ("x-other", "2")])
    assert cleaned == ((f"x-{REDACTED}-y", "1"), ("x-other", "2"))


@pytest.mark.parametrize("length", range(4, len(KEY)))
@pytest.mark.parametrize(
    "spell",
    [
        str,
        lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
        lambda text: "".join(f"%{ord(char):02x}" for char in text),
        lambda text: "".join(f"&#{ord(char)};" for char in text),
    ],
)
def test_a_body_that_is_cut_keeps_no_beginning_of_a_secret(length: int, spell: Any) -> None:
    """From four characters on, in any spelling; a body that ended by itself keeps its end."""
    body = ("aaaa" + spell(KEY[:length])).encode()
    cut = Exchange("x1", GET, status=200, body=body, failure=TOO_LARGE)
    assert Redactor([KEY]).response(cut).body == b"aaaa" + REDACTED.encode()
    assert Redactor([KEY]).response(replace(cut, failure=None)).body == body


def test_a_spelling_that_is_cut_in_the_middle_of_a_character_goes_too() -> None:
    """The half escape tells which character it was to be."""
    spelled = "".join(f"\\u{ord(char):04x}" for char in KEY)
    for end in range(30, len(spelled)):
        assert Redactor([KEY]).text(f"a {spelled[:end]}", cut=True) == f"a {REDACTED}"
    assert Redactor([KEY]).text(f"a {KEY.encode().hex()[:20]}", cut=True) == f"a {REDACTED}"


@pytest.mark.parametrize("sizes", [[1] * len(KEY), [3, 22], [12, 1, 12], [2, 23, 5]])
def test_a_secret_over_several_deltas_is_found(sizes: list[int]) -> None:
    """One mark stands where it began; the other choice and the other events stay byte for byte."""
    pieces, at = [], 0
    for size in sizes:
        pieces.append(KEY[at : at + size])
        at += size
    others = [chunk(f"word{n} ", index=1) for n in range(len(pieces))]
    ours = [chunk("It is "), *map(chunk, pieces), chunk(" indeed.")]
    mixed = [part for n, each in enumerate(ours) for part in (each, *others[n : n + 1])]
    cleaned = Redactor([KEY]).response(stream("".join(mixed) + "data: [DONE]\n\n"))
    done, *_ = reversed(cleaned.events)
    chunks = replace(cleaned, events=cleaned.events[:-1])
    assert done.data == "[DONE]"
    assert texts(chunks) == f"It is {REDACTED} indeed."
    assert texts(chunks, 1) == "".join(f"word{n} " for n in range(len(pieces)))
    assert all(other.encode() in cleaned.body for other in others)
    assert len(cleaned.events) == len(mixed) + 1


def test_a_stream_without_a_secret_stays_byte_for_byte() -> None:
    """Whatever its spacing."""
    whole = stream('data:{"choices": [ {"delta":{"content":"sk-"}} ]}\r\n\r\ndata: nonsense\n\n')
    assert Redactor([KEY]).response(whole) == whole


def test_two_secrets_in_one_row_of_deltas_are_two_marks() -> None:
    """Each piece is cut where the secret in it begins and ends."""
    parts = ["a" + KEY[:5], KEY[5:] + "b" + KEY[:9], KEY[9:] + KEY[:2], KEY[2:]]
    cleaned = Redactor([KEY]).response(stream("".join(map(chunk, parts))))
    assert texts(cleaned) == f"a{REDACTED}b{REDACTED}{REDACTED}"


def test_events_of_several_data_lines_are_read_together() -> None:
    """Pretty JSON in a stream is lawful; the new text is on one line."""
    body = "".join(
        "".join(f"data: {line}\n" for line in json.dumps({"delta": part}, indent=1).splitlines()) + "\n"
        for part in (KEY[:9], KEY[9:])
    )
    cleaned = Redactor([KEY]).response(stream(body))
    assert [json.loads(event.data)["delta"] for event in cleaned.events] == [REDACTED, ""]
    assert Redactor([KEY]).response(stream(body.rstrip("\n"))).body.count(b"data:") == 2


def test_messages_of_a_websocket_are_followed_too() -> None:
    """Each output's text for itself."""
    said = [
        json.dumps({"type": "response.output_text.delta", "output_index": place, "delta": part})
        for place, part in ((0, KEY[:9]), (1, "x"), (0, KEY[9:]))
    ]
    request = Request("GET", "ws://h/")
    body = body_of(said)
    spoken = Exchange("x1", request, status=101, body=body, events=events_in(request, body, []))
    cleaned = Redactor([KEY]).response(spoken)
    assert [json.loads(event.data)["delta"] for event in cleaned.events] == [REDACTED, "x", ""]


def test_a_stream_that_was_cut_keeps_no_beginning_over_its_deltas() -> None:
    """The probe hung up, or the connection broke, in the middle of the secret."""
    whole = stream("".join(map(chunk, ["is ", *KEY[:9]])))
    assert texts(Redactor([KEY]).response(replace(whole, stopped=True))) == f"is {REDACTED}"
    assert texts(Redactor([KEY]).response(whole)) == f"is {KEY[:9]}"


def test_tokens_that_spell_a_secret_are_taken_out_with_their_bytes() -> None:
    """And so are their likes among the alternatives."""
    tokens = [
        {"token": part, "bytes": list(part.encode()), "top_logprobs": [{"token": part, "bytes": list(part.encode())}]}
        for part in (KEY[:5], KEY[5:15], KEY[15:])
    ]
    body = json.dumps({"choices": [{"logprobs": {"content": tokens}}]}).encode()
    cleaned = Redactor([KEY]).response(Exchange("x1", GET, status=200, body=body))
    found = json.loads(cleaned.body)["choices"][0]["logprobs"]["content"]
    assert [each["token"] for each in found] == [REDACTED, "", ""]
    assert [bytes(each["bytes"]).decode() for each in found] == [REDACTED, "", ""]
    assert [each["top_logprobs"][0]["token"] for each in found] == [REDACTED, "", ""]


def test_a_message_loses_what_an_ellipsis_cuts_off() -> None:
    """And what its end cuts off."""
    redactor = Redactor([KEY], ["other-secret-1234"])
    assert redactor.message(f"got '{KEY[:9]}… (99 characters)'") == f"got '{REDACTED}… (99 characters)'"
    assert redactor.message("got other-sec") == f"got {REDACTED}"
    assert redactor.message("sk-… and other") == "sk-… and other"


@pytest.mark.parametrize(
    "hostile",
    [
        lambda n: "".join(chunk(char) for char in KEY[:-1] * (n // 1500)),
        lambda n: chunk("sk-" * (n // 3)),
        lambda n: "data: {}\n\n" * (n // 10),
        lambda n: "data:\n" * (n // 6),
        lambda n: "data: " + "[" * n + "\n\n",
    ],
)
def test_hostile_streams_cost_linear_time(hostile: Any) -> None:
    """Twice the stream, about twice the time; best of three."""

    def cost(size: int) -> float:
        whole = stream(hostile(size), stopped=True)
        redactor, times = Redactor([KEY]), []
        for _ in range(3):
            began = time.process_time()
            redactor.response(whole)
            times.append(time.process_time() - began)
        return min(times)

    assert cost(200_000) < 4 * cost(100_000) + 0.05


def test_an_event_keeps_its_time() -> None:
    """Rewritten or not."""
    body = "".join(map(chunk, (KEY[:9], KEY[9:]))).encode()
    timed = Exchange("x1", GET, status=200, body=body, events=decode(body, [1.0, 2.0]))
    cleaned = Redactor([KEY]).response(timed)
    assert [event.at_ms for event in cleaned.events] == [1.0, 2.0]
    assert all(isinstance(event, Event) for event in cleaned.events)
