"""Chooses a token by its score, according to bias, penalties, constraint, temperature, top_p, min_p and seed.

Together with a token, the sampler returns the log probability that the token had before temperature, top_p and min_p
were applied.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from conformance.reference.language_model.scores import Scores
from conformance.reference.language_model.tokenizer import TOKENIZER


@dataclass(frozen=True, slots=True)
class Sampling:
    """The sampling parameters of one choice, with the names and values of the request."""

    temperature: float = 1.0
    top_p: float = 1.0
    min_p: float = 0.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    logit_bias: Mapping[int, float] = field(default_factory=dict)
    seed: int = 0
    top_logprobs: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """The token that the sampler chose.

    `logprob` and `top` have log probabilities before temperature, top_p and min_p are applied.
    """

    token: int
    logprob: float
    top: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Distribution:
    """The probability distribution of the next token.

    `explicit` lists the tokens to which the model gives a high probability, each with its log probability. Each token
    in the bit set `others` has the log probability `rest`.
    """

    explicit: tuple[tuple[int, float], ...]
    rest: float
    others: int
    count: int


def distribution(scores: Scores, sampling: Sampling, used: Counter[int], allowed: int | None) -> Distribution:
    """Apply the logit bias, the penalties and the output constraint to the scores of all tokens.

    Return logarithms of probabilities that add up to 1, computed from the scores.

    The log probabilities are exact: they are normalised over all tokens, including the many tokens that share one small
    score.
    """
    penalised = sampling.frequency_penalty or sampling.presence_penalty
    if allowed is None and not penalised and not sampling.logit_bias:
        return _untouched(scores)
    return _distribution(scores, sampling, used if penalised else Counter(), allowed)


@lru_cache(maxsize=16384)
def _untouched(scores: Scores) -> Distribution:
    return _distribution(scores, Sampling(), Counter(), None)


def _distribution(scores: Scores, sampling: Sampling, used: Counter[int], allowed: int | None) -> Distribution:
    explicit = dict(scores.explicit)
    printable = TOKENIZER.printable_bits
    if scores.tail is not None:
        for token in [*sampling.logit_bias, *used]:
            if token not in explicit and printable >> token & 1:
                explicit[token] = scores.tail
    for token, times in used.items():
        if token in explicit:
            explicit[token] -= sampling.frequency_penalty * times + sampling.presence_penalty
    for token, bias in sampling.logit_bias.items():
        if token in explicit:
            explicit[token] += bias
    if allowed is not None:
        explicit = {token: score for token, score in explicit.items() if allowed >> token & 1}
    others, count, tail = 0, 0, 0.0
    if scores.tail is not None:
        others, tail = printable if allowed is None else printable & allowed, scores.tail
        others &= ~sum(1 << token for token in explicit)
        count = others.bit_count()
    highest = max([*explicit.values(), *([tail] if count else [])])
    total = sum(math.exp(score - highest) for score in explicit.values()) + count * math.exp(tail - highest)
    norm = highest + math.log(total)
    ranked = sorted(((token, score - norm) for token, score in explicit.items()), key=lambda pair: (-pair[1], pair[0]))
    return Distribution(tuple(ranked), tail - norm, others, count)


class Sampler:
    """Chooses the tokens of one choice, one after another.

    Requests that are equal and have the same seed get the same tokens.
    """

    def __init__(self, sampling: Sampling) -> None:
        """Start without any text."""
        self.sampling = sampling
        self.used: Counter[int] = Counter()
        self._random = random.Random(sampling.seed)  # noqa: S311 - reproducible sampling, not secrets

    def step(self, scores: Scores, allowed: int | None = None) -> Step:
        """Choose the next token."""
        known = distribution(scores, self.sampling, self.used, allowed)
        token, logprob = self._choose(known)
        self.used[token] += 1
        top = self.sampling.top_logprobs
        return Step(token, min(logprob, 0.0), tuple((i, min(p, 0.0)) for i, p in known.explicit[:top]) if top else ())

    def _choose(self, known: Distribution) -> tuple[int, float]:
        best = known.explicit[0] if known.explicit else (self._any(known), known.rest)
        if known.explicit and known.count and known.rest > best[1]:
            best = (self._any(known), known.rest)
        if self.sampling.temperature <= 0:
            return best
        weights = self._weights(known, best[1])
        point = self._random.random() * sum(weight for _, weight in weights)
        for index, weight in weights:
            point -= weight
            if point < 0:
                return known.explicit[index] if index >= 0 else (self._any(known), known.rest)
        return best

    def _weights(self, known: Distribution, highest: float) -> list[tuple[int, float]]:
        """Weights after temperature, then min_p, then top_p; index -1 is the uniform rest."""
        heat = self.sampling.temperature
        weights = [(index, math.exp((logprob - highest) / heat)) for index, (_, logprob) in enumerate(known.explicit)]
        if known.count:
            each = math.exp((known.rest - highest) / heat)
            place = next((n for n, (_, weight) in enumerate(weights) if weight < each), len(weights))
            weights.insert(place, (-1, each * known.count))
            if each < self.sampling.min_p:
                weights.pop(place)
        weights = [(index, weight) for index, weight in weights if index < 0 or weight >= self.sampling.min_p]
        wanted, kept = self.sampling.top_p * sum(weight for _, weight in weights), 0
        running = 0.0
        for _, weight in weights:
            kept += 1
            running += weight
            if running >= wanted:
                break
        return weights[:kept]

    def _any(self, known: Distribution) -> int:
        """One of the uniform rest."""
        members = TOKENIZER.printable
        for _ in range(64):
            token = members[self._random.randrange(len(members))]
            if known.others >> token & 1:
                return token
        return known.others.bit_length() - 1
