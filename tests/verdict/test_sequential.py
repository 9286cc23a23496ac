"""The sequential test keeps its error rates, and the intervals are those of the literature."""

from __future__ import annotations

import random

import pytest

from conformance.verdict import MOST, Decision, Rates, at_least, at_most, decide, fewest, repetitions, wilson
from conformance.verdict.sequential import ALPHA


@pytest.mark.parametrize(
    ("rates", "needed"), [(Rates(0.05, 0.8), 3), (Rates(0.01, 0.85), 2), (Rates(0.2, 0.9), 5), (Rates(0.001, 0.99), 1)]
)
def test_the_more_often_lawful_targets_fail_the_more_repetitions_confirm(rates: Rates, needed: int) -> None:
    decisions = [decide(rates, failed, failed) for failed in range(1, needed + 1)]
    assert decisions == [*[Decision.OPEN] * (needed - 1), Decision.BROKEN]
    assert fewest(rates, 1, 1) <= max(needed - 1, 1)


def judged(rates: Rates, share: float, chance: random.Random) -> tuple[Decision, int]:
    """The result of a target that fails with this probability, after a first failure."""
    failed = asked = 1
    while (decision := decide(rates, failed, asked)) is Decision.OPEN and asked < MOST:
        for _ in range(fewest(rates, failed, asked)):
            failed, asked = failed + (chance.random() < share), asked + 1
    return decision, asked


def test_a_lawful_target_is_hardly_ever_called_broken() -> None:
    """The first failure is given here, so that even its rarity does not help."""
    rates, chance = Rates(0.05, 0.8), random.Random(1)  # noqa: S311 - any numbers will do
    results = [judged(rates, rates.lawful, chance)[0] for _ in range(20_000)]
    share = results.count(Decision.BROKEN) / len(results) * rates.lawful
    assert share <= ALPHA


def test_a_broken_target_is_called_broken_and_nothing_is_asked_more_than_the_maximum() -> None:
    rates, chance = Rates(0.05, 0.8), random.Random(2)  # noqa: S311 - any numbers will do
    results = [judged(rates, 0.95, chance) for _ in range(2_000)]
    assert sum(decision is Decision.BROKEN for decision, _ in results) > 0.95 * len(results)
    assert max(asked for _, asked in results) <= MOST


@pytest.mark.parametrize("share", [0.05, 0.4, 0.95])
def test_the_number_of_repetitions_is_known_beforehand(share: float) -> None:
    """The mean and the maximum are those of many targets that fail with this probability."""
    rates, chance = Rates(0.05, 0.8), random.Random(3)  # noqa: S311 - any numbers will do
    more = [judged(rates, share, chance)[1] - 1 for _ in range(20_000)]
    mean, most = repetitions(rates, share)
    assert mean == pytest.approx(share * sum(more) / len(more), rel=0.02)
    assert most == max(judged(rates, 0.4, chance)[1] - 1 for _ in range(5_000))
    assert repetitions(Rates(0.001, 0.99), 1.0) == (0.0, 0)  # one failure decides


def test_wilson_is_the_published_interval() -> None:
    """R. G. Newcombe, Two-sided confidence intervals for the single proportion, 1998, table I, method 3."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)
    assert wilson(3, 3)[1] == 1


def test_bounds_are_those_of_clopper_and_pearson() -> None:
    assert at_most(0, 3000) == pytest.approx(1 - 0.05 ** (1 / 3000), rel=1e-6)
    assert at_most(0, 3000) == pytest.approx(3 / 3000, rel=0.01)
    assert at_most(1, 10) == pytest.approx(0.3942, abs=1e-4)
    assert at_least(20, 20) == pytest.approx(0.05 ** (1 / 20), rel=1e-6)
    assert at_most(5, 5) == 1
