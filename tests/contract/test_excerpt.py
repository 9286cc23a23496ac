"""A large instance is explained by its beginning; the places in it, and whether it is wrong, stay those of the whole."""

from __future__ import annotations

import time
from typing import Any

import pytest

from conformance.contract import load_schemas
from conformance.contract.excerpt import FIRST, excerpt
from conformance.contract.schema_error import MAX_ERRORS

CHOICE = {"index": 0, "message": {"role": "assistant", "content": "a", "refusal": None}, "finish_reason": "stop", "logprobs": None}  # fmt: skip
HEAD = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
SCHEMA = "CreateChatCompletionResponse"


def errors(**fields: Any) -> list[tuple[str, str]]:
    """Where the completion is wrong, and why."""
    return [(error.pointer, error.message) for error in load_schemas().errors(SCHEMA, HEAD | fields)]


def test_small_instances_are_explained_as_a_whole() -> None:
    """Every one of thirty wrong choices."""
    found = errors(choices=[CHOICE | {"index": "x"}] * 30)
    assert [place for place, _ in found] == [f"/choices/{n}/index" for n in range(30)]


@pytest.mark.parametrize("place", [0, 19, 20, 21, 777, 9_999])
def test_the_first_fault_is_found_wherever_it_is(place: int) -> None:
    """With its own place."""
    choices = [CHOICE] * 10_000
    choices[place] = CHOICE | {"index": "x"}
    assert errors(choices=choices) == [(f"/choices/{place}/index", '"x" is not an integer')]


def test_a_hundred_thousand_faults_are_a_few() -> None:
    """In seconds, where explaining each took minutes and gigabytes."""
    started = time.process_time()
    found = errors(choices=[{}] * 100_000)
    assert time.process_time() - started < 5
    assert 0 < len(found) <= MAX_ERRORS
    assert {place for place, _ in found} <= {f"/choices/{n}" for n in range(FIRST)}


def test_names_that_schemas_know_are_kept() -> None:
    """What is required is not missed because ten thousand other names stand before it."""
    noise = {f"x{n}": n for n in range(10_000)}
    assert errors(**noise, choices=[CHOICE | {"index": "x"}]) == [("/choices/0/index", '"x" is not an integer')]


def test_a_long_text_is_cut_where_its_length_is_not_what_is_wrong() -> None:
    """A model id of megabytes next to a fault; and a text whose end is the fault."""
    found = errors(model="m" * 4_000_000, choices=[CHOICE | {"index": "x"}])
    assert found == [("/choices/0/index", '"x" is not an integer')]
    text = "a" * 3_000_000 + "b"
    whole = excerpt({"t": text}, lambda part: part["t"].endswith("b"), frozenset())
    assert whole == {"t": text}


def test_right_instances_have_no_errors() -> None:
    """However large they are."""
    assert errors(choices=[CHOICE] * 10_000) == []
