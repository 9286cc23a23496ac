"""Every text of a Responses stream that comes in deltas is their sum, wherever it is said whole."""

from __future__ import annotations

import pytest

from tests.checks.response_examples import Events, ended, faults, item_of, said

DONE = "response.output_item.done"
TEXTS: dict[str, tuple[str, str, str, dict[str, int]]] = {
    "reasoning": ("reasoning", "reasoning_text", "text", {"content_index": 0}),
    "a summary": ("reasoning", "reasoning_summary_text", "text", {"summary_index": 0}),
    "arguments": ("function_call", "function_call_arguments", "arguments", {}),
    "an input": ("custom_tool_call", "custom_tool_call_input", "input", {}),
    "arguments for MCP": ("mcp_call", "mcp_call_arguments", "arguments", {}),
    "code": ("code_interpreter_call", "code_interpreter_call_code", "code", {}),
}


@pytest.mark.parametrize("name", TEXTS)
def test_each_text_is_the_sum_of_its_deltas(name: str) -> None:
    """For each of the texts that come in deltas, outside of parts."""
    kind, event, field, places = TEXTS[name]
    added, done = item_of(kind, **({} if places else {field: "ab"}))
    assert faults(ended(added, *said(event, "a", "b", field=field, **places), done)) == []
    wrong = faults(ended(added, *said(event, "a", whole="ab", field=field, **places), done))
    assert wrong[0] == f"deltas at event 3 /{field}: a; got ab".replace("event 3", "event 4")
    if not places:
        assert wrong[1:] == [f"deltas at event 5 /item/{field}: a; got ab"]
    late = faults(ended(added, *reversed(said(event, "ab", field=field, **places)), done))
    assert f"order at event 4 /type: no delta after response.{event}.done; got response.{event}.delta" in late
    unended = faults(ended(added, *said(event, "ab", field=field, **places)[:-1], done))
    assert unended == [f"order at event 4 /type: response.{event}.done first; got response.output_item.done"]
    twice = said(event, "ab", field=field, **places)
    again = faults(ended(added, *twice, twice[-1], done))
    assert again == [f"order at event 5 /type: response.{event}.done once; got response.{event}.done"]


@pytest.mark.parametrize(
    ("name", "kind", "field"), [("output_text", "output_text", "text"), ("refusal", "refusal", "refusal")]
)
def test_texts_of_parts_are_the_sums_of_their_deltas(name: str, kind: str, field: str) -> None:
    """In the end of the text, of the part and of the item, each on its own."""
    part = {"type": kind, field: "ab"}
    added, done = item_of("message", content=[part])
    at = {"item_id": "it_0", "output_index": 0, "content_index": 0}

    def stream(*deltas: str, whole: str = "ab") -> Events:
        return ended(
            added,
            {"type": "response.content_part.added", **at, "part": {"type": kind, field: ""}},
            *said(name, *deltas, whole=whole, field=field, content_index=0),
            {"type": "response.content_part.done", **at, "part": part},
            done,
        )

    assert faults(stream("a", "b")) == []
    assert faults(stream("a")) == [
        f"deltas at event 5 /{field}: a; got ab",
        f"deltas at event 6 /part/{field}: a; got ab",
        f"deltas at event 7 /item/content/0/{field}: a; got ab",
    ]
    assert faults(stream("a", "b", whole="abc")) == [f"deltas at event 6 /{field}: ab; got abc"]


def test_refusals_are_compared_in_the_end_too() -> None:
    """A message may have parts of both kinds; what the last event repeats is what was done."""
    parts = [{"type": "output_text", "text": "a"}, {"type": "refusal", "refusal": "b"}]
    added, done = item_of("message", content=parts)
    assert faults(ended(added, done)) == []
    events = ended(added, done)
    events[-1]["response"]["output"] = [{**done["item"], "content": [parts[0], {"type": "refusal", "refusal": "c"}]}]
    assert faults(events) == [
        f"final at event 4 /response/output/0/content: the text of {DONE}, ['a', 'b']; got ['a', 'c']"
    ]


def test_every_text_of_an_item_is_compared_when_it_is_done() -> None:
    """Also behind one that the item does not repeat."""
    added, done = item_of("custom_tool_call", input="other")
    thought = said("reasoning_text", "Hm", content_index=0)
    assert faults(ended(added, *thought, *said("custom_tool_call_input", "ab", field="input"), done)) == [
        "deltas at event 7 /item/input: ab; got other"
    ]
