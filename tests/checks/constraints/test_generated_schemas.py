"""Schemas drawn at random against the reference endpoint: no false failure, and the seed repeats the run."""

from __future__ import annotations

import os
import time

import httpx
import pytest

from conformance.checks.constraints import JsonSchema
from conformance.checks.constraints.generated import draw, holds, smaller
from conformance.reference.serve import ReferenceServer

COUNT = 200


def test_every_drawn_schema_has_a_value_that_satisfies_it():
    """Each is satisfiable, by its witness."""
    assert all(holds(drawn) for drawn in draw(100, 7, levels=2))


def test_the_same_seed_draws_the_same_schemas():
    """A failure can be had again from the number alone."""
    assert [d.schema for d in draw(20, 3)] == [d.schema for d in draw(20, 3)] != [d.schema for d in draw(20, 4)]


def test_smaller_schemas_are_smaller():
    """Shrinking comes to an end."""
    for drawn in draw(20, 5, levels=2):
        assert all(len(repr(each)) < len(repr(drawn.schema)) for each in smaller(drawn.schema))


def test_the_reference_obeys_200_drawn_schemas(capsys: pytest.CaptureFixture[str]):
    """No answer of a right endpoint breaks its schema, and none is refused; CONFORMANCE_SEED repeats a run."""
    number = int(os.environ.get("CONFORMANCE_SEED", time.time_ns() % 10**9))
    with capsys.disabled():
        print(f"\nCONFORMANCE_SEED={number}")  # noqa: T201 - how to repeat this run
    began = time.monotonic()
    with ReferenceServer() as server, httpx.Client(headers={"authorization": f"Bearer {server.api_key}"}) as client:
        for drawn in draw(COUNT, number, levels=2):
            named = {"name": "drawn", "strict": True, "schema": drawn.schema}
            body = {
                "model": "reference-1",
                "messages": [{"role": "user", "content": "Write a poem. No JSON."}],
                "response_format": {"type": "json_schema", "json_schema": named},
            }
            answer = client.post(f"{server.url}/chat/completions", json=body, timeout=30)
            assert answer.status_code == 200, (drawn.schema, answer.text)
            choice = answer.json()["choices"][0]
            assert choice["finish_reason"] == "stop", drawn.schema
            assert JsonSchema.of(drawn.schema).admits(choice["message"]["content"]), drawn.schema
    assert time.monotonic() - began < 60  # takes a third of it; twice 30 s, for a machine that is busy otherwise
