"""Random constraints: every response must satisfy its constraint, and a violated constraint is reduced to a smaller one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from conformance.checks import Broken, ByName, Inconclusive, deep, premise, probe, requirement, uses
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
from conformance.checks.scenarios.guided.patterns import say
from conformance.engine.clients import Chat
from conformance.reply import NotAnswered

SEED = 20260131  # any number; a fixed one, so that two runs ask the same
PATTERNS = 8
LIMIT = 96
MOST_SHRINKING = 12  # requests

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Drawing:
    """The replies to all random constraints, and the smallest violated constraint."""

    asked: tuple[Asked, ...]
    smallest: Asked | None


def broken(asked: Asked) -> bool:
    """Return whether a reply certainly violates its constraint."""
    try:
        expect_enforced_or_refused(asked)
    except Broken:
        return True
    except (Inconclusive, NotAnswered, Unsupported):
        return False
    return False


async def ask_all(
    chat: Chat,
    dialect: Dialect,
    drawn: Sequence[T],
    spell: Callable[[T], tuple[Constraint, str]],
    smaller: Callable[[T], Iterable[T]],
) -> Drawing:
    """Send a request for each random constraint, and shrink the first constraint that is violated.

    `spell` is a function that returns the constraint and the prompt.
    """

    async def ask(each: T) -> Asked:
        constraint, prompt = spell(each)
        reply = await chat(prompt, max_tokens=LIMIT, temperature=0, **dialect.params(constraint))
        return Asked(constraint, dialect.names, (reply,))

    asked = await asyncio.gather(*(ask(each) for each in drawn))
    worst = next((each for each, answered in zip(drawn, asked, strict=True) if broken(answered)), None)
    if worst is None:
        return Drawing(tuple(asked), None)

    async def fails(each: T) -> bool:
        return broken(await ask(each))

    smallest, _ = await shrunk(worst, smaller, fails, MOST_SHRINKING)
    return Drawing(tuple(asked), await ask(smallest))  # a request that was sent before is not sent again


def expect_all_obeyed(drawing: Drawing) -> None:
    """Expect no violation, and at least one reply that could be judged."""
    if drawing.smallest is not None:
        expect_enforced_or_refused(drawing.smallest)
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
    """Return a random regular expression or list of choices, with a prompt that dictates a forbidden text."""
    return drawn.constraint, say(drawn.forbidden)


def staged(name: str, dialect: Dialect, drawing: Callable[[int, int], list[Any]], shrinking: Any) -> Any:
    """Create the probe that sends random patterns in one dialect."""

    async def asked(chat: Chat) -> Drawing:
        drawn = await in_thread(drawing, PATTERNS, SEED)
        return await ask_all(chat, dialect, drawn, dictated, shrinking)

    asked.__name__ = name
    asked.__doc__ = f"Drawn constraints, asked by {dialect.name}."
    return probe(asked)


def checked(name: str, id: str) -> Callable[[ByName], None]:
    """Create the check that judges random patterns in one dialect."""

    @requirement(id)
    @uses(name)
    @deep
    def test(request: ByName) -> None:
        expect_all_obeyed(request.getfixturevalue(name))

    test.__name__ = f"test_{name}"
    test.__doc__ = "Every answer is one that the drawn constraint admits."
    return test


def put_drawn(module: str, contract: str, dialect: Dialect) -> None:
    """Add the checks of `CONTRACT.regex.generated` and `CONTRACT.choice.generated` to the module with the name `__name__`."""
    for kind, drawing, shrinking in (
        ("regex", draw_regexes, smaller_regex),
        ("choice", draw_choices, smaller_choice),
    ):
        name = f"drawn_{contract}_{kind}".replace(".", "_").replace("-", "_")
        check = checked(name, f"{contract}.{kind}.generated")
        put_check(module, check, staged(name, dialect, drawing, shrinking))
