"""If a prompt dictates an allowed text, an enforced regular expression or list of choices must not exclude the text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.checks import ByName, expect, premise, probe, requirement, standard, uses
from conformance.checks.constraints import Choice, Constraint, Dialect, Regex
from conformance.checks.families import put_check
from conformance.checks.scenarios.guided.patterns import REFERENCE_CODE, THREE, say
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

ROOM = 32
ALLOWED: tuple[tuple[Regex | Choice, str], ...] = (
    (REFERENCE_CODE, "ref-9075-FAD"),
    (THREE, THREE.choices[-1]),
    (Regex("(zq|xvw)[a-c]{2,4}(kw)?"), "xvwabcckw"),
)
"""A text that each constraint allows: the last choice, the second branch, the longest repetition."""


@dataclass(frozen=True, slots=True)
class DictatedText:
    """The responses to a prompt that dictates an allowed text, without and with the constraint."""

    constraint: Constraint
    text: str
    free: ChatReply
    bound: ChatReply

    @property
    def judged(self) -> bool:
        """Whether the model copied the text without the constraint, and its constrained answer fits the constraint."""
        copied = self.free.accepted and self.free.text.strip() == self.text
        return bool(copied and self.bound.accepted and self.constraint.admits(self.bound.text))


def staged(name: str, dialect: Dialect) -> Any:
    """Create the probe that dictates an allowed text for each constraint in one dialect."""

    async def asked(chat: Chat) -> tuple[DictatedText, ...]:
        async def dictated(constraint: Regex | Choice, text: str) -> DictatedText:
            free, bound = await asyncio.gather(
                chat(say(text), max_tokens=ROOM, temperature=0),
                chat(say(text), max_tokens=ROOM, temperature=0, **dialect.params(constraint)),
            )
            return DictatedText(constraint, text, free, bound)

        return tuple(await asyncio.gather(*(dictated(*each) for each in ALLOWED)))

    asked.__name__ = name
    asked.__doc__ = f"Dictate texts that a constraint allows, with the parameters of {dialect.name}."
    return probe(asked)


def checked(name: str, id: str) -> Callable[[ByName], None]:
    """Create the check that the model returns each dictated text unchanged: the constraint allows each text."""

    @requirement(id)
    @uses(name)
    @standard
    def test(request: ByName) -> None:
        dictated: tuple[DictatedText, ...] = request.getfixturevalue(name)
        dictated[0].bound.require_choices()
        judged = [each for each in dictated if each.judged]
        premise(judged, "the model does not repeat a dictated text even without a constraint")
        for each in judged:
            wanted = (
                f"{each.text!r}, which was dictated, is returned without a constraint, and is {each.constraint.wanted}"
            )
            where = "/choices/0/message/content"
            expect(each.bound.text == each.text, wanted, got=each.bound.text, where=where, on=each.bound)

    test.__name__ = f"test_{name}"
    test.__doc__ = "A dictated text that the constraint allows is returned."
    return test


def put_lawful(module: str, contract: str, dialect: Dialect) -> None:
    """Add to a module the check that a contract's constraints allow every lawful text."""
    name = f"lawful_{contract}".replace(".", "_").replace("-", "_")
    put_check(module, checked(name, f"{contract}.lawful"), staged(name, dialect))
