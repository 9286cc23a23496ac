"""Responses to the same request are compared by their shape; equal differences are folded."""

from __future__ import annotations

import json
from typing import Any

from conformance.report.field_differences import Aspect, FieldDifference, differences_of
from conformance.report.pairs import RunExchanges, pairs_of
from conformance.report.shapes import shape_of
from conformance.wire import Event, Exchange, Request

BASE, OTHER = "http://reference.example/v1", "http://candidate.example/openai/v1"


def exchange(number: int, answer: Any, **more: Any) -> Exchange:
    """An exchange with a JSON response."""
    base, path, probe = more.pop("base", BASE), more.pop("path", "/chat/completions"), more.pop("probe", "p")
    body = more.pop("body", {"model": more.pop("model", "big"), "messages": [number]})
    headers = more.pop("headers", (("content-type", "application/json"),))
    request = Request("POST", base + path, (), json.dumps(body).encode())
    status = more.pop("status", 200)
    return Exchange(f"x{number:04}", request, probe, status, "", headers, json.dumps(answer).encode(), **more)


def stream(number: int, *chunks: Any, base: str = BASE, model: str = "big") -> Exchange:
    """An exchange whose response is a stream of events with this data."""
    request = Request("POST", base + "/chat/completions", (), json.dumps({"model": model, "stream": True}).encode())
    events = tuple(Event(each if isinstance(each, str) else json.dumps(each)) for each in chunks)
    return Exchange(
        f"x{number:04}", request, "p", 200, "", (("content-type", "text/event-stream"),), b"data", events=events
    )


def differences(reference: list[Exchange], candidate: list[Exchange]) -> list[tuple[str, ...]]:
    """The differences: aspect, place, reference, candidate, share."""
    return [(each.aspect, each.place, each.reference, each.candidate, f"{each.shown}/{each.of}") for each in compared(reference, candidate)]  # fmt: skip


def compared(reference: list[Exchange], candidate: list[Exchange]) -> tuple[FieldDifference, ...]:
    one = RunExchanges.of({each.id: each for each in reference}, BASE, "")
    two = RunExchanges.of({each.id: each for each in candidate}, OTHER, "")
    return differences_of(pairs_of(one, two))


def both(reference: Any, candidate: Any, **more: Any) -> list[tuple[str, ...]]:
    """The differences of two responses."""
    return differences([exchange(1, reference, **more)], [exchange(1, candidate, base=OTHER, model="tiny", **more)])


def test_present_null_absent_and_types_are_told_apart() -> None:
    found = both({"a": "x", "b": None, "c": 1, "d": [], "e": 1}, {"a": None, "c": "1", "d": [], "e": 2, "f": {}})
    assert found == [
        ("field", "/a", "string", "null", "1/1"),
        ("field", "/b", "null", "absent", "1/1"),
        ("field", "/c", "integer", "string", "1/1"),
        ("field", "/f", "absent", "object", "1/1"),
    ]


def test_only_the_outermost_place_of_a_missing_object_is_listed() -> None:
    found = both({"usage": {"total": 1, "details": {"cached": 0}}}, {})
    assert found == [("field", "/usage", "object", "absent", "1/1")]
    assert both({"usage": {"total": 1}}, {"usage": None}) == [("field", "/usage", "object", "null", "1/1")]


def test_an_empty_array_says_nothing_about_its_elements() -> None:
    assert both({"data": [{"id": "a", "owned_by": "x"}]}, {"data": []}) == []


def test_elements_of_an_array_are_compared_together() -> None:
    reference = {"choices": [{"index": 0, "logprobs": None}, {"index": 1, "logprobs": None}]}
    candidate = {"choices": [{"index": 0}, {"index": 1, "logprobs": None}]}
    assert both(reference, candidate) == [("field", "/choices/[]/logprobs", "null", "absent or null", "1/1")]
    assert both(reference, {"choices": [{"index": 0, "logprobs": None}]}) == []


def test_values_of_fields_with_few_values_are_compared_and_texts_are_not() -> None:
    reference = {"choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": "one"}}]}
    candidate = {"choices": [{"finish_reason": "eos", "message": {"role": "assistant", "content": "two"}}]}
    assert both(reference, candidate) == [("value", "/choices/[]/finish_reason", "stop", "eos", "1/1")]


def test_different_statuses_hide_fields() -> None:
    found = differences([exchange(1, {"id": 1})], [exchange(1, {"error": {}}, base=OTHER, model="t", status=400)])
    assert found == [("status", "status", "200", "400", "1/1")]


def test_headers_and_media_types_are_compared_without_those_of_the_transport() -> None:
    found = differences(
        [exchange(1, {}, headers=(("content-type", "application/json"), ("x-request-id", "1"), ("date", "now")))],
        [exchange(1, {}, base=OTHER, model="t", headers=(("content-type", "Text/Plain; x=1"), ("server", "s")))],
    )
    assert found == [
        ("media type", "content-type", "application/json", "text/plain", "1/1"),
        ("header", "server", "absent", "present", "1/1"),
        ("header", "x-request-id", "present", "absent", "1/1"),
    ]


def test_sequences_of_events_are_compared() -> None:
    def chunk(**delta: Any) -> dict[str, Any]:
        return {"choices": [{"delta": delta, "finish_reason": None}]}

    end = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    usage = {"choices": [], "usage": {"total_tokens": 3}}
    found = differences(
        [stream(1, chunk(role="assistant"), chunk(content="a"), chunk(content="b"), end, usage, "[DONE]")],
        [stream(1, chunk(content="abc"), end, usage, base=OTHER, model="tiny")],
    )
    assert found[:2] == [
        ("events", "[DONE]", "present", "absent", "1/1"),
        ("events", "role", "present", "absent", "1/1"),
    ]
    assert ("field", "chunk/choices/[]/delta/role", "absent or string", "absent", "1/1") in found


def test_events_in_another_order_are_a_difference() -> None:
    one, two = {"choices": [], "usage": {"x": 1}}, {"choices": [{"delta": {"content": "a"}}]}
    assert differences([stream(1, one, two)], [stream(1, two, one, base=OTHER, model="t")]) == [
        ("events", "order of events", "usage → content", "content → usage", "1/1")
    ]
    assert differences([stream(1, two, two, two)], [stream(1, two, base=OTHER, model="t")]) == []


def test_a_missing_stream_is_one_difference() -> None:
    candidate = [exchange(1, {}, body={"model": "t", "stream": True}, base=OTHER)]
    found = differences([stream(1, {"choices": []}), exchange(2, {})], candidate)
    assert [each for each in found if each[0] == "events"] == [("events", "all events", "empty", "no events", "1/1")]


def test_events_of_the_responses_api_are_compared_by_type() -> None:
    reference = stream(1, {"type": "response.created", "response": {"id": "resp_1", "error": None}})
    candidate = stream(1, {"type": "response.created", "response": {"id": "resp_2"}}, base=OTHER, model="t")
    assert differences([reference], [candidate]) == [
        ("field", "event response.created/response/error", "null", "absent", "1/1")
    ]


def test_equal_differences_are_folded_with_their_share() -> None:
    reference = [exchange(number, {"id": "a", "usage": {"x": 1}}) for number in range(4)]
    candidate = [
        exchange(number + 9, {"id": "a"} if number < 3 else {"id": "a", "usage": {"x": 1}},
                 body={"model": "tiny", "messages": [number]}, base=OTHER) for number in range(4)
    ]  # fmt: skip
    (found,) = compared(reference, candidate)
    assert (found.aspect, found.place, found.shown, found.of, found.always) == (Aspect.FIELD, "/usage", 3, 4, False)
    assert found.operations == ("POST /chat/completions",)
    assert found.examples[0] == ("x0000", "x0009")


def test_requests_are_paired_whatever_model_and_ids_are_called() -> None:
    one = exchange(1, {"a": 1}, path="/responses/resp_0a1b2c3d4e", body={"model": "big", "item": "msg_11aa22bb33"})
    two = exchange(2, {}, path="/responses/resp_99999999zz", base=OTHER, body={"model": "t", "item": "msg_99zz99zz99"})
    assert differences([one], [two]) == [("field", "/a", "integer", "absent", "1/1")]


def test_random_texts_are_paired_by_probe_and_other_requests_are_not() -> None:
    reference = [exchange(1, {"a": 1}, body={"model": "m", "user": "7f3a"}, probe="one")]
    same = [exchange(1, {}, body={"model": "t", "user": "91bc"}, probe="one", base=OTHER)]
    other = [exchange(1, {}, body={"model": "t", "user": "91bc"}, probe="two", base=OTHER)]
    assert len(differences(reference, same)) == 1
    assert differences(reference, other) == []


def test_equal_responses_have_no_differences() -> None:
    answers = [{"id": "chatcmpl-1", "created": 5, "choices": [{"message": {"content": None}}]}, [], "text", None, 3]
    for answer in answers:
        assert both(answer, answer) == []


def test_the_keys_of_a_user_are_no_fields() -> None:
    assert both({"metadata": {"mine": "1"}}, {"metadata": {"other": "1"}}) == []


def test_a_huge_or_deep_response_has_a_bounded_shape() -> None:
    deep: Any = {}
    for _ in range(200):
        deep = {"a": deep}
    wide = {f"key{number}": number for number in range(100_000)}
    assert len(shape_of(exchange(1, deep)).places) < 50
    assert len(shape_of(exchange(1, wide)).places) <= 4_000
    assert "\x1b" not in repr(shape_of(exchange(1, {"a\x1b[2J" * 9: 1})).places)
