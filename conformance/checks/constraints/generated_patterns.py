"""Generates random regular expressions and lists of choices, each with an allowed and a forbidden text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.checks.constraints.constraint import Choice, Regex
from conformance.checks.constraints.drawing import drawn

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


@dataclass(frozen=True, slots=True)
class PatternPart:
    """A part of a regular expression, a text that matches this part, and a text that does not."""

    pattern: str
    witness: str
    wrong: str


@dataclass(frozen=True, slots=True)
class DrawnRegex:
    """A random regular expression that consists of several parts.

    The prompt dictates a text that violates the part `parts[broken]`.
    """

    parts: tuple[PatternPart, ...]
    broken: int

    @property
    def constraint(self) -> Regex:
        """The pattern."""
        return Regex("".join(part.pattern for part in self.parts))

    @property
    def witness(self) -> str:
        """A text that the regular expression matches from beginning to end."""
        return "".join(part.witness for part in self.parts)

    @property
    def forbidden(self) -> str:
        """A text that the regular expression does not match from beginning to end."""
        text = "".join(part.wrong if n == self.broken else part.witness for n, part in enumerate(self.parts))
        return text if not re.fullmatch(self.constraint.pattern, text) else f"{self.witness} and the sea"


@dataclass(frozen=True, slots=True)
class DrawnChoice:
    """A random list of choices, and a text that is similar to one of them but not in the list."""

    choices: tuple[str, ...]
    forbidden: str

    @property
    def constraint(self) -> Choice:
        """The choices."""
        return Choice(self.choices)


_LITERALS = ("zq", "Kw ", "ör", "漢", r"v1\.0", r"\(x\)", r"\[7\]", r"a\+b", r"\\")
_CLASSES = {
    "[0-9]": ("4", "x"),
    "[a-f]": ("c", "z"),
    "[A-FX]": ("X", "x"),
    "[αβγ]": ("β", "b"),
    r"[^a-z0-9\s]": ("#", "q"),
}
_AGAIN = ("", "{2}", "{1,3}", "?", "{2,4}")


def _literal(text: str) -> PatternPart:
    plain = re.sub(r"\\(.)", r"\1", text)
    return PatternPart(text, plain, "sea")


def _class(name: str, again: str) -> PatternPart:
    good, wrong = _CLASSES[name]
    times = 2 if again in ("{2}", "{2,4}") else 1
    return PatternPart(f"{name}{again}", good * times, wrong * times)


def _either(first: str, second: str, again: str) -> PatternPart:
    one, other = _literal(first), _literal(second)
    return PatternPart(
        f"({one.pattern}|{other.pattern}){again}", one.witness * (2 if again == "{2}" else 1), f"{one.witness}sea"
    )


def _parts() -> SearchStrategy[PatternPart]:
    from hypothesis import strategies as st  # takes long to import, and most runs draw nothing

    literals = st.sampled_from(_LITERALS)
    classes = st.builds(_class, st.sampled_from(sorted(_CLASSES)), st.sampled_from(_AGAIN))
    return (
        st.builds(_literal, literals) | classes | st.builds(_either, literals, literals, st.sampled_from(("", "{2}")))
    )


def _regexes() -> SearchStrategy[DrawnRegex]:
    from hypothesis import strategies as st

    def made(parts: Sequence[PatternPart], broken: int) -> DrawnRegex:
        return DrawnRegex(tuple(parts), broken % len(parts))

    return st.builds(made, st.lists(_parts(), min_size=2, max_size=5), st.integers(0, 4))


_STEMS = ("zor", "quib", "brass lantern", "onyx", "ὕβρ", "漢", 'q"', "a\\b")
_ENDS = ("", "blax", "blaxian", " 77", "-x", "\nkw", "é", "'s")


def _choices() -> SearchStrategy[DrawnChoice]:
    from hypothesis import strategies as st

    def made(texts: list[str], which: int, how: int) -> DrawnChoice:
        one = texts[which % len(texts)]
        near = (one.swapcase(), one[:-1], f"{one} and more", f"It is {one}.")
        return DrawnChoice(tuple(texts), next(text for text in (near[how], f"{one}!") if text and text not in texts))

    texts = st.builds(lambda stem, end: f"{stem}{end}", st.sampled_from(_STEMS), st.sampled_from(_ENDS))
    return st.builds(made, st.lists(texts, min_size=1, max_size=24, unique=True), st.integers(0, 23), st.integers(0, 3))


def draw_regexes(count: int, number: int) -> list[DrawnRegex]:
    """Generate `count` different regular expressions. The same seed (`number`) always gives the same expressions."""
    return drawn(_regexes(), count, number, lambda each: each.constraint.pattern)


def draw_choices(count: int, number: int) -> list[DrawnChoice]:
    """Generate `count` different lists of choices. The same seed (`number`) always gives the same lists."""
    return drawn(_choices(), count, number, lambda each: repr(each.choices))


def smaller_regex(drawing: DrawnRegex) -> Iterator[DrawnRegex]:
    """Yield smaller regular expressions that may fail for the same reason.

    The first smaller regular expression is only the part that the output violated. Each further regular expression
    lacks one part of the original one, but never the violated part.
    """
    if len(drawing.parts) > 1:
        yield DrawnRegex((drawing.parts[drawing.broken],), 0)
        for n in range(len(drawing.parts)):
            if n != drawing.broken:
                rest = drawing.parts[:n] + drawing.parts[n + 1 :]
                yield DrawnRegex(rest, drawing.broken - (n < drawing.broken))


def smaller_choice(drawing: DrawnChoice) -> Iterator[DrawnChoice]:
    """Yield two smaller lists: the first half of the choices, and the second half."""
    middle = len(drawing.choices) // 2
    if middle:
        yield DrawnChoice(drawing.choices[:middle], drawing.forbidden)
        yield DrawnChoice(drawing.choices[middle:], drawing.forbidden)
