"""Each invariant on small exchanges: right ones break nothing, and each damage breaks what it should and nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from conformance.checks.invariant import Judging, Tally
from conformance.contract import load_registry
from conformance.verdict import Outcome
from conformance.wire import Exchange, Failure, FailureKind, Request, decode

Data = Any
Damage = Callable[[Data], Data]
REGISTRY = load_registry()
OURS = {name for name in REGISTRY if not name.startswith(("telnyx.", "vllm."))}
URL = "https://api.example.com/v1/chat/completions"
DATE = ("date", "Sat, 01 Aug 2026 00:00:00 GMT")
HEADERS = (("content-type", "application/json"), DATE, ("x-request-id", "req_1"))
SSE = (("content-type", "text/event-stream"), DATE, ("x-request-id", "req_1"))

TOOLS = [{"type": "function", "function": {"name": name}} for name in ("get", "set")]
REQUEST = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
USAGE = {
    "prompt_tokens": 8,
    "completion_tokens": 3,
    "total_tokens": 11,
    "prompt_tokens_details": {"cached_tokens": 8},
    "completion_tokens_details": {"reasoning_tokens": 3},
}
LOGPROBS = {
    "content": [
        {"token": "Hel", "logprob": -0.5, "bytes": [72, 101, 108], "top_logprobs": []},
        {"token": "lo", "logprob": 0, "bytes": [108, 111], "top_logprobs": []},
    ],
    "refusal": None,
}


def call(name: str, number: int) -> Data:
    return {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": "{}"}}


COMPLETION: Data = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_760_000_000,
    "model": "m-1",
    "service_tier": "default",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello", "refusal": None},
            "logprobs": LOGPROBS,
            "finish_reason": "stop",
        },
        {
            "index": 1,
            "message": {
                "role": "assistant",
                "content": None,
                "refusal": None,
                "tool_calls": [call("get", 1), call("set", 2)],
            },
            "logprobs": None,
            "finish_reason": "tool_calls",
        },
    ],
    "usage": USAGE,
}


def piece(delta: Data, index: int = 0, reason: str | None = None) -> Data:
    choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}
    return {**about(), "choices": [choice], "usage": None}


def about() -> Data:
    return {"id": "chatcmpl-2", "object": "chat.completion.chunk", "created": 1_760_000_000, "model": "m-1"}


def fragment(index: int, arguments: str, **first: Data) -> Data:
    """A piece of a tool call."""
    name = first.pop("name", None)
    function = {**({"name": name} if name else {}), "arguments": arguments}
    return {"tool_calls": [{"index": index, **first, "function": function}]}


STREAM: Data = [
    piece({"role": "assistant", "content": ""}),
    piece({"role": "assistant", "content": None}, 1),
    piece({"content": "Hel"}),
    piece(fragment(0, "", name="get", id="call_1", type="function"), 1),
    piece(fragment(0, "{}"), 1),
    piece(fragment(1, "{}", name="set", id="call_2", type="function"), 1),
    piece({"content": "lo"}),
    piece({}, 0, "stop"),
    piece({}, 1, "tool_calls"),
    {**about(), "choices": [], "usage": USAGE},
]
STREAM_REQUEST = {**REQUEST, "tools": TOOLS, "n": 2, "stream": True, "stream_options": {"include_usage": True}}
REFUSAL: Data = {
    "error": {"message": "No such model.", "type": "invalid_request_error", "param": "model", "code": None}
}


def at(data: Data, pointer: str) -> tuple[Data, Any]:
    """What holds the value at a pointer, and its key there."""
    *way, last = pointer.split("/")
    for step in way:
        data = data[int(step)] if isinstance(data, list) else data[step]
    return data, int(last) if isinstance(data, list) else last


def put(pointer: str, value: Data) -> Damage:
    """Another value at a place; `...` for none."""

    def apply(data: Data) -> Data:
        holder, key = at(data, pointer)
        if value is ...:
            del holder[key]
        else:
            holder[key] = value
        return data

    return apply


def both(*damages: Damage) -> Damage:
    """One damage after the other."""

    def apply(data: Data) -> Data:
        for each in damages:
            data = each(data)
        return data

    return apply


def insert(place: int, item: Data) -> Damage:
    return lambda items: [*items[:place], item, *items[place:]]


def without(*places: int) -> Damage:
    return lambda items: [item for place, item in enumerate(items) if place not in places]


def tallies(exchange: Exchange) -> dict[str, Tally]:
    judging = Judging(REGISTRY, OURS)
    judging.add(exchange)
    return judging.tallies


def broken_by(exchange: Exchange) -> dict[str, str]:
    """The requirements that the exchange breaks, each with the place of its first finding."""
    found = {}
    for name, tally in tallies(exchange).items():
        verdict = tally.verdict()
        assert verdict.outcome is not Outcome.ERROR, verdict.detail
        if verdict.findings:
            found[name] = verdict.findings[0].where
    return found


def answered(body: bytes, request: Data, **more: Data) -> Exchange:
    facts: Data = {"status": 200, "headers": HEADERS, **more}
    sent = Request("POST", facts.pop("url", URL), (), json.dumps(request).encode())
    events = decode(body) if facts["headers"] == SSE else ()
    return Exchange("x1", sent, body=body, events=events, **facts)


def whole(damage: Damage = lambda data: data, request: Data = None, **more: Data) -> Exchange:
    body = damage(copy.deepcopy(COMPLETION))
    return answered(json.dumps(body).encode(), request or {**REQUEST, "n": 2, "tools": TOOLS}, **more)


def streamed(damage: Damage = lambda data: data, request: Data = None, end: bytes = b"data: [DONE]\n\n") -> Exchange:
    lines = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in damage(copy.deepcopy(STREAM))]
    return answered(b"".join(lines) + end, request or STREAM_REQUEST, headers=SSE)


def refused(damage: Damage = lambda data: data, status: int = 400, **more: Data) -> Exchange:
    return answered(json.dumps(damage(copy.deepcopy(REFUSAL))).encode(), REQUEST, status=status, **more)


@pytest.mark.parametrize(
    ("exchange", "prefixes"),
    [
        (whole(), ("chat.response.", "chat.usage.", "chat.tools.", "chat.logprobs.", "chat.choices.", "chat.message.")),
        (streamed(), ("chat.stream.", "chat.tools.")),
        (refused(), ("error.",)),
        (refused(status=503), ("error.",)),
    ],
    ids=["whole", "stream", "refusal", "busy"],
)
def test_a_right_exchange_breaks_nothing(exchange: Exchange, prefixes: tuple[str, ...]) -> None:
    """It holds on it: each invariant about such an exchange had something to judge there."""
    assert broken_by(exchange) == {}
    silent = {name for name, tally in tallies(exchange).items() if name.startswith(prefixes) and not tally.seen}
    assert silent <= NEEDS_MORE, silent - NEEDS_MORE


# What the right examples do not show, each shown by a damage below or by a test of its own.
NEEDS_MORE = {
    "chat.stream.usage-unasked",
    "chat.tools.delta-index",
    "chat.tools.delta-id-once",
    "chat.tools.delta-name-once",
    "chat.tools.declared",
}

WHOLE: dict[str, tuple[Damage, dict[str, str]]] = {
    "no object": (put("object", ...), {"chat.response.object": "/object"}),
    "another object": (put("object", "chat.completion.chunk"), {"chat.response.object": "/object"}),
    "no id": (put("id", ...), {"chat.response.id": "/id"}),
    "empty id": (put("id", ""), {"chat.response.id": "/id"}),
    "created in milliseconds": (put("created", 1_760_000_000_000), {"chat.response.created": "/created"}),
    "created at the epoch": (put("created", 0), {"chat.response.created": "/created"}),
    "created is true": (put("created", True), {"chat.response.created": "/created"}),
    "created with a fraction": (put("created", 1_760_000_000.5), {"chat.response.created": "/created"}),
    "no model": (put("model", None), {"chat.response.model": "/model"}),
    "empty model": (put("model", ""), {"chat.response.model": "/model"}),
    "a tier of its own": (put("service_tier", "gold"), {"chat.response.service-tier": "/service_tier"}),
    "a tier that is a number": (put("service_tier", 1), {"chat.response.service-tier": "/service_tier"}),
    "indexes from one": (
        both(put("choices/0/index", 1), put("choices/1/index", 2)),
        {"chat.choices.index": "/choices"},
    ),
    "role user": (put("choices/1/message/role", "user"), {"chat.message.role": "/choices/1/message/role"}),
    "no finish reason": (put("choices/1/finish_reason", None), {"chat.finish-reason.enum": "/choices/1/finish_reason"}),
    "finish reason eos": (put("choices/0/finish_reason", "eos"), {"chat.finish-reason.enum": "/choices/0/finish_reason"}),
    "no refusal, which the document would have": (put("choices/0/message/refusal", ...), {}),
    "content is a list": (
        put("choices/0/message/content", ["Hello"]),
        {"chat.response.schema": "/choices/0/message/content"},
    ),
    "tool_calls null": (
        put("choices/0/message/tool_calls", None),
        {"chat.response.absent-not-null": "/choices/0/message/tool_calls"},
    ),
    "no usage": (put("usage", ...), {"chat.usage.present": "/usage"}),
    "usage is a list": (put("usage", []), {"chat.usage.present": "/usage"}),
    "the sum is wrong": (put("usage/total_tokens", 12), {"chat.usage.sum": "/usage/total_tokens"}),
    "a count is a text": (put("usage/total_tokens", "11"), {"chat.usage.counts": "/usage/total_tokens"}),
    "a count is below 0": (
        both(put("usage/completion_tokens", -1), put("usage/total_tokens", 7)),
        {"chat.usage.counts": "/usage/completion_tokens"},
    ),
    "a count is true": (
        both(put("usage/completion_tokens", True), put("usage/completion_tokens_details", ...)),
        {"chat.usage.counts": "/usage/completion_tokens"},
    ),
    "no prompt tokens": (
        both(put("usage/prompt_tokens", 0), put("usage/total_tokens", 3), put("usage/prompt_tokens_details", ...)),
        {"chat.usage.counts": "/usage/prompt_tokens"},
    ),
    "more cached than sent": (
        put("usage/prompt_tokens_details/cached_tokens", 9),
        {"chat.usage.details": "/usage/prompt_tokens_details/cached_tokens"},
    ),
    "more thought than made": (
        put("usage/completion_tokens_details/reasoning_tokens", 4),
        {"chat.usage.details": "/usage/completion_tokens_details/reasoning_tokens"},
    ),
    "arguments as data": (
        put("choices/1/message/tool_calls/0/function/arguments", {}),
        {"chat.tools.arguments-string": "/choices/1/message/tool_calls/0/function/arguments"},
    ),
    "calls share an id": (
        put("choices/1/message/tool_calls/1/id", "call_1"),
        {"chat.tools.call-id": "/choices/1/message/tool_calls/1/id"},
    ),
    "a call has no id": (
        put("choices/1/message/tool_calls/0/id", ""),
        {"chat.tools.call-id": "/choices/1/message/tool_calls/0/id"},
    ),
    "a call of another type": (
        put("choices/1/message/tool_calls/1/type", None),
        {"chat.tools.call-type": "/choices/1/message/tool_calls/1/type"},
    ),
    "a tool that nobody declared": (
        put("choices/1/message/tool_calls/1/function/name", "del"),
        {"chat.tools.declared": "/choices/1/message/tool_calls/1/function/name"},
    ),
    "call markup in the text": (
        put("choices/1/message/content", "a <tool_call> b"),
        {"chat.tools.no-markup": "/choices/1/message/content"},
    ),
    "a logprob above 0": (
        put("choices/0/logprobs/content/1/logprob", 0.1),
        {"chat.logprobs.values": "/choices/0/logprobs/content/1/logprob"},
    ),
    "a logprob is minus infinity": (
        put("choices/0/logprobs/content/0/logprob", -1e999),
        {
            "chat.logprobs.values": "/choices/0/logprobs/content/0/logprob",
            "chat.response.schema": "/choices/0/logprobs/content/0/logprob",  # no JSON has such a number
        },
    ),
    "tokens of another text": (put("choices/0/logprobs/content/1/bytes", [108]), {"chat.logprobs.text": "/choices/*/logprobs"}),
    "bytes above 255": (
        put("choices/0/logprobs/content/1/bytes", [300]),
        {"chat.logprobs.text": "/choices/0/logprobs/content/0/bytes"},
    ),
    "tokens without bytes spell it too": (
        both(put("choices/0/logprobs/content/1/bytes", None), put("choices/0/logprobs/content/0/bytes", None)),
        {},
    ),
    "tokens without bytes of another text": (
        both(put("choices/0/logprobs/content/1/bytes", None), put("choices/0/logprobs/content/1/token", "p")),
        {"chat.logprobs.text": "/choices/*/logprobs"},
    ),
    "an error in a 200": (lambda _: REFUSAL, {"chat.error-in-success": "/choices"}),
    "no choices": (put("choices", []), {"chat.error-in-success": "/choices"}),
    "an error beside choices": (put("error", {"message": "no"}), {"chat.error-in-success": "/choices"}),
}  # fmt: skip


@pytest.mark.parametrize("damage", WHOLE)
def test_a_damaged_completion(damage: str) -> None:
    """One damage to a whole completion breaks what is named, there."""
    apply, wanted = WHOLE[damage]
    assert broken_by(whole(apply)) == wanted


@pytest.mark.parametrize("reason", ["stop", "length", "tool_calls", "content_filter", "function_call"])
def test_every_finish_reason_of_the_api_is_right(reason: str) -> None:
    """Five words, whole or in a stream."""
    assert broken_by(whole(put("choices/0/finish_reason", reason))) == {}
    assert broken_by(streamed(put("7/choices/0/finish_reason", reason))) == {}


@pytest.mark.parametrize("tier", ["auto", "default", "flex", "scale", "priority"])
def test_every_tier_of_the_api_is_right(tier: str) -> None:
    """Five words."""
    assert broken_by(whole(put("service_tier", tier))) == {}


CHUNKS: dict[str, tuple[Damage, dict[str, str]]] = {
    "another object": (put("2/object", "chat.completion"), {"chat.stream.object": "event 2 /object"}),
    "the id changes": (put("2/id", "chatcmpl-3"), {"chat.stream.id-stable": "event 2 /id"}),
    "created changes": (put("9/created", 1), {"chat.stream.created-stable": "event 9 /created"}),
    "the model changes": (put("4/model", "m"), {"chat.stream.model-stable": "event 4 /model"}),
    "a tier of its own": (put("4/service_tier", "gold"), {"chat.response.service-tier": "event 4 /service_tier"}),
    "an index that was not asked for": (
        put("3/choices/0/index", 2),
        {"chat.stream.index": "event 3 /choices/0/index"},
    ),
    "no delta": (put("6/choices/0/delta", ...), {"chat.stream.delta": "event 6 /choices/0/delta"}),
    "a message beside the delta": (
        put("6/choices/0/message", {"role": "assistant"}),
        {"chat.stream.no-message": "event 6 /choices/0/message"},
    ),
    "no role": (put("0/choices/0/delta/role", ...), {"chat.stream.role-first": "event 0 /choices/0/delta/role"}),
    "role user": (put("1/choices/0/delta/role", "user"), {"chat.stream.role-first": "event 1 /choices/0/delta/role"}),
    "the role again": (
        put("6/choices/0/delta/role", "assistant"),
        {"chat.stream.role-once": "event 6 /choices/0/delta/role"},
    ),
    "never finished": (put("7/choices/0/finish_reason", None), {"chat.stream.finish-once": "event 7 /choices (index 0)"}),
    "finished twice": (put("6/choices/0/finish_reason", "stop"), {"chat.stream.finish-once": "event 7 /choices (index 0)", "chat.stream.finish-empty": "event 6 /choices/0/delta"}),
    "finished for no known reason": (put("8/choices/0/finish_reason", "eos"), {"chat.stream.finish-once": "event 8 /choices (index 1)"}),
    "no finish_reason key": (put("2/choices/0/finish_reason", ...), {"chat.stream.finish-null": "event 2 /choices/0"}),
    "text after the end": (
        insert(8, piece({"content": "!"})),
        {"chat.stream.finish-last": "event 8 /choices/0/delta"},
    ),
    "text beside the end": (
        put("7/choices/0/delta", {"content": "!"}),
        {"chat.stream.finish-empty": "event 7 /choices/0/delta"},
    ),
    "an error among the chunks": (insert(4, REFUSAL), {"chat.stream.no-error": "event 4 /error"}),
    "content is a number": (
        put("2/choices/0/delta/content", 5),
        {"chat.stream.chunk-schema": "event 2 /choices/0/delta/content"},
    ),
    "tool_calls null": (
        put("2/choices/0/delta/tool_calls", None),
        {"chat.stream.absent-not-null": "event 2 /choices/0/delta/tool_calls"},
    ),
    "no usage": (without(9), {"chat.stream.usage-chunk": "event 9"}),
    "usage twice": (lambda items: [*items, items[-1]], {"chat.stream.usage-chunk": "event 10"}),
    "usage beside a choice": (
        both(put("7/usage", USAGE), without(9)),
        {"chat.stream.usage-null": "event 7 /usage"},
    ),
    "the sum is wrong": (
        put("9/usage", {**USAGE, "total_tokens": 1}),
        {"chat.stream.usage-sum": "event 9 /usage/total_tokens"},
    ),
    "a call without an index": (
        put("4/choices/0/delta/tool_calls/0/index", ...),
        {"chat.tools.delta-index": "event 4 /choices/0/delta/tool_calls/0/index"},
    ),
    "two calls with one index": (
        put("5/choices/0/delta/tool_calls/0/index", 0),
        {"chat.tools.delta-index": "event 5 /choices/0/delta/tool_calls/0/index"},
    ),
    "the call's id again": (
        put("4/choices/0/delta/tool_calls/0/id", "call_1"),
        {"chat.tools.delta-id-once": "event 4 /choices/0/delta/tool_calls/0/id"},
    ),
    "the call's name again": (
        put("4/choices/0/delta/tool_calls/0/function/name", ""),
        {"chat.tools.delta-name-once": "event 4 /choices/0/delta/tool_calls/0/function/name"},
    ),
    "the call's name late": (
        both(
            put("3/choices/0/delta/tool_calls/0/function/name", ...),
            put("4/choices/0/delta/tool_calls/0/function/name", "get"),
        ),
        {"chat.tools.delta-name-once": "event 3 /choices/0/delta/tool_calls/0/function/name"},
    ),
    "calls share an id": (
        put("5/choices/0/delta/tool_calls/0/id", "call_1"),
        {"chat.tools.call-id": "/choices/1/message/tool_calls/1/id"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", CHUNKS)
def test_a_damaged_stream(damage: str) -> None:
    """One damage to a stream's chunks breaks what is named, there."""
    apply, wanted = CHUNKS[damage]
    assert broken_by(streamed(apply)) == wanted


ENDS: dict[bytes, dict[str, str]] = {
    b"": {"chat.stream.done": "event 9"},
    b"data: [DONE]\n\ndata: [DONE]\n\n": {"chat.stream.done": "event 11"},
    b"data: [DONE]!\n\n": {"chat.stream.done": "event 10"},
    b"data: [DONE]\n\ndata: {}\n\n": {"chat.stream.done": "event 11"},
    b"data: {\n\ndata: [DONE]\n\n": {"chat.stream.json": "event 10"},
    b"data: []\n\ndata: [DONE]\n\n": {"chat.stream.json": "event 10"},
    b"event: message\ndata: [DONE]\n\n": {"chat.stream.data-only": "event 10"},
}


@pytest.mark.parametrize("end", ENDS)
def test_the_end_of_a_stream(end: bytes) -> None:
    """`[DONE]` comes once, last, and every event before it is a JSON object without a name."""
    assert broken_by(streamed(end=end)) == ENDS[end]


def test_usage_is_sent_where_it_was_asked_for() -> None:
    """A chunk with usage is a fault when nobody asked for it, and its absence none."""
    request = {**STREAM_REQUEST, "stream_options": {}}
    assert broken_by(streamed(request=request)) == {"chat.stream.usage-unasked": "event 9"}
    bare = [{key: value for key, value in chunk.items() if key != "usage"} for chunk in STREAM[:-1]]
    assert broken_by(streamed(lambda _: bare, request)) == {}


def test_a_stream_that_was_cut_says_nothing_of_usage() -> None:
    """Usage comes last: what ends before its finish reasons is another fault."""
    found = broken_by(streamed(lambda items: items[:5]))
    assert set(found) == {"chat.stream.finish-once"}


def test_a_stream_is_what_was_asked_for() -> None:
    """A whole completion to a request for a stream is not the media type that was asked for; an error in it is its own."""
    request = {**STREAM_REQUEST, "n": 2}
    assert broken_by(whole(request=request)) == {"chat.stream.media-type": "content-type"}
    assert "chat.stream.media-type" not in broken_by(whole(lambda _: REFUSAL, request))
    assert broken_by(whole(request=request, failure=Failure(FailureKind.TIMEOUT_TOTAL, "slow"))) == {}


REFUSALS: dict[str, tuple[Damage, dict[str, str]]] = {
    "flat": (lambda data: data["error"], {"error.envelope": "/error"}),
    "no message": (put("error/message", ""), {"error.envelope": "/error"}),
    "FastAPI's": (lambda _: {"detail": [{"loc": ["body", "model"], "msg": "m"}]}, {"error.envelope": "/error"}),
    "a text": (lambda _: {"error": "no"}, {"error.envelope": "/error"}),
    "no param": (put("error/param", ...), {"error.fields": "/error"}),
    "no type and no code": (both(put("error/type", ...), put("error/code", ...)), {"error.fields": "/error"}),
    "type null": (put("error/type", None), {"error.field-types": "/error/type"}),
    "code is a number": (put("error/code", 400), {"error.field-types": "/error/code"}),
    "param is a list": (put("error/param", ["model"]), {"error.field-types": "/error/param"}),
    "an error in an error": (put("error/message", '{"error": 1}'), {"error.message-plain": "/error/message"}),
    "a number as message is a sentence": (put("error/message", "42"), {}),
}


@pytest.mark.parametrize("damage", REFUSALS)
def test_a_damaged_refusal(damage: str) -> None:
    """One damage to an error breaks what is named, there."""
    apply, wanted = REFUSALS[damage]
    assert broken_by(refused(apply)) == wanted


PLAIN = (("content-type", "text/plain"), DATE, ("x-request-id", "req_1"))
HTTP: dict[str, tuple[Exchange, dict[str, str]]] = {
    "a refusal in plain text": (refused(headers=PLAIN), {"error.content-type": "content-type"}),
    "a completion in plain text": (whole(headers=PLAIN), {"http.json-content-type": "content-type"}),
    "no request id": (whole(headers=HEADERS[:2]), {"http.request-id": "x-request-id"}),
    "a server error": (refused(status=500), {"http.no-server-error": "status"}),
    "a gateway error": (refused(status=502), {"http.no-server-error": "status"}),
    "not implemented": (refused(status=501, url="https://api.example.com/v1/embeddings"), {}),
    "chat not implemented": (refused(status=501), {"http.no-server-error": "status"}),
    "an unknown route": (refused(lambda _: {"detail": "Not Found"}, 404, url="https://a.test/v1/responses"), {}),
    "no chat route": (refused(lambda _: {"detail": "Not Found"}, 404), {"error.envelope": "/error"}),
    "cut off": (whole(failure=Failure(FailureKind.CUT_OFF, "cut")), {"http.response-complete": ""}),
    "silence in the middle": (whole(failure=Failure(FailureKind.TIMEOUT_READ, "s")), {"http.response-complete": ""}),
    "no answer in time": (
        answered(b"", REQUEST, status=None, headers=(), failure=Failure(FailureKind.TIMEOUT_READ, "slow")),
        {},
    ),
    "more than we read": (whole(failure=Failure(FailureKind.TOO_LARGE, "big")), {}),
    "not of the API": (answered(b"x", {}, url="https://a.test/", headers=(DATE,)), {}),
}  # fmt: skip


@pytest.mark.parametrize("case", HTTP)
def test_http(case: str) -> None:
    """What holds of any response, and whose fault it is when none came."""
    exchange, wanted = HTTP[case]
    assert broken_by(exchange) == wanted
