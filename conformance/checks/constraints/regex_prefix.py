"""Decides whether a truncated text could continue so that the complete text matches a regular expression."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from re import _constants, _parser  # no public parse tree exists
from typing import Any

sre: Any = _constants
sre_parser: Any = _parser

Fits = Callable[[str], bool]

_MOST_COPIES = 300
_CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}


class _Unreadable(Exception):
    """The pattern has something that no finite automaton follows (a back reference, a look-around)."""


def may_match(pattern: str, beginning: str) -> bool:
    """Return whether the text could continue so that the complete text matches the regular expression.

    Returns true if the regular expression cannot be analysed.
    """
    try:
        automaton = _automaton(pattern)
    except (_Unreadable, re.error, OverflowError, RecursionError):
        return True
    states = automaton.closure({0})
    for character in beginning:
        states = automaton.closure(automaton.after(states, character))
        if not states:
            return False
    return True


class _Automaton:
    """States by number; state 0 begins. Assertions take no character and always hold, which errs on the side of True."""

    def __init__(self) -> None:
        self._free: list[list[int]] = [[]]
        self._taking: list[list[tuple[Fits, int]]] = [[]]

    def state(self) -> int:
        """A new state."""
        self._free.append([])
        self._taking.append([])
        return len(self._free) - 1

    def closure(self, states: Iterable[int]) -> frozenset[int]:
        """These states and those that follow without a character."""
        found: set[int] = set()
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            if state not in found:
                found.add(state)
                waiting += self._free[state]
        return frozenset(found)

    def after(self, states: Iterable[int], character: str) -> set[int]:
        """Where a character leads."""
        return {target for state in states for fits, target in self._taking[state] if fits(character)}

    def add(self, parsed: Any, start: int) -> int:
        """Add a sequence behind `start`; the state at its end."""
        for operator, argument in parsed:
            start = self._add(operator, argument, start)
        return start

    def _take(self, start: int, fits: Fits) -> int:
        end = self.state()
        self._taking[start].append((fits, end))
        return end

    def _add(self, operator: Any, argument: Any, start: int) -> int:
        one: dict[Any, Fits] = {
            sre.LITERAL: lambda c: ord(c) == argument,
            sre.NOT_LITERAL: lambda c: ord(c) != argument,
            sre.ANY: lambda c: c != "\n",
            sre.IN: lambda c: _in_set(c, argument),
        }
        if operator in one:
            return self._take(start, one[operator])
        if operator is sre.AT:
            return start
        if operator is sre.SUBPATTERN:
            return self.add(argument[-1], start)
        if operator is sre.BRANCH:
            end = self.state()
            for branch in argument[1]:
                self._free[self.add(branch, start)].append(end)
            return end
        if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            low, high, inner = argument
            return self._repeat(low, high, inner, start)
        raise _Unreadable(str(operator))

    def _repeat(self, low: int, high: int, inner: Any, start: int) -> int:
        endless = high is sre.MAXREPEAT
        if low > _MOST_COPIES or (not endless and high > _MOST_COPIES):
            raise _Unreadable("too many copies")
        for _ in range(low):
            start = self.add(inner, start)
        if endless:
            loop = self.state()
            self._free[start].append(loop)
            self._free[self.add(inner, loop)].append(loop)
            return loop
        end = self.state()
        for _ in range(high - low):
            self._free[start].append(end)
            start = self.add(inner, start)
        self._free[start].append(end)
        return end


@lru_cache(maxsize=256)
def _automaton(pattern: str) -> _Automaton:
    parsed = sre_parser.parse(pattern)
    if parsed.state.flags & (re.IGNORECASE | re.DOTALL):
        raise _Unreadable("flags")
    automaton = _Automaton()
    automaton.add(parsed, 0)
    return automaton


def _in_set(character: str, items: Any) -> bool:
    code, negated, found = ord(character), False, False
    for operator, argument in items:
        if operator is sre.NEGATE:
            negated = True
        elif operator is sre.LITERAL:
            found = found or code == argument
        elif operator is sre.RANGE:
            found = found or argument[0] <= code <= argument[1]
        elif operator is sre.CATEGORY:
            found = found or bool(re.fullmatch(_CATEGORIES[argument], character))
    return found != negated
