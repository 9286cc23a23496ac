"""Beam search: finds the completions with the highest total log probability, normalised by length."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.reference.language_model.constraint import Constraint
from conformance.reference.language_model.generate import Steps
from conformance.reference.language_model.sampler import Sampling, Step, distribution
from conformance.reference.language_model.scores import Script, constrained, open_ended, scores
from conformance.reference.language_model.tokenizer import TOKENIZER

_BEYOND = 64
"""The most tokens after the draft; a high length penalty would otherwise prolong every search to the token limit."""

_STEEPEST = 50.0
"""The highest power of a length that a float can hold."""


@dataclass(frozen=True, slots=True)
class Beam:
    """One candidate of a beam search: the tokens chosen so far, and the state from which the search continues."""

    steps: tuple[Step, ...]
    total: float
    state: Script
    constraint: Constraint | None

    def score(self, length_penalty: float) -> float:
        """The total log probability of the candidate, divided by its length raised to the power `length_penalty`."""
        power = min(max(length_penalty, -_STEEPEST), _STEEPEST)
        return self.total / float(max(len(self.steps), 1) ** power)

    @property
    def ended(self) -> bool:
        """Whether the candidate is complete, because its last token is the end token."""
        return bool(self.steps) and self.steps[-1].token == TOKENIZER.end


def search(
    state: Script,
    constraint: Constraint | None,
    sampling: Sampling,
    *,
    width: int,
    length_penalty: float,
    early: bool,
    limit: int,
) -> list[Beam]:
    """Return the candidates of a beam search, the best candidate first.

    Candidates that reach `limit` tokens are returned, too, although they are not complete. `early` stops the search as
    soon as `width` candidates are complete.
    """
    live = [Beam((), 0.0, state, constraint)]
    done: list[Beam] = []
    for _ in range(limit):
        grown = sorted((b for beam in live for b in _grown(beam, sampling, width)), key=lambda b: -b.total)[: 2 * width]
        done.extend(beam for beam in grown if beam.ended)
        live = [beam for beam in grown if not beam.ended][:width]
        if not live or (len(done) >= width and (early or _hopeless(live, done, width, length_penalty))):
            live = live if len(done) < width else []
            break
    return sorted([*done, *live], key=lambda b: -b.score(length_penalty))


def _hopeless(live: list[Beam], done: list[Beam], width: int, length_penalty: float) -> bool:
    worst = sorted((beam.score(length_penalty) for beam in done), reverse=True)[width - 1]
    return all(beam.score(length_penalty) <= worst for beam in live)


def _grown(beam: Beam, sampling: Sampling, width: int) -> Iterator[Beam]:
    allowed = beam.constraint.allowed() if beam.constraint else None
    state, scored = (beam.state, scores(beam.state)) if allowed is None else constrained(beam.state, allowed)
    used = Counter(step.token for step in beam.steps)
    known = distribution(scored, sampling, used, allowed)
    top = tuple((token, min(logprob, 0.0)) for token, logprob in known.explicit[: sampling.top_logprobs])
    for token, logprob in known.explicit[: width + 1]:
        constraint = beam.constraint.copy() if beam.constraint else None
        if constraint:
            constraint.accept(token)
        step = Step(token, min(logprob, 0.0), top)
        yield Beam((*beam.steps, step), beam.total + logprob, state.after(token), constraint)


def beam_steps(sampling: Sampling, *, rank: int, width: int, length_penalty: float, early: bool, limit: int) -> Steps:
    """Return the `steps` argument of `Generation` for one choice.

    The n-th choice gets the n-th best candidate; `rank` is n - 1. Without a constraint, candidates may be longer than
    the text that the model intends to write; candidates therefore differ in length.
    """

    def steps(state: Script, constraint: Constraint | None) -> Iterator[Step]:
        start = state if constraint else open_ended(state)
        most = min(limit, len(start.tokens) + _BEYOND)
        found = search(start, constraint, sampling, width=width, length_penalty=length_penalty, early=early, limit=most)
        chosen = found[min(rank, len(found) - 1)]
        # After a candidate that the limit truncated, one more step shows that it is not complete.
        return itertools.chain(chosen.steps, [Step(TOKENIZER.end, 0.0) if chosen.ended else chosen.steps[-1]])

    return steps
