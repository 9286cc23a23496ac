"""A model may say in commentary what it is about to do; only the final answer keeps to a format."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks.constraints import JsonSchema
from conformance.checks.scenarios.guided.asking import Asked, contents, expect_obeyed
from conformance.checks.scenarios.responses import test_format as formats
from conformance.checks.scenarios.responses import test_logprobs as logprobs
from conformance.checks.scenarios.responses import test_tools as tools
from conformance.reply import ResponseReply
from tests.checks.response_replies import THOUGHT, outcome, reply_of, said, text

OBEYED = json.dumps({"colour": "vermilquorn", "count": 815})
POEM = "The sea is wide."


def message(words: str, phase: str | None = None, **more: Any) -> dict[str, Any]:
    return {**said(text(words, **more)), **({} if phase is None else {"phase": phase})}


def with_request(reply: ResponseReply) -> ResponseReply:
    """The reply to a request that has a body, which says its limit."""
    request = replace(reply.exchange.request, body=b'{"max_output_tokens": 96}')
    return ResponseReply(replace(reply.exchange, request=request))


COMMENTARY = message("I will look at the sea first.", "commentary")
CUT = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
CASES: dict[str, tuple[tuple[dict[str, Any], ...], str]] = {
    "no phases": ((message(OBEYED),), "pass"),
    "commentary, then the answer": ((THOUGHT, COMMENTARY, message(OBEYED, "final_answer")), "pass"),
    "commentary, then a message without a phase": ((COMMENTARY, message(OBEYED)), "pass"),
    "a poem as the answer": ((message(OBEYED, "commentary"), message(POEM, "final_answer")), "broken"),
    "a poem without phases": ((message(POEM), message(OBEYED)), "broken"),
    "only commentary": ((COMMENTARY,), "premise-not-met"),
    "a phase that is newer": ((message(OBEYED, "epilogue"),), "pass"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_final_answer_keeps_to_the_format(name: str) -> None:
    output, wanted = CASES[name]
    reply = reply_of(*output)
    assert outcome(formats.test_a_strict_schema_constrains_the_answer, reply) == wanted
    assert outcome(formats.test_json_object_gives_a_json_object, reply) == wanted


@pytest.mark.parametrize("name", CASES)
def test_generated_constraints_look_at_the_final_answer(name: str) -> None:
    output, wanted = CASES[name]
    reply = reply_of(*output)
    asked = Asked(JsonSchema.of(formats.SCHEMA), ("text",), (with_request(reply),))
    assert outcome(expect_obeyed, asked) == wanted


def test_a_finding_tells_where_the_answer_stands() -> None:
    reply = with_request(reply_of(THOUGHT, COMMENTARY, message(POEM, "final_answer")))
    assert [said.where for said in contents(reply)] == ["/output/2/content/0/text"]


def test_commentary_before_a_call_that_the_limit_cut_is_no_answer() -> None:
    """As little as free text is: a call may follow both."""
    for output in (COMMENTARY, message(POEM)):
        reply = with_request(reply_of(output, **CUT))
        assert outcome(tools.test_a_named_tool_choice_calls_that_function, reply) == "premise-not-met"


def test_commentary_needs_no_log_probabilities() -> None:
    entry = {"token": POEM, "logprob": -0.5, "bytes": None, "top_logprobs": [{"token": "a", "logprob": -0.5}]}
    reply = reply_of(COMMENTARY, message(POEM, "final_answer", logprobs=[entry]))
    for check in (logprobs.test_every_text_has_its_log_probabilities, logprobs.test_the_tokens_add_up_to_the_text):
        assert outcome(check, reply) == "pass"
    assert (
        outcome(logprobs.test_the_tokens_add_up_to_the_text, reply_of(message(POEM + "!", logprobs=[entry])))
        == "broken"
    )
