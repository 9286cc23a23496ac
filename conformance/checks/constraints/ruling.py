"""The decision whether a text satisfies a constraint, with the reason if it does not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ruling:
    """The decision about one text: true if the text satisfies the constraint; otherwise, `why` gives the reason.

    `keywords` has the keywords of the JSON schema that the text violates, with the keywords around them, such as
    `anyOf` around `type`. `keywords` is empty if the text is not JSON, or if the constraint is not a schema.
    """

    why: str = ""
    keywords: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return not self.why


FINE = Ruling()
