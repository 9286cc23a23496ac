"""Random constraints: every response must satisfy its constraint; a violated constraint is shrunk to a smaller one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from conformance.checks import ByName, Inconclusive, deep, premise, probe, requirement, uses
from conformance.checks.constraints import Constraint, Dialect
from conformance.checks.constraints.drawing import shrunk
from conformance.checks.constraints.generated_patterns import (
    draw_choices,
    draw_regexes,
    smaller_choice,
    smaller_regex,
)
from conformance.checks.families import put_check
from conformance.checks.generated.in_thread import in_thread
from conformance.checks.language import Unsupported
from conformance.checks.scenarios.guided.asking import Asked, expect_enforced_or_refused
from conformance.checks.scenarios.guided.joined import broken, part
from conformance.checks.scenarios.guided.patterns import say
from conformance.engine.clients import Chat

SEED = 20260131  # any number; a fixed one, so that two runs ask the same
PATTERNS = 8
LIMIT = 96
MOST_SHRINKING = 12  # requests

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Drawing:
    """The responses to all random constraints, and the smallest constraint that was violated.

    `joined` is the response to a request with all constraints; None if there was no such request.
    """

    asked: tuple[Asked, ...]
    smallest: Asked | None
    joined: Asked | None = None


async def ask_all(
    chat: Chat,
    dialect: Dialect,
    drawn: Sequence[T],
    spell: Callable[[T], tuple[Constraint, str]],
    smaller: Callable[[T], Iterable[T]],
    joined: Asked | None = None,
) -> Drawing:
    """Send one request for each random constraint, and shrink the first constraint that is violated.

    The function `spell` returns the constraint and the prompt to send. `joined` is the response to a schema whose
    members are all the constraints. No separate request is sent for a constraint that the response `joined` satisfies.
    """

    async def ask(each: T) -> Asked:
        constraint, prompt = spell(each)
        reply = await chat(prompt, max_tokens=LIMIT, temperature=0, **dialect.params(constraint))
        return Asked(constraint, dialect.names, (reply,))

    async def ask_or_read(number: int, each: T) -> Asked:
        known = joined and await asyncio.to_thread(part, joined, member_name(number), spell(each)[0])
        return known or await ask(each)

    asked = await asyncio.gather(*(ask_or_read(*numbered) for numbered in enumerate(drawn)))
    worst = next((each for each, answered in zip(drawn, asked, strict=True) if broken(answered)), None)
    if worst is None:
        return Drawing(tuple(asked), None, joined)

    async def fails(each: T) -> bool:
        return broken(await ask(each))

    smallest, _ = await shrunk(worst, smaller, fails, MOST_SHRINKING)
    return Drawing(tuple(asked), await ask(smallest), joined)  # a request that was sent before is not sent again


def member_name(number: int) -> str:
    """Return the property name of a random constraint in the schema that joins several constraints."""
    return f"part{number}"


def expect_all_obeyed(drawing: Drawing) -> None:
    """Expect that no constraint is violated; the check is inconclusive if no response could be judged."""
    if drawing.smallest is not None:
        expect_enforced_or_refused(drawing.smallest)
    if drawing.joined is not None and broken(drawing.joined):
        expect_enforced_or_refused(drawing.joined)
    undecided = []
    for asked in drawing.asked:
        try:
            expect_enforced_or_refused(asked)
        except (Inconclusive, Unsupported) as why:
            undecided.append(str(why))
    count = len(drawing.asked)
    premise(len(undecided) < count, f"none of {count} constraints (seed {SEED}) could be judged: {undecided[:1]}")


class _Pattern(Protocol):
    @property
    def constraint(self) -> Constraint: ...

    @property
    def forbidden(self) -> str: ...


def dictated(drawn: _Pattern) -> tuple[Constraint, str]:
    """Return a randomly generated constraint, and a prompt that dictates a text which violates this constraint."""
    return drawn.constraint, say(drawn.forbidden)


def staged(name: str, dialect: Dialect, drawing: Callable[[int, int], list[Any]], shrinking: Any) -> Any:
    """Create the probe that sends random regular expressions or lists of choices in one dialect."""

    async def asked(chat: Chat) -> Drawing:
        drawn = await in_thread(drawing, PATTERNS, SEED)
        return await ask_all(chat, dialect, drawn, dictated, shrinking)

    asked.__name__ = name
    asked.__doc__ = f"Drawn constraints, asked by {dialect.name}."
    return probe(asked)


def checked(name: str, id: str) -> Callable[[ByName], None]:
    """Create the check that judges the responses to random regular expressions or lists of choices."""

    @requirement(id)
    @uses(name)
    @deep
    def test(request: ByName) -> None:
        expect_all_obeyed(request.getfixturevalue(name))

    test.__name__ = f"test_{name}"
    test.__doc__ = "Every answer is one that the drawn constraint admits."
    return test


def put_drawn(module: str, contract: str, dialect: Dialect) -> None:
    """Add to a module the checks of two requirements of a contract: `regex.generated` and `choice.generated`."""
    for kind, drawing, shrinking in (
        ("regex", draw_regexes, smaller_regex),
        ("choice", draw_choices, smaller_choice),
    ):
        name = f"drawn_{contract}_{kind}".replace(".", "_").replace("-", "_")
        check = checked(name, f"{contract}.{kind}.generated")
        put_check(module, check, staged(name, dialect, drawing, shrinking))
