"""Decides with a sequential test whether a check of sampled responses failed by chance or because of a fault.

The sequential test is Wald's sequential probability ratio test (A. Wald, Sequential Tests of Statistical Hypotheses,
1945). The sequential test compares two hypotheses about a check. If the target conforms, the check fails with a
probability of at most `lawful`. If the target is broken, the check fails with a probability of at least `broken`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import comb, log, sqrt

ALPHA = 0.001
"""Maximum probability that a lawful target is called broken."""
BETA = 0.05
"""Maximum probability that a broken target is called lawful."""
MOST = 8
"""Maximum number of times that one check is judged."""


class Decision(StrEnum):
    """The decision of the sequential test after the results so far: broken, lawful, or still open."""

    BROKEN = "broken"
    LAWFUL = "lawful"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Rates:
    """The failure rates of a check: at most `lawful` on a conforming target, at least `broken` on a faulty target."""

    lawful: float = 0.05
    broken: float = 0.8


def decide(rates: Rates, failed: int, asked: int) -> Decision:
    """Return whether the target is broken, lawful or still undecided if a check failed `failed` of `asked` times."""
    ratio = _evidence(rates, failed, asked)
    if ratio >= log((1 - BETA) / ALPHA):
        return Decision.BROKEN
    return Decision.LAWFUL if ratio <= log(BETA / (1 - ALPHA)) else Decision.OPEN


def fewest(rates: Rates, failed: int, asked: int) -> int:
    """Return the minimum number of further judgings after which the sequential test can reach a decision.

    `MOST` is the maximum number of times that the suite judges one check.
    """
    for more in range(1, MOST - asked + 1):
        results = (decide(rates, failed + more, asked + more), decide(rates, failed, asked + more))
        if any(result is not Decision.OPEN for result in results):
            return more
    return max(0, MOST - asked)


def repetitions(rates: Rates, share: float) -> tuple[float, int]:
    """Return the mean number of repetitions of a check that fails with the probability `share`, and the maximum number.

    The mean counts 0 repetitions for a check that passes at first, because only a failed check is repeated.
    """
    mean, most = _more(rates, share, 1, 1)
    return share * mean, most


def _more(rates: Rates, share: float, failed: int, asked: int) -> tuple[float, int]:
    """Return the mean and the maximum number of further repetitions after these results."""
    if decide(rates, failed, asked) is not Decision.OPEN or asked >= MOST:
        return 0.0, 0
    more = fewest(rates, failed, asked)
    mean, most = float(more), more
    for fails in range(more + 1):
        later, latest = _more(rates, share, failed + fails, asked + more)
        mean += comb(more, fails) * share**fails * (1 - share) ** (more - fails) * later
        most = max(most, more + latest)
    return mean, most


def _evidence(rates: Rates, failed: int, asked: int) -> float:
    """Return the logarithm of the likelihood ratio, broken to lawful."""
    return failed * log(rates.broken / rates.lawful) + (asked - failed) * log((1 - rates.broken) / (1 - rates.lawful))


def wilson(failed: int, asked: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the 95 % confidence interval of a proportion (E. B. Wilson, Probable Inference, 1927)."""
    share, half = failed / asked, z * z / (2 * asked)
    spread = z * sqrt(share * (1 - share) / asked + half / (2 * asked))
    low, high = ((share + half + sign * spread) / (1 + 2 * half) for sign in (-1, 1))
    return max(0.0, low), min(1.0, high)


def at_most(failed: int, asked: int, confidence: float = 0.95) -> float:
    """Return the upper confidence bound of a proportion (C. J. Clopper and E. S. Pearson, 1934; one-sided)."""
    if failed >= asked:
        return 1.0
    low, high = failed / asked, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _no_more_than(failed, asked, middle) > 1 - confidence else (low, middle)
    return high


def at_least(failed: int, asked: int, confidence: float = 0.95) -> float:
    """Return the lower confidence bound of a proportion, calculated like the upper bound in `at_most`."""
    return 1 - at_most(asked - failed, asked, confidence)


def _no_more_than(failed: int, asked: int, share: float) -> float:
    """Return the probability of at most `failed` failures."""
    return sum(comb(asked, k) * share**k * (1 - share) ** (asked - k) for k in range(failed + 1))
