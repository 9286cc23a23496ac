"""Each invariant of a whole completion: one damage breaks what it should, there, and nothing else."""

from __future__ import annotations

import pytest

from tests.checks.examples import REFUSAL, REQUEST, TOOLS, Damage, both, broken_by, finding, put, seen, streamed, whole

WHOLE: dict[str, tuple[Damage, dict[str, str]]] = {
    "no object": (put("object", ...), {"chat.response.object": "/object"}),
    "another object": (put("object", "chat.completion.chunk"), {"chat.response.object": "/object"}),
    "no id": (put("id", ...), {"chat.response.id": "/id"}),
    "empty id": (put("id", ""), {"chat.response.id": "/id"}),
    "created in milliseconds": (put("created", 1_760_000_000_000), {"chat.response.created": "/created"}),
    "created at the epoch": (put("created", 0), {"chat.response.created": "/created"}),
    "created in 2019": (put("created", 1_577_836_799), {"chat.response.created": "/created"}),
    "created in 2020": (put("created", 1_577_836_800), {}),
    "created in 2099": (put("created", 4_102_444_799), {}),
    "created in 2100": (put("created", 4_102_444_800), {"chat.response.created": "/created"}),
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
    "usage is a text": (put("usage", "many"), {"chat.usage.present": "/usage"}),
    "usage without a count": (put("usage", {}), {}),
    "the sum is wrong": (put("usage/total_tokens", 12), {"chat.usage.sum": "/usage/total_tokens"}),
    "a count is a text": (put("usage/total_tokens", "11"), {"chat.usage.counts": "/usage/total_tokens"}),
    "a count is below 0": (
        both(put("usage/completion_tokens", -1), put("usage/total_tokens", 7)),
        {"chat.usage.counts": "/usage/completion_tokens"},
    ),
    "the text counts no tokens": (
        both(put("usage/completion_tokens", 0), put("usage/total_tokens", 8), put("usage/completion_tokens_details", ...)),
        {"chat.usage.completion-counted": "/usage/completion_tokens"},
    ),
    "one prompt token": (
        both(put("usage/prompt_tokens", 1), put("usage/total_tokens", 4), put("usage/prompt_tokens_details", ...)),
        {},
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
        put("choices/1/message/tool_calls/1/function/name", "functions.set"),
        {"chat.tools.declared": "/choices/1/message/tool_calls/1/function/name"},
    ),
    "a tool that nobody declared behind a call that is no function's": (
        both(
            put("choices/1/message/tool_calls/0", {"id": "call_1", "type": "custom", "custom": {"name": "x", "input": "y"}}),
            put("choices/1/message/tool_calls/1/function/name", "functions.set"),
        ),
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
    "the legacy call's arguments as data": (
        put("choices/0/message/function_call", {"name": "get", "arguments": {}}),
        {},  # chat.functions.arguments looks there
    ),
    "a field of a wrong type": (put("system_fingerprint", 5), {"chat.response.schema": "/system_fingerprint"}),
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


def test_an_error_in_a_200_is_one_fault() -> None:
    """What stands next to the error is not judged as a completion; a completion next to an error is."""
    alone = whole(lambda _: {**REFUSAL, "system_fingerprint": 5})
    assert broken_by(alone) == {"chat.error-in-success": "/choices"}
    assert not seen(alone, "chat.response.schema")
    beside = whole(both(put("error", {"message": "no"}), put("system_fingerprint", 5)))
    assert set(broken_by(beside)) == {"chat.error-in-success", "chat.response.schema"}
    neither = whole(both(put("choices", ...), put("system_fingerprint", 5)))
    assert set(broken_by(neither)) == {"chat.error-in-success", "chat.response.schema"}


@pytest.mark.parametrize(
    "mark", ["<tool_call>", "</tool_call>", "<|tool_call", "[TOOL_CALLS]", "<function=", "<|python_tag|>", "<tool▁call"]
)
def test_what_models_write_around_calls_is_no_text(mark: str) -> None:
    """Each of the marks is found wherever it stands in the text next to a call."""
    found = broken_by(whole(put("choices/1/message/content", f"a {mark} b")))
    assert found == {"chat.tools.no-markup": "/choices/1/message/content"}


@pytest.mark.parametrize("odd", [5, None, {"function": 5}, {"type": "web_search"}])
def test_a_request_with_strange_tools_judges_by_the_others(odd: object) -> None:
    """A tool that is no function names none."""
    request = {**REQUEST, "n": 2, "tools": [odd, *TOOLS]}
    assert broken_by(whole(request=request)) == {}
    assert seen(whole(request=request), "chat.tools.declared")


@pytest.mark.parametrize(
    ("choice", "name", "right"),
    [
        ("auto", "del", True),
        (None, "del", True),
        ("auto", "functions.set", False),
        ("auto", None, False),
        ("required", "del", False),
        ({"type": "function", "function": {"name": "set"}}, "del", False),
    ],
)
def test_a_name_that_the_model_made_up_is_no_fault_unless_a_call_was_forced(
    choice: object, name: object, right: bool
) -> None:
    """Nothing promises that a model that may call calls what there is; a declared name with something around it is damage."""
    request = {**REQUEST, "n": 2, "tools": TOOLS, "tool_choice": choice}
    found = broken_by(whole(put("choices/1/message/tool_calls/1/function/name", name), request))
    assert ("chat.tools.declared" not in found) is right


@pytest.mark.parametrize(
    "damage",
    [
        both(put("choices/0/message/content", " "), put("choices/0/logprobs", None)),
        put("choices/0/finish_reason", "content_filter"),
    ],
    ids=["no text", "a filter's text"],
)
def test_what_the_model_did_not_write_may_count_nothing(damage: Damage) -> None:
    """White space is no text, and a filter may write its own."""
    free = both(put("usage/completion_tokens", 0), put("usage/total_tokens", 8))
    assert not seen(whole(both(free, damage)), "chat.usage.completion-counted")


def test_findings_of_usage_show_the_counts() -> None:
    """What was counted, and what it should have come to."""
    none = both(put("usage/prompt_tokens", 0), put("usage/total_tokens", 3))
    assert finding(whole(none), "chat.usage.counts").observed == "0"
    wrong = finding(whole(put("usage/total_tokens", 12)), "chat.usage.sum")
    assert (wrong.expected, wrong.observed) == ("total_tokens 8 + 3 = 11", "12")
