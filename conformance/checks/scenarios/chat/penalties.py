"""Where a presence penalty must change a greedy text, told from the text's own log probabilities.

A penalty takes as much from the score of every token that was used before. Wherever a free greedy text uses a token again
that is less than that ahead of one which is new, the penalised text is another one, however sure the model is elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

# Two runs of an engine may give a token slightly different scores, and some round them.
MARGIN = 0.4


def scored(entry: Any) -> tuple[str, float] | None:
    """A token and its log probability; None for what is no such pair, or no whole character."""
    if not isinstance(entry, dict):
        return None
    token, score = entry.get("token"), entry.get("logprob")
    if not isinstance(token, str) or "\ufffd" in token or not isinstance(score, (int, float)):
        return None
    return (token, float(score)) if score <= 0 else None


def must_change(entries: Sequence[dict[str, Any]], prompt: str, penalty: float) -> Iterator[tuple[str, str]]:
    """The places where the penalty decides: the token that was used again, and the new one that it gives way to.

    A new one is not in the prompt either, which some engines count as used.
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
