"""Sampling parameters act as their documents say."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.reference.language_model.sampler import Sampler, Sampling, distribution
from conformance.reference.language_model.scores import scores, script
from conformance.reference.language_model.tokenizer import TOKENIZER

_PROSE = script("The quiet river carried the lantern", sure=False).after(TOKENIZER.encode("The")[0])


def _draws(times: int = 200, **parameters: object) -> Counter[int]:
    return Counter(Sampler(Sampling(seed=seed, **parameters)).step(scores(_PROSE)).token for seed in range(times))  # type: ignore[arg-type]


@given(st.integers(0, 6), st.dictionaries(st.integers(0, TOKENIZER.size - 1), st.floats(-100, 100), max_size=5))
def test_probabilities_sum_to_one(at, bias):
    """Log probabilities are of a true distribution, biases and the uniform rest included."""
    state = script("The quiet river carried the lantern", sure=False)
    for _ in range(at):
        state = state.after(state.planned)
    known = distribution(scores(state), Sampling(logit_bias=bias), Counter(), None)
    total = sum(math.exp(logprob) for _, logprob in known.explicit) + known.count * math.exp(known.rest)
    assert total == pytest.approx(1.0)
    assert [p for _, p in known.explicit] == sorted((p for _, p in known.explicit), reverse=True)


def test_temperature_zero_is_greedy():
    """At temperature 0 the likeliest token is taken, whatever the seed."""
    assert len(_draws(temperature=0.0)) == 1


def test_temperature_spreads():
    """Hotter sampling takes more different tokens."""
    assert 1 < len(_draws(temperature=0.7)) < len(_draws(temperature=1.8))


@pytest.mark.parametrize("narrow", [{"top_p": 0.01}, {"min_p": 1.0}])
def test_narrow_truncation_is_greedy(narrow):
    """A tiny top_p, and min_p 1, leave only the likeliest token."""
    assert _draws(temperature=1.5, **narrow).keys() == _draws(temperature=0.0).keys()


def test_min_p_cuts_the_unlikely():
    """min_p leaves out what is much less likely than the best."""
    assert len(_draws(temperature=1.5, min_p=0.2)) < len(_draws(temperature=1.5))


def test_equal_seeds_choose_alike_and_others_differ():
    """A seed repeats a choice; different seeds do not all choose alike."""
    runs = [[Sampler(Sampling(seed=seed)).step(scores(_PROSE)).token for _ in range(2)] for seed in range(20)]
    assert all(first == second for first, second in runs)
    assert len({first for first, _ in runs}) > 1


def test_logit_bias_forces_and_forbids():
    """+100 makes a token certain, -100 impossible."""
    token, best = TOKENIZER.encode(" zebra")[0], _PROSE.planned
    assert _draws(logit_bias={token: 100.0}).keys() == {token}
    assert best not in _draws(logit_bias={best: -100.0})


def test_penalties_lower_what_was_written():
    """A token that was written often is less likely under a frequency penalty."""
    used = Counter({_PROSE.planned: 3})
    plain = dict(distribution(scores(_PROSE), Sampling(), used, None).explicit)
    less = dict(
        distribution(scores(_PROSE), Sampling(frequency_penalty=2.0, presence_penalty=1.0), used, None).explicit
    )
    assert less[_PROSE.planned] < plain[_PROSE.planned] - 1


@settings(max_examples=50)
@given(st.integers(0, 2**64), st.floats(0.0, 2.0), st.integers(0, 20))
def test_a_step_reports_what_it_chose(seed, temperature, top):
    """The chosen token has a log probability of at most 0, and the alternatives are as many as asked, best first."""
    step = Sampler(Sampling(seed=seed, temperature=temperature, top_logprobs=top)).step(scores(_PROSE))
    assert step.logprob <= 0
    assert len(step.top) == top
    assert all(a >= b for (_, a), (_, b) in zip(step.top, step.top[1:], strict=False))
    assert dict(step.top).get(step.token, step.logprob) == step.logprob
