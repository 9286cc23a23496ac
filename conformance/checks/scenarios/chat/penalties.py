"""Uses log probabilities to find where a presence penalty must change a text that was generated at temperature 0.

A presence penalty lowers the score of every token that was used before by the same amount. Where a generated text
repeats a token, a token that the text does not have yet may be nearly as likely. If the difference between the scores
of the repeated token and the new token is smaller than the penalty, the text with the penalty must have the new token.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

# Two runs of an engine may give a token slightly different scores, and some round them.
MARGIN = 0.4


def scored(entry: Any) -> tuple[str, float] | None:
    """Return the token and log probability of an entry; None if the entry is malformed or has part of a character."""
    if not isinstance(entry, dict):
        return None
    token, score = entry.get("token"), entry.get("logprob")
    if not isinstance(token, str) or "\ufffd" in token or not isinstance(score, (int, float)):
        return None
    return (token, float(score)) if score <= 0 else None


def must_change(entries: Sequence[dict[str, Any]], prompt: str, penalty: float) -> Iterator[tuple[str, str]]:
    """Yield pairs of a repeated token and a new token, one pair for each position at which the text must change.

    Tokens that appear in the prompt are not used as new tokens, because some engines also penalise the tokens of the
    prompt.
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
