"""Hostile text twice as long costs twice the time: every judge of text and every reader, by the processor's clock."""

from __future__ import annotations

import gc
import gzip
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from conformance.checks.constraints.constraint import JsonObject, JsonSchema, Regex
from conformance.checks.constraints.json_prefix import NotJson, read_beginning
from conformance.checks.constraints.regex_prefix import may_match
from conformance.checks.scenarios.chat.test_messages import read_as_latin_1, same_but_for_lost
from conformance.checks.scenarios.chat.test_stop_forms import re as stop_forms
from conformance.checks.scenarios.chat.test_tool_arguments import re as tool_arguments
from conformance.checks.scenarios.chat.test_tool_choice import writes_a_call
from conformance.contract import SpecError, load_document, load_registry
from conformance.judging.foreign import judge_file
from conformance.judging.tally import Judging
from conformance.record.codec import exchange_from_dict, exchange_to_dict
from conformance.recordings import RecordingError, read_recording
from conformance.reply import ChatReply, read_error
from conformance.reply.error import points_at
from conformance.wire import Exchange, Redactor, Request, decode, parse_json
from conformance.wire.decoding import BodyDecoder
from conformance.wire.sse import SSEDecoder
from tests.checks.examples import HEADERS, REQUEST, SSE, URL

MOST = 2.5
"""By how much twice the text may take longer; the rest is for caches and other noise."""
TRIES = 12
"""At most. The shortest of many tries is what the work costs without the noise; what is quadratic never passes."""
FEWEST_TRIES = 2
ENOUGH_S = 0.05
"""What takes less than this for the longer text is quick, whatever its growth."""
MAX_SECONDS = 10.0
"""For the longer text: no judge of 4 MiB may take a time that a user sees as a hang."""
MIB = 1024 * 1024

REGISTRY = load_registry()
EMPTY_MEMBER = gzip.compress(b"", mtime=0)
RECORD = JsonSchema.of(
    {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}, "uniqueItems": True}}}
)
RESPONSES = URL.replace("chat/completions", "responses")
HEAD = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n"


def judged(body: bytes, *, sse: bool = False, url: str = URL, status: int = 200, **asked: Any) -> None:
    """All invariants on one answer."""
    request = Request("POST", url, (("content-type", "application/json"),), json.dumps(REQUEST | asked).encode())
    headers, events = (SSE, decode(body)) if sse else (HEADERS, ())
    Judging(REGISTRY).add(Exchange("x1", request, status=status, headers=headers, body=body, events=events))


def chat_answer(**fields: Any) -> bytes:
    """A completion with these fields next to the usual ones."""
    whole = {"id": "c", "object": "chat.completion", "created": 1_760_000_000, "model": "m"}
    return json.dumps(whole | fields).encode()


def chat_stream(chunks: list[dict[str, Any]]) -> bytes:
    """A stream of these chunks."""
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1_760_000_000, "model": "m"}
    return b"".join(f"data: {json.dumps(head | chunk)}\n\n".encode() for chunk in chunks) + b"data: [DONE]\n\n"


def deltas(count: int, make: Callable[[int], dict[str, Any]]) -> bytes:
    """A stream of so many deltas of choice 0, and its end."""
    chunks = [{"choices": [{"index": 0, "delta": make(n), "finish_reason": None}]} for n in range(count)]
    return chat_stream([*chunks, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}])


def response_stream(count: int, make: Callable[[int], list[dict[str, Any]]]) -> bytes:
    """A Responses stream of these events, so many times."""
    events = [event for n in range(count) for event in make(n)]
    return b"".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in events)


def item(kind: str, n: int, **fields: Any) -> dict[str, Any]:
    """An event of a separate item."""
    return {"type": f"response.output_item.{kind}", "item": {"type": "message", "id": f"i{n}", **fields}}


def part(kind: str, index: int) -> dict[str, Any]:
    """An event of a part of the item at 0."""
    return {"type": f"response.content_part.{kind}", "output_index": 0, "content_index": index, "part": {"text": "x"}}


def text_delta(index: int) -> dict[str, Any]:
    """A delta of a text of the item at 0."""
    return {"type": "response.output_text.delta", "output_index": 0, "content_index": index, "delta": "a"}


def fed(body: bytes, size: int) -> None:
    """A stream that arrives in pieces."""
    decoder = SSEDecoder(max_event_bytes=64 * MIB)
    for at in range(0, len(body), size):
        decoder.feed(body[at : at + size], 0.0)
    decoder.close(0.0)


def decoded(raw: bytes, reads: int = 64 * 1024, coding: str = "gzip") -> None:
    """A compressed body that arrives in pieces."""
    decoder = BodyDecoder(coding, 64 * MIB)
    for at in range(0, len(raw), reads):
        for _ in decoder.add(raw[at : at + reads]):
            pass


def refused(error: type[Exception], read: Callable[[], object]) -> None:
    """Read what need not be readable."""
    with suppress(error):
        read()


REDACTOR = Redactor(["sk-0123456789abcdef0123456789abcdef"])

# Name → the size for which the time is taken first, and what is done with so much text.
TEXTS: dict[str, tuple[int, Callable[[int], Callable[[], object]]]] = {
    "unicode, lost characters": (40_000, lambda n: lambda: same_but_for_lost("a\ufffd" * n + "b", "a" * 5 * n)),
    "unicode, one letter apart": (400_000, lambda n: lambda: same_but_for_lost("ab\ufffdab" * n, "aba" * n)),
    "unicode, latin 1": (60_000, lambda n: lambda: read_as_latin_1("Ã¼" * n)),
    "prefix, strings": (40_000, lambda n: lambda: read_beginning("[" + '"",' * n)),
    "prefix, one string": (300_000, lambda n: lambda: read_beginning('["' + "a\\n" * n)),
    "prefix, objects": (10_000, lambda n: lambda: read_beginning('{"a":[' + '{"b":[1]},' * n)),
    "prefix, levels": (200_000, lambda n: lambda: refused(NotJson, lambda: read_beginning("[" * n))),
    "prefix, digits": (MIB, lambda n: lambda: refused(ValueError, lambda: read_beginning("1" * n + "x"))),
    "schema, whole": (40_000, lambda n: lambda: RECORD.admits('{"a":[' + ",".join(["1"] * n) + "]}")),
    "schema, unlike items": (40_000, lambda n: lambda: RECORD.admits(json.dumps({"a": [str(k) for k in range(n)]}))),
    "schema, cut": (15_000, lambda n: lambda: RECORD.may_begin('{"a":[' + '"a",' * n)),
    "schema, spaces": (MIB, lambda n: lambda: JsonObject().may_begin(" " * n)),
    "regex, whole": (MIB, lambda n: lambda: Regex(r"(zq|xv)[^a-z0-9\s]{2}[0-9]{1,3}k?w+?[QZ]").admits("zq##1w" + "w" * n)),
    "regex, cut": (20_000, lambda n: lambda: may_match(r"(zq|xv)[^a-z0-9\s]{2}[0-9]{1,3}k?w+?[QZ]", "zq##1" + "w" * n)),
    "call, open arrays": (100_000, lambda n: lambda: writes_a_call("<tool_call>get_weather" + "[" * n)),
    "call, open objects": (MIB, lambda n: lambda: writes_a_call("<tool_call>" + '{"a":1,' * (n // 7))),
    "call, arrays of numbers": (MIB, lambda n: lambda: writes_a_call("<tool_call>[" + "1," * (n // 2))),
    "call, many names": (100_000, lambda n: lambda: writes_a_call("<function=" + "get_weather " * n)),
    "stop, doubled letters": (MIB, lambda n: lambda: stop_forms.search(r"(\S)\1(?!\1)\S", "aa " * n)),
    "arguments, escapes": (300_000, lambda n: lambda: tool_arguments.sub(r"\\u[0-9a-fA-F]{4}|[^\x20-\x7e]|\?", "", "\\u12" * n)),
    "json, levels": (MIB, lambda n: lambda: refused(ValueError, lambda: parse_json("[" * n))),
    "json, digits": (MIB, lambda n: lambda: refused(ValueError, lambda: parse_json("1" * n))),
    "json, NaN": (200_000, lambda n: lambda: parse_json("[" + "NaN," * n + "0]")),
    "error, message": (MIB, lambda n: lambda: points_at(read_error(_refusal("stop" * (n // 4))), ("stop", "tools"))),
    "redact, escapes": (200_000, lambda n: lambda: REDACTOR.text("\\\\\\u0073%73&#115;" * (n // 16))),
    "redact, beginnings": (MIB, lambda n: lambda: REDACTOR.text("sk-0123456789abcde" * (n // 18))),
    "record": (20_000, lambda n: lambda: exchange_from_dict(exchange_to_dict(_recorded(n)))),
    "gzip, empty members": (20_000, lambda n: lambda: decoded(EMPTY_MEMBER * n)),
    "gzip, empty members at once": (20_000, lambda n: lambda: decoded(EMPTY_MEMBER * n, 64 * MIB)),
    "gzip, noise": (4 * MIB, lambda n: lambda: decoded(gzip.compress(bytes(range(256)) * (n // 256), 0), 64 * MIB)),
    "gzip, byte by byte": (50_000, lambda n: lambda: decoded(gzip.compress(b"a" * 50 * n, 0)[:n], 1)),
    "sse, one line": (MIB, lambda n: lambda: fed(b"data: " + b"a" * n, 1_000)),
    "sse, byte by byte": (50_000, lambda n: lambda: fed(b"data: a\r\r" * (n // 9), 1)),
    "sse, one event of many lines": (50_000, lambda n: lambda: decode(b"data: a\n" * n)),
    "sse, no line end": (8 * MIB, lambda n: lambda: decode(b"data: " + b"a" * n)),
}  # fmt: skip

ANSWERS: dict[str, tuple[int, Callable[[int], Callable[[], object]]]] = {
    "choices that are empty": (5_000, lambda n: lambda: judged(chat_answer(choices=[{}] * n))),
    "calls with ids": (4_000, lambda n: lambda: judged(_calls(n))),
    "calls without anything": (
        20_000,
        lambda n: lambda: judged(chat_answer(choices=[{"index": 0, "message": {"tool_calls": [{}] * n}}])),
    ),
    "keys that nobody knows": (20_000, lambda n: lambda: judged(chat_answer(**{f"x{k}": k for k in range(n)}))),
    "a long model id": (MIB, lambda n: lambda: judged(chat_answer(model="m" * n, choices=[]))),
    "a long text": (MIB, lambda n: lambda: judged(_text("a[{<" * (n // 4)))),
    "an error": (MIB, lambda n: lambda: judged(json.dumps({"error": {"message": "a" * n}}).encode(), status=400)),
    "an error of numbers": (100_000, lambda n: lambda: judged(json.dumps({"error": [1] * n}).encode(), status=400)),
    "deltas of text": (1_500, lambda n: lambda: judged(deltas(n, lambda _: {"content": "a"}), sse=True)),
    "deltas of refusals": (1_500, lambda n: lambda: judged(deltas(n, lambda _: {"refusal": "a" * 50}), sse=True)),
    "deltas of arguments": (1_000, lambda n: lambda: judged(deltas(n, _arguments), sse=True)),
    "deltas of calls": (1_500, lambda n: lambda: judged(deltas(n, _new_call), sse=True)),
    "deltas of logprobs": (1_500, lambda n: lambda: judged(_logprobs(n), sse=True)),
    "deltas of other shapes": (1_000, lambda n: lambda: judged(deltas(n, lambda k: {f"k{k}": k}), sse=True)),
    "finished choices": (1_000, lambda n: lambda: judged(_finished(n), sse=True, n=2)),
    "tiny events": (8_000, lambda n: lambda: judged(b"data: 1\n\n" * n, sse=True)),
    "items added": (800, lambda n: lambda: _responses(n, lambda k: [item("added", k)])),
    "items of one place": (600, lambda n: lambda: _responses(n, lambda k: [item("added", 0), item("done", k)])),
    "items far away": (500, lambda n: lambda: _responses(n, lambda k: [item("added", k), {**item("done", k), "output_index": 10**6 + k}])),
    "parts of an item": (700, lambda n: lambda: _parts(n)),
    "deltas of closed parts": (700, lambda n: lambda: _closed_parts(n)),
    "items of a response": (2_000, lambda n: lambda: _response(n, lambda k: {"type": "message", "id": f"i{k}"})),
    "calls of a response": (2_000, lambda n: lambda: _response(n, lambda k: {"type": "function_call", "call_id": [k]})),
}  # fmt: skip


def _refusal(message: str) -> Exchange:
    body = json.dumps({"error": {"message": message}}).encode()
    return Exchange("x1", Request("POST", URL), status=400, headers=HEADERS, body=body)


def _recorded(events: int) -> Exchange:
    body = b"data: 1\n\n" * events
    return Exchange("x1", Request("POST", URL), status=200, headers=SSE, body=body, events=decode(body))


def _text(text: str) -> bytes:
    return chat_answer(
        choices=[{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]
    )


def _calls(count: int) -> bytes:
    calls = [{"id": f"c{n}", "type": "function", "function": {"name": "x", "arguments": "{}"}} for n in range(count)]
    return chat_answer(choices=[{"index": 0, "message": {"role": "assistant", "tool_calls": calls}}])


def _arguments(_: int) -> dict[str, Any]:
    return {"tool_calls": [{"index": 0, "function": {"arguments": "a" * 200}}]}


def _new_call(number: int) -> dict[str, Any]:
    return {"tool_calls": [{"index": number, "id": f"c{number}", "function": {"name": "x", "arguments": "{}"}}]}


def _logprobs(count: int) -> bytes:
    entry = {"token": "a", "logprob": -1, "bytes": [97], "top_logprobs": []}
    choice = {"index": 0, "delta": {"content": "a"}, "logprobs": {"content": [entry]}, "finish_reason": None}
    return chat_stream([{"choices": [choice]}] * count)


def _finished(count: int) -> bytes:
    return chat_stream([{"choices": [{"index": [n], "delta": {}, "finish_reason": "stop"}]} for n in range(count)])


def _responses(count: int, make: Callable[[int], list[dict[str, Any]]]) -> None:
    judged(response_stream(count, make), sse=True, url=RESPONSES, stream=True)


def _parts(count: int) -> None:
    """Deltas, and then parts that are opened and closed again at the same place, each with all of the deltas."""
    opened = [item("added", 0) | {"output_index": 0}, part("added", 0), *(text_delta(0) for _ in range(count))]
    again = [event for _ in range(count) for event in (part("done", 0), part("added", 0))]
    _responses(1, lambda _: [*opened, *again])


def _closed_parts(count: int) -> None:
    """Many parts that are over, and then deltas of none of them."""
    over = [event for n in range(count) for event in (part("added", n), part("done", n))]
    _responses(1, lambda _: [item("added", 0) | {"output_index": 0}, *over, *(text_delta(10**6) for _ in range(count))])


def _response(count: int, make: Callable[[int], dict[str, Any]]) -> None:
    whole = {"id": "r", "object": "response", "status": "completed", "output": [make(n) for n in range(count)]}
    judged(json.dumps(whole).encode(), url=RESPONSES)


def _line(**fields: Any) -> str:
    return json.dumps({"url_path": "/v1/chat/completions", "status": 200, **fields}) + "\n"


def _cassette(body: str) -> str:
    return f"interactions:\n- request: {{method: POST, uri: 'https://h/v1/chat/completions'}}\n  response: {{status: 200, body: {{string: {body}}}}}\n"


STREAM = {"content-type": "text/event-stream"}
# Name → the size, the file's name, and its text.
FILES: dict[str, tuple[int, str, Callable[[int], bytes]]] = {
    "lines, one long": (4 * MIB, "a.jsonl", lambda n: _line(response_body="a" * n).encode()),
    "lines, many": (300, "a.jsonl", lambda n: _line(response_body={"choices": []}).encode() * n),
    "lines, events in one": (8_000, "a.jsonl", lambda n: _line(response_headers=STREAM, response_body='data: {"a":1}\n\n' * n).encode()),
    "lines, one event": (4 * MIB, "a.jsonl", lambda n: _line(response_headers=STREAM, response_body="data: " + "a" * n).encode()),
    "lines, choices": (5_000, "a.jsonl", lambda n: _line(response_body={"choices": [{}] * n}).encode()),
    "har, empty gzip members": (20_000, "a.har", lambda n: _har(EMPTY_MEMBER * n)),
    "har, brackets": (MIB, "a.har", lambda n: b'{"log": ' + b"[" * n),
    "yaml, brackets": (100_000, "a.yaml", lambda n: b"interactions: " + b"[" * n),
    "yaml, quoted brackets": (MIB, "a.yaml", lambda n: _cassette("'" + "[{" * n + "'").encode()),
    "yaml, aliases": (2_000, "a.yaml", lambda n: b"a: &a [x]\nb: [" + b"*a, " * n + b"x]\ninteractions: []\n"),
    "yaml, aliases of aliases": (100, "a.yaml", lambda n: "\n".join(["a0: &a0 [x]", *(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, n))]).encode()),
    "yaml, sixties": (50_000, "a.yaml", lambda n: _cassette("1:" * n + "1").encode()),
    "yaml, hex": (200_000, "a.yaml", lambda n: _cassette("0x" + "f" * n).encode()),
}  # fmt: skip
DOCUMENTS: dict[str, tuple[int, str, Callable[[int], bytes]]] = {
    "document, brackets": (100_000, "a.yaml", lambda n: (HEAD + "x: " + "[" * n).encode()),
    "document, sixties": (50_000, "a.yaml", lambda n: (HEAD + "x: " + "1:" * n + "1\n").encode()),
    "document, schemas": (500, "a.json", lambda n: _schemas(n, lambda _: {"type": "string"})),
    "document, a chain": (80, "a.json", lambda n: _schemas(n, lambda k: {"allOf": [{"$ref": f"#/components/schemas/S{k - 1}"}] * 2} if k else {})),
    "document, references": (2_000, "a.json", lambda n: _schemas(n, lambda _: {"items": {"$ref": "#/components/schemas/S0"}})),
}  # fmt: skip


def _har(raw: bytes) -> bytes:
    import base64

    content = {"text": base64.b64encode(raw).decode(), "encoding": "base64"}
    response = {"status": 200, "headers": [{"name": "content-encoding", "value": "gzip"}], "content": content}
    request = {"method": "POST", "url": URL, "headers": []}
    return json.dumps({"log": {"entries": [{"request": request, "response": response}]}}).encode()


def _schemas(count: int, make: Callable[[int], dict[str, Any]]) -> bytes:
    schemas = {f"S{n}": make(n) for n in range(count)}
    return json.dumps(
        {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": schemas}}
    ).encode()


@pytest.fixture(autouse=True)
def nothing_else_to_collect() -> Iterator[None]:
    """Keep the garbage collector away from what other tests left: going through it takes longer than what is measured."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def cpu(do: Callable[[], object]) -> float:
    """The seconds of the processor that it takes once."""
    gc.collect()
    gc.disable()  # its time depends on all else that lives in this process
    started = time.process_time()
    try:
        do()
    finally:
        gc.enable()
    return time.process_time() - started


def expect_linear(once: Callable[[], object], twice: Callable[[], object]) -> None:
    """The second takes at most `MOST` times as long as the first, each by its shortest try."""
    shorter = longer = MAX_SECONDS
    for tries in range(TRIES):
        longer = min(longer, cpu(twice))
        assert longer < MAX_SECONDS
        if longer < ENOUGH_S:
            return
        shorter = min(shorter, cpu(once))
        if tries >= FEWEST_TRIES - 1 and longer <= MOST * shorter:
            return
    assert longer <= MOST * shorter, f"{shorter:.3f} s, and {longer:.3f} s for twice as much"


@pytest.mark.alone
@pytest.mark.parametrize("name", TEXTS)
def test_a_judge_of_text_takes_linear_time(name: str) -> None:
    """What a target may write, worst first: as text, compressed, in events."""
    size, make = TEXTS[name]
    expect_linear(make(size), make(2 * size))


@pytest.mark.alone
@pytest.mark.parametrize("name", ANSWERS)
def test_all_invariants_take_linear_time(name: str) -> None:
    """Thousands of everything that an answer may have, right and wrong."""
    size, make = ANSWERS[name]
    expect_linear(make(size), make(2 * size))


@pytest.mark.alone
@pytest.mark.parametrize("name", FILES)
def test_a_recording_is_read_and_judged_in_linear_time(tmp_path: Path, name: str) -> None:
    """Whether it can be judged, or is refused."""
    size, file, make = FILES[name]
    files = [tmp_path / f"{count}-{file}" for count in (size, 2 * size)]
    for path, count in zip(files, (size, 2 * size), strict=True):
        path.write_bytes(make(count))
    expect_linear(*((lambda path=path: refused(RecordingError, lambda: _judged(path))) for path in files))


def _judged(path: Path) -> None:
    list(read_recording(path))
    judge_file(path, REGISTRY)


@pytest.mark.alone
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_read_in_linear_time(tmp_path: Path, name: str) -> None:
    """Whether it can be used, or is refused."""
    size, file, make = DOCUMENTS[name]
    files = [tmp_path / f"{count}-{file}" for count in (size, 2 * size)]
    for path, count in zip(files, (size, 2 * size), strict=True):
        path.write_bytes(make(count))
    expect_linear(*((lambda path=path: refused(SpecError, lambda: load_document(path))) for path in files))


@pytest.mark.alone
def test_a_reply_of_many_deltas_is_put_together_in_linear_time() -> None:
    """Text, refusals and arguments, in pieces of fifty characters."""

    def make(count: int) -> Callable[[], object]:
        body = deltas(count, lambda n: {"content": "a" * 50, "refusal": "b" * 50, **_arguments(n)})
        exchange = Exchange("x1", Request("POST", URL), status=200, headers=SSE, body=body, events=decode(body))
        return lambda: ChatReply(exchange).choices

    expect_linear(make(2_500), make(5_000))
