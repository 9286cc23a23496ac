"""Functions that request constrained output and judge the responses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.checks.constraints import Constraint, Dialect, JsonSchema, Ruling
from conformance.checks.language import Broken, Inconclusive, Unsupported, answer, premise, shown
from conformance.checks.refusal import BUSY
from conformance.engine.clients import Chat
from conformance.engine.responses import Responses
from conformance.reply import ChatReply, NotAnswered, ResponseReply, points_at, read_error
from conformance.verdict import Finding, Reason
from conformance.wire import parse_json

POEM = "Write a short poem about the sea. No JSON, no lists, just a poem."
LIMIT = 48  # output tokens; every constraint here admits something much shorter


def closed(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an object schema as OpenAI's strict mode demands: all members are required, and no others are allowed."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        **more,
    }


def exactly(value: Any) -> str:
    """Return a prompt that tells the model to answer with exactly one JSON value, which the schema forbids."""
    return f"Answer with exactly this: {json.dumps(value, ensure_ascii=False)}"


@dataclass(frozen=True, slots=True)
class Said:
    """One text that should satisfy the constraint, its location, and whether the token limit truncated it."""

    text: str
    cut: bool
    where: str


def contents(reply: ChatReply | ResponseReply) -> tuple[Said, ...]:
    """Return the text of each choice of a chat completion, or the text of a response of the Responses API.

    Raises `NotAnswered` if there is no response, or `Inconclusive` if the model declined to answer. Instead of
    structured output, a model may return `refusal` (OpenAI's guide to structured outputs, Refusals).
    """
    if isinstance(reply, ResponseReply):
        premise(not reply.only_commentary, "the response has commentary, and no answer after it")
        where = next((place for place, _ in reply.answer_parts), "/output")
        return (Said(reply.answer, _cut_response(reply), f"{where}/text"),)
    for choice in reply.choices:
        premise(not choice.refusal or choice.content, f"the model declined to answer: {choice.refusal[:120]!r}")
        premise(choice.finish_reason != "content_filter", "a content filter ended the answer")
    return tuple(
        Said(choice.text, choice.finish_reason == "length", f"/choices/{choice.index}/message/content")
        for choice in reply.choices
    )


def _cut_response(reply: ResponseReply) -> bool:
    """Whether the response was truncated; judged by the count too, because llama.cpp reports `completed`."""
    count = (reply.usage or {}).get("output_tokens")
    limit = parse_json(reply.exchange.request.body).get("max_output_tokens")
    return reply.incomplete or (isinstance(count, int) and isinstance(limit, int) and count >= limit)


def arguments(reply: ChatReply | ResponseReply) -> tuple[Said, ...]:
    """Return the arguments of the first tool call in each choice.

    Raises `NotAnswered` if there is no response, or `Inconclusive` if there is no tool call.
    """
    assert isinstance(reply, ChatReply)
    found = []
    for choice in reply.choices:
        premise(choice.tool_calls, "the forced call is missing", see="chat.tools.named")
        text = choice.tool_calls[0].arguments
        premise(isinstance(text, str), "the arguments are not a string", see="chat.tools.arguments-string")
        where = f"/choices/{choice.index}/message/tool_calls/0/function/arguments"
        found.append(Said(str(text), choice.finish_reason == "length", where))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Asked:
    """A constraint, the words by which an error may name it, and the responses to requests with this constraint.

    The function `said` returns the texts of a response that should satisfy the constraint.
    """

    constraint: Constraint
    names: tuple[str, ...]
    replies: tuple[ChatReply | ResponseReply, ...]
    said: Callable[[ChatReply | ResponseReply], tuple[Said, ...]] = contents

    @property
    def reply(self) -> ChatReply | ResponseReply:
        """The last response to the request with the constraint, on which the verdict is based."""
        return self.replies[-1]

    def require_text(self) -> Said:
        """The first text. Raises the same exceptions as `said` if there is no text."""
        return self.first

    @property
    def first(self) -> Said:
        """The text of the first choice in the first response.

        If the first response was truncated so that it cannot be judged, the request was sent again with a repetition
        penalty. Raises the same exceptions as the function `said`.
        """
        return self.said(self.replies[0])[0]


async def ask(
    chat: Chat,
    dialect: Dialect,
    constraint: Constraint,
    prompt: str,
    *,
    names: tuple[str, ...] = (),
    limit: int = LIMIT,
    **more: Any,
) -> Asked:
    """Send a request that constrains the output.

    If the response was truncated so that it cannot be judged, retry with a higher limit and a repetition penalty.
    `more` has additional body parameters. The temperature is 0 unless `more` sets it.

    Small models often fill constrained output with whitespace or repeat themselves (seen on vLLM with a model of 135
    million parameters).
    """
    params = {"temperature": 0, **dialect.params(constraint), **more}
    reply = await chat(prompt, max_tokens=limit, **params)
    replies = [reply]
    # In a thread of its own: what judges a text must not hold up the requests that are under way.
    if reply.accepted and await asyncio.to_thread(lambda: any(undecided(constraint, said) for said in contents(reply))):
        again = await chat(prompt, max_tokens=2 * limit, frequency_penalty=1, **params)
        if again.accepted:
            replies.append(again)
    return Asked(constraint, (*dialect.names, *names), tuple(replies))


async def ask_response(
    responses: Responses, constraint: JsonSchema, prompt: str, *, names: tuple[str, ...] = (), limit: int = LIMIT
) -> Asked:
    """Send the constraint as `text.format` in a request to the Responses API."""
    named = {"type": "json_schema", "name": "finding", "strict": True, "schema": constraint.schema}
    reply = await responses(prompt, text={"format": named}, max_output_tokens=limit, temperature=0)
    return Asked(constraint, ("text", "format", "json_schema", "schema", *names), (reply,))


CALL = "record"


def call_exactly(value: Any) -> str:
    """Return a prompt that dictates the arguments of a tool call, which violate the constraint of the request."""
    return f"Call {CALL} with exactly these arguments: {json.dumps(value, ensure_ascii=False)}"


async def ask_call(
    chat: Chat, constraint: JsonSchema, prompt: str, *, names: tuple[str, ...] = (), limit: int = LIMIT
) -> Asked:
    """Force a call to a function with `strict: true`. The constraint is the schema of the function's parameters."""
    function = {"name": CALL, "description": "Record a finding.", "strict": True, "parameters": constraint.schema}
    choice = {"type": "function", "function": {"name": CALL}}
    tools = [{"type": "function", "function": function}]
    reply = await chat(prompt, tools=tools, tool_choice=choice, max_tokens=2 * limit, temperature=0)
    return Asked(constraint, ("tools", "strict", "parameters", "function", "schema", *names), (reply,), arguments)


def undecided(constraint: Constraint, said: Said) -> bool:
    """Return whether the text was truncated and could still have become a text that satisfies the constraint."""
    return said.cut and bool(ruling(constraint, said))


def ruling(constraint: Constraint, said: Said) -> Ruling:
    """Decide whether a text satisfies the constraint, or whether a truncated text could still have satisfied it."""
    # The limit may cut within a character, whose first bytes come as U+FFFD.
    return constraint.may_begin(said.text.rstrip("\ufffd")) if said.cut else constraint.admits(said.text)


def expect_obeyed(asked: Asked) -> None:
    """Expect every choice of the response to satisfy the constraint.

    The check is inconclusive if a choice was truncated, and a longer text could have satisfied the constraint. Raises
    `NotAnswered`.
    """
    for reply in asked.replies:
        for said in asked.said(reply):
            ruled = ruling(asked.constraint, said)
            if not ruled:
                _of_another_keyword(asked.constraint, ruled)
                raise Broken([_finding(asked.constraint, reply, said, ruled)])
    for said in asked.said(asked.reply):
        premise(
            not undecided(asked.constraint, said) or asked.constraint.admits(said.text),
            f"the token limit truncated the response: {said.text[:120]!r}",
        )


def _of_another_keyword(constraint: Constraint, ruled: Ruling) -> None:
    """Make the check inconclusive if a text violates only keywords that the check does not test."""
    tested = constraint.tested if isinstance(constraint, JsonSchema) else ()
    premise(
        not isinstance(constraint, JsonSchema) or constraint.tests(ruled),
        f"the response does not violate {' or '.join(tested)}, but another keyword of the schema: {ruled.why[:160]}",
    )


def _finding(constraint: Constraint, reply: ChatReply | ResponseReply, said: Said, ruled: Ruling) -> Finding:
    observed = f"{shown(said.text, 240)}: {ruled.why[:160]}"
    return Finding(constraint.wanted, observed, said.where, reply.exchange.id)


def expect_enforced_or_refused(asked: Asked) -> None:
    """Expect the target to enforce the constraint, or to reject it with an error that names it.

    If the target ignores the constraint or returns a 5xx, the requirement is violated. The function
    `expect_enforced_or_refused` is for parts of a feature that an endpoint may lack, such as a keyword of JSON Schema,
    even if the profile promises the feature.
    """
    exchange = asked.reply.exchange
    status = exchange.status
    if asked.reply.accepted:
        expect_obeyed(asked)
        return
    if status in BUSY:
        raise Inconclusive(Reason.RATE_LIMITED, f"the target answered {status}")
    if status is not None and status >= 500:
        finding = Finding("the constraint enforced, or rejected with a 4xx", answer(exchange), "status", exchange.id)
        raise Broken([finding])
    if status is None or not 400 <= status < 500:
        raise NotAnswered(exchange, f"no completion: {answer(exchange)}")
    error = read_error(exchange)
    said = error.message or exchange.text
    premise(points_at(error, asked.names), f"rejected with {status}, but not for the constraint: {shown(said, 160)}")
    raise Unsupported(f"rejected with {status}: {shown(said, 200)}")
