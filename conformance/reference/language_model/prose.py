"""Generates deterministic prose for prompts that match none of the model's rules. Equal prompts produce equal texts."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

from conformance.reference.language_model.words import ADJECTIVES, NOUNS, PEOPLE, PLACES, TIMES, VERBS


def digest(*parts: object) -> int:
    """Return a number computed from the values, which are converted to text first.

    The same values give the same number in every process, unlike with Python's `hash`.
    """
    return zlib.crc32("\x1f".join(map(str, parts)).encode("utf-8", "replace"))


def _picks(seed: int) -> Iterator[int]:
    state = seed or 1
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        yield state >> 33


def story(prompt: str, sentences: int) -> str:
    """Return a story with `sentences` sentences, whose words depend on the prompt."""
    pick = _picks(digest("story", prompt))

    def of(words: Sequence[str]) -> str:
        return words[next(pick) % len(words)]

    told = []
    for number in range(sentences):
        opening = f"{of(TIMES)} {of(PEOPLE)}" if number % 2 else of(PEOPLE).capitalize()
        told.append(f"{opening} {of(VERBS)} the {of(ADJECTIVES)} {of(NOUNS)} {of(PLACES)}.")
    return " ".join(told)


def poem(prompt: str) -> str:
    """Return a poem of four lines."""
    pick = _picks(digest("poem", prompt))
    lines = [
        f"The {ADJECTIVES[next(pick) % len(ADJECTIVES)]} {NOUNS[next(pick) % len(NOUNS)]} {VERBS[next(pick) % len(VERBS)]}"
        f" {PLACES[next(pick) % len(PLACES)]}"
        for _ in range(4)
    ]
    return ",\n".join(lines) + "."
