"""Compares two samples of texts with an exact statistical test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import comb


def p_value(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the probability that two samples of one distribution differ at least as much as the given samples.

    The test is Fisher's exact test, two-sided. The test compares how often the text that is most common in both samples
    together occurs in each sample.
    """
    common = most_common([*one, *other])
    return fisher(one.count(common), len(one), other.count(common), len(other))


def most_common(texts: Sequence[str]) -> str:
    """Return the most common of the given texts; if several are equally common, the alphabetically first of them."""
    counted = Counter(texts)
    return min(counted, key=lambda text: (-counted[text], text))


def fisher(hits: int, size: int, other_hits: int, other_size: int) -> float:
    """Return the p-value of Fisher's exact test for two proportions, two-sided."""
    total = hits + other_hits
    ways = [
        comb(size, k) * comb(other_size, total - k) if 0 <= total - k <= other_size else 0
        for k in range(min(size, total) + 1)
    ]
    return sum(way for way in ways if way <= ways[hits]) / sum(ways)
