"""Each invariant of a chat stream: one damage breaks what it should, there, and nothing else."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from conformance.wire import Fact, Failure, FailureKind
from tests.checks.examples import (
    REFUSAL,
    REQUEST,
    STREAM,
    STREAM_REQUEST,
    USAGE,
    Damage,
    both,
    broken_by,
    finding,
    fragment,
    insert,
    piece,
    put,
    seen,
    streamed,
    whole,
    without,
)

CHUNKS: dict[str, tuple[Damage, dict[str, str]]] = {
    "another object": (put("2/object", "chat.completion"), {"chat.stream.object": "event 2 /object"}),
    "empty ids": (lambda items: [{**item, "id": ""} for item in items], {"chat.response.id": "event 0 /id"}),
    "an empty id before the choices": (
        insert(0, {**piece({}), "id": "", "choices": []}),
        {"chat.stream.id-stable": "event 1 /id"},
    ),
    "times in milliseconds": (
        lambda items: [{**item, "created": 1_760_000_000_000} for item in items],
        {"chat.response.created": "event 0 /created"},
    ),
    "ids that are numbers": (
        lambda items: [{**item, "id": 5} for item in items],
        {"chat.stream.chunk-schema": "event 0 /id"},
    ),
    "not one choice": (lambda items: [{**item, "choices": []} for item in items], {}),
    "no model's name": (lambda items: [{**item, "model": ""} for item in items], {"chat.response.model": "event 0 /model"}),
    "more cached than sent": (
        put("9/usage/prompt_tokens_details/cached_tokens", 9),
        {"chat.usage.details": "event 9 /usage/prompt_tokens_details/cached_tokens"},
    ),
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
    "no role": (put("0/choices/0/delta/role", ...), {"chat.stream.role-first": "event 2 /choices/0/delta/role"}),
    "no role and no text": (
        lambda items: [*put("0/choices/0/delta/role", ...)(items)[:2], *items[3:6], *items[7:]],
        {"chat.stream.role-first": "event 0 /choices/0/delta/role"},
    ),
    "an empty delta before the role": (insert(0, piece({})), {}),
    "null for the role before the role": (insert(0, piece({"role": None, "content": None})), {}),
    "role user": (put("1/choices/0/delta/role", "user"), {"chat.stream.role-first": "event 1 /choices/0/delta/role"}),
    "role user behind the first choice's text": (
        lambda items: put("2/choices/0/delta/role", "user")([items[0], items[2], items[1], *items[3:]]),
        {"chat.stream.role-first": "event 2 /choices/0/delta/role"},
    ),
    "the role again": (
        put("6/choices/0/delta/role", "assistant"),
        {"chat.stream.role-once": "event 6 /choices/0/delta/role"},
    ),
    "an empty role again": (put("6/choices/0/delta/role", ""), {"chat.stream.role-once": "event 6 /choices/0/delta/role"}),
    "an empty role at first": (put("0/choices/0/delta/role", ""), {"chat.stream.role-first": "event 0 /choices/0/delta/role"}),
    "the first id is another": (put("0/id", "chatcmpl-1"), {"chat.stream.id-stable": "event 1 /id"}),
    "never finished": (put("7/choices/0/finish_reason", None), {"chat.stream.finish-once": "event 7 /choices (index 0)"}),
    "finished twice": (put("6/choices/0/finish_reason", "stop"), {"chat.stream.finish-once": "event 7 /choices (index 0)", "chat.stream.finish-empty": "event 6 /choices/0/delta"}),
    "finished for no known reason": (put("8/choices/0/finish_reason", "eos"), {"chat.stream.finish-once": "event 8 /choices (index 1)"}),
    "no finish_reason key": (put("2/choices/0/finish_reason", ...), {"chat.stream.finish-null": "event 2 /choices/0"}),
    "text after the end": (
        insert(8, piece({"content": "!"})),
        {"chat.stream.finish-last": "event 8 /choices/0/delta"},
    ),
    "a refusal after the end": (insert(8, piece({"refusal": "No."})), {"chat.stream.finish-last": "event 8 /choices/0/delta"}),
    "a call after the end": (
        insert(8, piece(fragment(0, "{}", name="get", id="call_3", type="function"))),
        {"chat.stream.finish-last": "event 8 /choices/0/delta"},
    ),
    "a call beside the end": (
        put("7/choices/0/delta", fragment(0, "{}", name="get", id="call_3", type="function")),
        {"chat.stream.finish-empty": "event 7 /choices/0/delta"},
    ),
    "a message beside the delta after one in its place": (
        both(
            put("2/choices/0/delta", ...),
            put("2/choices/0/message", {"content": "Hel"}),
            put("6/choices/0/message", {"role": "assistant"}),
        ),
        {"chat.stream.delta": "event 2 /choices/0/delta", "chat.stream.no-message": "event 6 /choices/0/message"},
    ),
    "one choice ends before the other": (lambda items: [items[place] for place in (0, 1, 2, 6, 7, 3, 4, 5, 8, 9)], {}),
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
    "a count is a text": (put("9/usage/total_tokens", "11"), {"chat.usage.counts": "event 9 /usage/total_tokens"}),
    "a count is missing": (put("9/usage/completion_tokens", ...), {"chat.usage.counts": "event 9 /usage/completion_tokens"}),
    "no prompt tokens": (
        put("9/usage", {"prompt_tokens": 0, "completion_tokens": 3, "total_tokens": 3}),
        {"chat.usage.counts": "event 9 /usage/prompt_tokens"},
    ),
    "the sum is wrong": (
        put("9/usage", {**USAGE, "total_tokens": 1}),
        {"chat.stream.usage-sum": "event 9 /usage/total_tokens"},
    ),
    "a call without an index": (
        put("4/choices/0/delta/tool_calls/0/index", ...),
        {"chat.tools.delta-index": "event 4 /choices/0/delta/tool_calls/0/index"},
    ),
    "two calls with one index after a call without": (
        both(
            put("3/choices/0/delta/tool_calls/0/index", ...),
            insert(6, piece(fragment(1, "{}", name="set", id="call_3", type="function"), 1)),
        ),
        {"chat.tools.delta-index": "event 3 /choices/0/delta/tool_calls/0/index"},
    ),
    "an id again after a call without an index": (
        both(put("3/choices/0/delta/tool_calls/0/index", ...), insert(6, piece(fragment(1, "", id="call_2"), 1))),
        {
            "chat.tools.delta-index": "event 3 /choices/0/delta/tool_calls/0/index",
            "chat.tools.delta-id-once": "event 6 /choices/0/delta/tool_calls/0/id",
        },
    ),
    "an id again after a call without one": (
        both(put("3/choices/0/delta/tool_calls/0/id", ...), insert(6, piece(fragment(1, "", id="call_2"), 1))),
        {
            "chat.tools.call-id": "/choices/1/message/tool_calls/0/id",
            "chat.tools.delta-id-once": "event 6 /choices/0/delta/tool_calls/0/id",
        },
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
    assert seen(streamed(lambda _: bare, request), "chat.stream.usage-unasked")


def test_a_stream_that_was_cut_says_nothing_of_usage() -> None:
    """Usage comes last: what ends before its finish reasons is another fault."""
    found = broken_by(streamed(lambda items: items[:5]))
    assert set(found) == {"chat.stream.finish-once"}


@pytest.mark.parametrize("more", [{"stopped": True}, {"failure": Failure(FailureKind.CUT_OFF, "cut")}])
def test_counts_of_an_answer_that_did_not_end_are_not_judged(more: dict[str, Any]) -> None:
    """Whoever hung up: what was counted so far is nobody's claim."""
    wrong = put("9/usage/total_tokens", "11")
    assert seen(streamed(wrong), "chat.usage.counts")
    assert not seen(streamed(wrong, **more), "chat.usage.counts")


def test_a_stream_is_what_was_asked_for() -> None:
    """A whole completion to a request for a stream is not the media type that was asked for; an error in it is its own."""
    request = {**STREAM_REQUEST, "n": 2}
    assert broken_by(whole(request=request)) == {"chat.stream.media-type": "content-type"}
    assert "chat.stream.media-type" not in broken_by(whole(lambda _: REFUSAL, request))
    assert broken_by(whole(request=request, failure=Failure(FailureKind.TIMEOUT_TOTAL, "slow"))) == {}


def test_a_stream_of_one_chunk_has_all_in_it() -> None:
    """A finish reason next to the text is a fault of a stream that has other chunks, and of no other."""
    one = piece({"role": "assistant", "content": "Hello"}, reason="stop")
    request = {**REQUEST, "stream": True}
    assert broken_by(streamed(lambda _: [one], request)) == {}
    two = [one, piece({})]
    assert broken_by(streamed(lambda _: two, request)) == {"chat.stream.finish-empty": "event 0 /choices/0/delta"}


@pytest.mark.parametrize(("n", "right"), [(2, True), (1, False), (0, False), (None, False), ("2", False), (-1, False)])
def test_indexes_are_below_what_was_asked_for(n: object, right: bool) -> None:
    """Below `n`; a request without a usable `n` asks for one choice."""
    found = broken_by(streamed(request={**STREAM_REQUEST, "n": n}))
    assert found == ({} if right else {"chat.stream.index": "event 1 /choices/0/index"})


@pytest.mark.parametrize("value", [-1, 2, True, "0", None])
def test_an_index_is_a_whole_number(value: object) -> None:
    """From 0, and neither true nor a text."""
    found = broken_by(streamed(put("6/choices/0/index", value)))
    assert found["chat.stream.index"] == "event 6 /choices/0/index"


def test_an_error_before_the_connection_was_lost_is_the_losss_matter() -> None:
    """A stream that did not end as HTTP says is judged by that alone."""
    lost = Failure(FailureKind.CUT_OFF, "cut")
    assert broken_by(streamed(insert(4, REFUSAL), failure=lost)) == {"http.response-complete": ""}


def test_a_recording_without_headers_does_not_say_its_media_type() -> None:
    """What was lost proves nothing; what is there does."""
    request = {**STREAM_REQUEST}
    lost = {"request": request, "lost": frozenset({Fact.HEADERS})}
    assert broken_by(whole(headers=(), **lost)) == {}
    assert broken_by(whole(**lost)) == {"chat.stream.media-type": "content-type"}


def test_findings_show_what_was_there() -> None:
    """The value at fault, in short, and one cause for the same fault."""
    cut = finding(streamed(end=b""), "chat.stream.done")
    assert (cut.observed[:20], cut.cause) == ('"{\\"id\\": \\"chatcmpl', "[DONE]")
    longer = finding(streamed(put("9/usage/filler", "x" * 300), end=b""), "chat.stream.done")
    assert json.loads(longer.observed) == json.dumps(put("9/usage/filler", "x" * 300)(copy.deepcopy(STREAM))[9])[:200]
    nothing = finding(streamed(lambda _: [], end=b""), "chat.stream.done")
    assert (nothing.observed, nothing.where) == ('"no event"', "event -1")
    other = finding(whole(request=STREAM_REQUEST), "chat.stream.media-type")
    assert other.observed == '"application/json"'
    unpaid = finding(streamed(without(9)), "chat.stream.usage-chunk")
    assert (unpaid.observed, unpaid.cause) == ("usage in 0 chunks", "no usage in a stream")
    twice = finding(streamed(lambda items: [*items, items[-1]]), "chat.stream.usage-chunk")
    assert (twice.observed, twice.cause) == ("usage in 2 chunks", "usage in several chunks")
    again = finding(streamed(put("6/choices/0/delta/role", "")), "chat.stream.role-once")
    assert again.observed == '""'
    taken = finding(streamed(put("5/choices/0/delta/tool_calls/0/index", 0)), "chat.tools.delta-index")
    assert taken.observed == "0"


def test_many_broken_chunks_hide_no_other_fault() -> None:
    """What is wrong in another way is looked into, behind however many chunks that are wrong in one."""
    many = [put("choices/0/delta/tool_calls", None)(piece({"content": "a"})) for _ in range(50)]
    wrong = piece({"content": 5})
    found = broken_by(streamed(lambda items: [*items[:6], *many, wrong, *items[6:]]))
    assert found["chat.stream.chunk-schema"] == "event 56 /choices/0/delta/content"
    assert found["chat.stream.absent-not-null"] == "event 6 /choices/0/delta/tool_calls"


def test_twenty_shapes_of_broken_chunks_are_looked_into() -> None:
    """An endless variety of what is wrong is not explained without end."""
    shapes = [{**put("choices/0/delta/tool_calls", None)(piece({"content": ""})), f"x{n}": 1} for n in range(20)]

    def found(number: int) -> dict[str, str]:
        return broken_by(streamed(lambda items: [*items[:6], *shapes[:number], piece({"content": 5}), *items[6:]]))

    assert found(19)["chat.stream.chunk-schema"] == "event 25 /choices/0/delta/content"
    assert "chat.stream.chunk-schema" not in found(20)
