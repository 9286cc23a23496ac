"""Calculates from log probabilities at which position a presence penalty must change a greedy text.

A presence penalty lowers the score of every token that was used before by the same amount. If a greedy text repeats a
token whose lead over a new token is smaller than the penalty, the text with the penalty must differ at this position.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

# Two runs of an engine may give a token slightly different scores, and some round them.
MARGIN = 0.4


def scored(entry: Any) -> tuple[str, float] | None:
    """Return a token and its log probability; None if the entry is malformed, or the token is a partial character."""
    if not isinstance(entry, dict):
        return None
    token, score = entry.get("token"), entry.get("logprob")
    if not isinstance(token, str) or "\ufffd" in token or not isinstance(score, (int, float)):
        return None
    return (token, float(score)) if score <= 0 else None


def must_change(entries: Sequence[dict[str, Any]], prompt: str, penalty: float) -> Iterator[tuple[str, str]]:
    """Return the positions that the presence penalty must change: the repeated token, and the new token that overtakes it.

    The new token must not appear in the prompt, because some engines count the prompt as used.
    """
    used: set[str] = set()
    for entry in entries:
        found = scored(entry)
        if found is None:
            continue
        token, score = found
        listed = entry.get("top_logprobs")
        for other in map(scored, listed if isinstance(listed, list) else ()):
            if token not in used or other is None or other[0] in used:
                continue
            known = other[0].strip().lower() in prompt.lower()
            if not known and score - other[1] < penalty - MARGIN:
                yield token, other[0]
                break
        used.add(token)
