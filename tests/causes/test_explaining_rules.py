"""Faults of streams and of stored objects that several requirements notice are one cause."""

from __future__ import annotations

import json
from typing import Any

from conformance.causes import Cause, find_causes
from conformance.contract import load_registry
from conformance.verdict import Finding, Verdict, outcome_of_break
from conformance.wire import Exchange, Request

REGISTRY = load_registry()
URL = "http://h/v1/responses"
SSE = (("content-type", "text/event-stream"),)


def found(*breaks: tuple[str, Finding], sent: dict[str, Exchange] | None = None) -> list[tuple[str, ...]]:
    """The requirements of each cause."""
    return [cause.requirements for cause in causes(*breaks, sent=sent)]


def causes(*breaks: tuple[str, Finding], sent: dict[str, Exchange] | None = None) -> tuple[Cause, ...]:
    """The causes of these findings; all exchanges are streams of the Responses API unless others are given."""
    verdicts = [
        Verdict(
            name, REGISTRY[name].level, outcome_of_break(REGISTRY[name].level), findings=(finding,), seen=9, broken=1
        )
        for name, finding in breaks
    ]
    return find_causes(verdicts, REGISTRY, sent or {name: streamed(name) for name in ("x1", "x2")})


def streamed(name: str) -> Exchange:
    """A streamed response."""
    return Exchange(name, Request("POST", URL, (), b'{"stream": true}'), status=200, headers=SSE)


def answered(name: str, asked: dict[str, Any], status: int = 200, *, path: str = "", method: str = "POST") -> Exchange:
    """A response without a stream."""
    return Exchange(name, Request(method, URL.replace("/responses", path or "/responses"), (), json.dumps(asked).encode()), status=status, body=b"{}")  # fmt: skip


LOST = Finding("", "hello", "event 4 /text", "x1")
GAP = Finding("4, one more than before", "5", "event 4 /sequence_number", "x1")


def test_a_lost_delta_is_a_gap_in_text_and_numbers() -> None:
    """Only at the same event: a gap elsewhere is another fault."""
    one = ("responses.stream.deltas", LOST)
    assert found(one, ("responses.stream.sequence", GAP)) == [("responses.stream.deltas", "responses.stream.sequence")]
    elsewhere = Finding(GAP.expected, "9", "event 7 /sequence_number", "x1")
    assert len(found(one, ("responses.stream.sequence", elsewhere))) == 2


def test_an_event_without_its_place_explains_its_text() -> None:
    """The delta cannot be added to its item; another kind of text is another fault."""
    event = "what ResponseFunctionCallArgumentsDeltaEvent allows"
    schema = Finding(event, '"0" is not an integer: "0"', "event 3 /output_index", "x1")
    arguments = Finding("", '{"hour": 7}', "event 8 /arguments", "x1")
    both = found(("responses.stream.schema", schema), ("responses.stream.deltas", arguments))
    assert [set(each) for each in both] == [{"responses.stream.schema", "responses.stream.deltas"}]
    order = Finding("response.function_call_arguments.done first", "x", "event 9 /type", "x1")
    assert len(found(("responses.stream.schema", schema), ("responses.stream.order", order))) == 1
    assert len(found(("responses.stream.schema", schema), ("responses.stream.deltas", LOST))) == 2


def test_an_incomplete_item_explains_that_the_final_item_differs() -> None:
    """The final response is compared with the item that was done."""
    item = Finding("hello", "absent", "event 7 /item/content/0/text", "x1")
    final = Finding(
        "the text of response.output_item.done, [None]", '["hello"]', "event 8 /response/output/0/content", "x1"
    )
    assert len(found(("responses.stream.deltas", item), ("responses.stream.final", final))) == 1


def test_a_resumed_stream_shows_what_every_stream_shows() -> None:
    """No terminal event, resumed or not; lost text does not explain it."""
    end = Finding("response.completed, response.incomplete or response.failed at the end", "none", "event 7", "x1")
    resumed = ("responses.resume.whole", Finding("a terminal event at the end", "done", "/type", "x2"))
    assert len(found(("responses.stream.terminal", end), resumed)) == 1
    assert len(found(("responses.stream.deltas", LOST), resumed)) == 2


def test_an_object_that_is_kept_is_still_listed() -> None:
    """Deleted, answered with 200 and listed: one fault."""
    path = "/chat/completions/chatcmpl-1"
    sent = {
        "x1": answered("x1", {}, path=path, method="GET"),
        "x2": answered("x2", {}, path="/chat/completions", method="GET"),
    }
    kept = ("chat.stored.delete", Finding("404", '200 {"id": "chatcmpl-1"}', "status", "x1"))
    listed = ("chat.stored.delete.listed", Finding("only the other one", '["chatcmpl-1"]', "/data", "x2"))
    assert found(kept, listed, sent=sent) == [("chat.stored.delete", "chat.stored.delete.listed")]


def test_a_history_that_is_not_read_rejects_the_result_of_its_call() -> None:
    """The chain over a WebSocket and the result of a stored call depend on `previous_response_id`."""
    asked = {"previous_response_id": "resp_1", "store": True, "input": []}
    sent = {"x1": answered("x1", asked), "x2": answered("x2", asked, 400)}
    ignored = Finding("at least 41 input tokens", "10", "/usage/input_tokens", "x1")
    rejected = Finding("the result accepted: its call_id is that of the stored call", "400 {}", "status", "x2")
    chained = (("responses.socket.chain", ignored), ("responses.state.previous", ignored))
    one = causes(*chained, ("responses.state.tool-output", rejected), sent=sent)
    assert [str(cause.symptom) for cause in one if "responses.socket.chain" in cause.requirements] == [
        "ignored:previous_response_id"
    ]


def test_choices_with_wrong_numbers_are_not_missing() -> None:
    """Two choices came: the parameters that asked for them are honoured."""
    sent = {name: answered(name, {"n": 2, "prompt": "a"}, path="/completions") for name in ("x1", "x2")}
    numbers = Finding("choices with index 0 and 1", "[null, null]", "/choices", "x1")
    (one,) = causes(("completions.n", numbers), ("completions.prompt-array", numbers), sent=sent)
    assert str(one.symptom) == "field:index"
    (one,) = causes(("completions.n", Finding(numbers.expected, "[0]", "/choices", "x1")), sent=sent)
    assert str(one.symptom) == "ignored:n"


def test_a_value_of_a_wrong_type_explains_what_is_expected_of_it() -> None:
    """A text that is a list neither echoes the prompt."""
    sent = {name: answered(name, {"echo": True}, path="/completions") for name in ("x1", "x2")}
    mistyped = Finding("what CreateCompletionResponse allows", '["a"] is not a string: ["a"]', "/choices/0/text", "x1")
    echo = Finding("a text that begins with 'a'", "", "/choices/0/text", "x2")
    assert len(found(("completions.schema", mistyped), ("completions.echo", echo), sent=sent)) == 1


def test_one_wrong_status_stays_one_fault_where_a_code_is_expected_too() -> None:
    """409 with the right code: the status is wrong, not the error body."""
    sent = {"x1": answered("x1", {"model": "none"}, 409)}
    (one,) = causes(
        ("error.unknown-model-status", Finding("404 with code model_not_found", "409 with code 'model_not_found'", "/error/code", "x1")),
        sent=sent,
    )  # fmt: skip
    assert str(one.symptom) == "status:model"


def test_a_wrong_body_of_every_error_is_no_fault_of_server_errors() -> None:
    """The envelope is missing in 4xx and 5xx: one cause for the body, one for the 500."""
    sent = {"x1": answered("x1", {"messages": 7}, 500), "x2": answered("x2", {}, 404)}
    bodies = tuple(Finding('{"error": {"message": …, …}}', "{}", "/error", name) for name in sent)
    level = REGISTRY["error.envelope"].level
    verdicts = [
        Verdict("error.envelope", level, outcome_of_break(level), findings=bodies, seen=9, broken=9),
        Verdict("error.messages-type", level, outcome_of_break(level), findings=(Finding("a 4xx that names messages", "500", "status", "x1"),)),
        Verdict("http.no-server-error", level, outcome_of_break(level), findings=(Finding("a status below 500", "500", "status", "x1"),)),
    ]  # fmt: skip
    one, two = find_causes(verdicts, REGISTRY, sent)
    assert one.requirements == ("error.envelope",)
    assert set(two.requirements) == {"error.messages-type", "http.no-server-error"}
