"""Asking for constrained output, and what the answers prove: the ground of all guided scenarios."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from conformance.checks.constraints import Constraint, Dialect, Ruling
from conformance.checks.language import Broken, Inconclusive, Unsupported, answer, premise, shown
from conformance.checks.refusal import BUSY
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, Choice, NotAnswered, points_at, read_error
from conformance.verdict import Finding, Reason

POEM = "Write a short poem about the sea. No JSON, no lists, just a poem."
LIMIT = 48  # output tokens; every constraint here admits something much shorter


def closed(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An object schema as OpenAI's strict mode wants it: all members required, no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        **more,
    }


def exactly(value: Any) -> str:
    """A prompt that asks for one JSON text, which the constraint of its case forbids."""
    return f"Answer with exactly this: {json.dumps(value, ensure_ascii=False)}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A constraint, the words by which a refusal may name it, and the answers, the last one the most telling."""

    constraint: Constraint
    names: tuple[str, ...]
    replies: tuple[ChatReply, ...]

    @property
    def reply(self) -> ChatReply:
        """The answer that counts."""
        return self.replies[-1]


async def ask(
    chat: Chat,
    dialect: Dialect,
    constraint: Constraint,
    prompt: str,
    *,
    names: tuple[str, ...] = (),
    limit: int = LIMIT,
) -> Asked:
    """Ask once; and once more, with more room and repetition made dear, where the limit hid the verdict.

    Small models like to fill constrained output with white space or to go round in circles (seen on vLLM with a model
    of 135 million parameters), and a text that was cut proves nothing.
    """
    params = dialect.params(constraint)
    reply = await chat(prompt, max_tokens=limit, temperature=0, **params)
    replies = [reply]
    if reply.accepted and any(undecided(constraint, choice) for choice in reply.choices):
        again = await chat(prompt, max_tokens=2 * limit, temperature=0, frequency_penalty=1, **params)
        if again.accepted:
            replies.append(again)
    return Asked(constraint, (*dialect.names, *names), tuple(replies))


def undecided(constraint: Constraint, choice: Choice) -> bool:
    """Whether the token limit cut a text that may have been on its way to the wanted form."""
    return choice.finish_reason == "length" and bool(constraint.may_begin(choice.text))


def ruling(constraint: Constraint, choice: Choice) -> Ruling:
    """What the constraint says of one choice, cut or not."""
    cut = choice.finish_reason == "length"
    return constraint.may_begin(choice.text) if cut else constraint.admits(choice.text)


def expect_obeyed(asked: Asked) -> None:
    """Every choice has the form; inconclusive where the limit cut one that still might. Raises `NotAnswered`."""
    for reply in asked.replies:
        for choice in reply.choices:
            ruled = ruling(asked.constraint, choice)
            if not ruled:
                raise Broken([_finding(asked.constraint, reply, choice, ruled)])
    for choice in asked.reply.choices:
        premise(
            not undecided(asked.constraint, choice) or asked.constraint.admits(choice.text),
            f"the token limit cut the answer: {choice.text[:120]!r}",
        )


def _finding(constraint: Constraint, reply: ChatReply, choice: Choice, ruled: Ruling) -> Finding:
    where = f"/choices/{choice.index}/message/content"
    return Finding(constraint.wanted, f"{shown(choice.text, 240)}: {ruled.why[:160]}", where, reply.exchange.id)


def expect_enforced_or_refused(asked: Asked) -> None:
    """Obeyed is a pass and a clean refusal is fair; accepted and not enforced is broken, and so is a 5xx.

    For what an endpoint may leave out of a feature that it has (a keyword of JSON Schema), whatever its profile says.
    """
    exchange = asked.reply.exchange
    status = exchange.status
    if asked.reply.accepted:
        expect_obeyed(asked)
        return
    if status in BUSY:
        raise Inconclusive(Reason.RATE_LIMITED, f"the target answered {status}")
    if status is not None and status >= 500:
        finding = Finding("the constraint enforced, or refused with a 4xx", answer(exchange), "status", exchange.id)
        raise Broken([finding])
    if status is None or not 400 <= status < 500:
        raise NotAnswered(exchange, f"no completion: {answer(exchange)}")
    error = read_error(exchange)
    said = error.message or exchange.text
    premise(points_at(error, asked.names), f"refused with {status}, but not for the constraint: {shown(said, 160)}")
    raise Unsupported(f"refused with {status}: {shown(said, 200)}")
