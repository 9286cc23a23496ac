"""Embeddings that a server may give, however odd: only a vector that changes with its place breaks the order."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Sequence

import pytest

from conformance.checks.scenarios.legacy import test_embeddings as embeddings
from conformance.wire import Exchange
from tests.checks.examples import answered
from tests.checks.test_odd_answers import verdict

LAKE_TEXT, CLOCK, BOTH = (1.0, 0.5, 0.0), (0.0, 0.5, 1.0), (0.5, 0.5, 0.5)
ZERO = (0.0, 0.0, 0.0)


def embedded(*vectors: Sequence[float] | str) -> Exchange:
    data = [{"object": "embedding", "index": place, "embedding": vector} for place, vector in enumerate(vectors)]
    body = json.dumps({"object": "list", "data": data, "model": "m"}).encode()
    return answered(body, {}, url="https://a.test/v1/embeddings")


@pytest.mark.parametrize(
    ("alone", "batch", "wanted"),
    [
        (LAKE_TEXT, (CLOCK, BOTH, LAKE_TEXT), "held"),
        (LAKE_TEXT, (LAKE_TEXT, BOTH, CLOCK), "broken"),
        (LAKE_TEXT, (CLOCK, BOTH, ZERO), "broken"),
        (ZERO, (ZERO, ZERO, ZERO), "undecided"),
        (ZERO, (CLOCK, BOTH, LAKE_TEXT), "undecided"),
        (LAKE_TEXT, (LAKE_TEXT, LAKE_TEXT, LAKE_TEXT), "undecided"),
    ],
    ids=["in order", "reversed", "lost", "all zero", "zero alone", "all the same"],
)
def test_only_vectors_that_differ_show_an_order(
    alone: Sequence[float], batch: Sequence[Sequence[float]], wanted: str
) -> None:
    check = embeddings.test_a_text_has_one_embedding_wherever_it_stands
    assert verdict(check, embedded(alone), embedded(*batch)) == wanted


@pytest.mark.parametrize(
    ("array", "coded", "wanted"),
    [(LAKE_TEXT, LAKE_TEXT, "held"), (ZERO, ZERO, "held"), (LAKE_TEXT, CLOCK, "broken"), (LAKE_TEXT, ZERO, "broken")],
    ids=["the same", "zeros", "others", "lost"],
)
def test_zeros_in_base64_are_zeros(array: Sequence[float], coded: Sequence[float], wanted: str) -> None:
    text = base64.b64encode(struct.pack(f"<{len(coded)}f", *coded)).decode()
    check = embeddings.test_base64_carries_the_same_numbers
    assert verdict(check, embedded(array), embedded(array), embedded(text)) == wanted


def test_a_text_that_has_another_embedding_each_time_shows_nothing_of_base64() -> None:
    """That it has is embeddings.order."""
    text = base64.b64encode(struct.pack("<3f", *CLOCK)).decode()
    check = embeddings.test_base64_carries_the_same_numbers
    assert verdict(check, embedded(LAKE_TEXT), embedded(BOTH), embedded(text)) == "undecided"
