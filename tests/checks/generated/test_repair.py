"""Repair: the rules that no schema states hold afterwards, and a right body is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks.generated.repair import repair

USER = {"role": "user", "content": "Hi"}
ASSISTANT = {"role": "assistant", "content": "Yes"}
SYSTEM = {"role": "system", "content": "Be kind"}
TOOL = {"type": "function", "function": {"name": "look"}}
CALL = {"id": "x", "type": "function", "function": {"name": "gone", "arguments": "{}"}}


def body(*messages: Any, **more: Any) -> dict[str, Any]:
    return {"model": "m", "max_tokens": 4, "messages": list(messages or [USER]), **more}


@pytest.mark.parametrize(
    "right",
    [
        body(),
        body(SYSTEM, USER, ASSISTANT, USER, temperature=0.5),
        body(logprobs=True, top_logprobs=2),
        body(tools=[TOOL], tool_choice={"type": "function", "function": {"name": "look"}}),
    ],
)
def test_a_right_body_is_its_own_repair(right: dict[str, Any]) -> None:
    """Nothing is changed that need not be."""
    assert repair(right) == right


def test_parameters_come_only_with_what_they_need() -> None:
    """`top_logprobs` brings `logprobs`; options without streams and choices without tools go."""
    made = repair(body(top_logprobs=1, stream_options={}, tool_choice="none", parallel_tool_calls=True))
    assert made == body(top_logprobs=1, logprobs=True)


def test_a_chosen_function_is_declared_and_names_are_unique() -> None:
    """A choice of an undeclared function is refused, and so are two of one name."""
    made = repair(body(tools=[TOOL, TOOL], tool_choice={"type": "function", "function": {"name": "other"}}))
    assert made["tools"] == [TOOL]
    assert made["tool_choice"]["function"]["name"] == "look"


def test_user_and_assistant_take_turns_and_a_user_speaks() -> None:
    """Whatever the order was; several system messages become the first of them."""
    for messages in ([ASSISTANT], [ASSISTANT, ASSISTANT], [USER, USER, SYSTEM, ASSISTANT, SYSTEM], [SYSTEM]):
        roles = [message["role"] for message in repair(body(*messages))["messages"]]
        spoken = [role for role in roles if role != "system"]
        assert roles.count("system") == min(messages.count(SYSTEM), 1)
        assert "system" not in roles[1:]
        assert spoken == ["user", "assistant"] * (len(spoken) // 2) + ["user"]


def test_each_tool_call_is_answered_and_names_a_declared_tool() -> None:
    """An orphan tool message goes, and so does a call when no tool is declared."""
    orphan = {"role": "tool", "tool_call_id": "x", "content": "ok"}
    calling = {"role": "assistant", "tool_calls": [CALL, CALL]}
    made = repair(body(orphan, calling, tools=[TOOL]))["messages"]
    assert [message["role"] for message in made] == ["user", "assistant", "tool", "tool"]
    assert [call["id"] for call in made[1]["tool_calls"]] == [message["tool_call_id"] for message in made[2:]]
    assert {call["function"]["name"] for call in made[1]["tool_calls"]} == {"look"}
    assert [message["role"] for message in repair(body(orphan, calling))["messages"]] == ["user"]


def test_json_object_comes_with_the_word() -> None:
    """The live API refuses it otherwise."""
    made = repair(body(SYSTEM, USER, response_format={"type": "json_object"}))
    assert "JSON" in made["messages"][0]["content"]
    assert [message["role"] for message in made["messages"]] == ["system", "user"]


def test_one_constraint_at_a_time_and_whole_numbers_are_integers() -> None:
    """`4.0` is an integer to JSON Schema only."""
    made = repair(body(guided_choice=["a"], guided_regex="a", response_format={"type": "text"}, seed=4.0))
    assert {"guided_choice", "guided_regex"}.isdisjoint(made)
    assert repr(made["seed"]) == "4"
