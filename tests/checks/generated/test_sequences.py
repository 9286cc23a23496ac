"""Drawn sequences on stored objects: the right endpoint keeps its model, and what forgets or remembers wrongly is found."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from conformance.auditing.runner import audit
from conformance.checks import Inconclusive
from conformance.checks.generated import test_sequences as checks
from conformance.checks.generated.sequences import AFTER, NOT_SERVED, OK, Model, Step, plan
from conformance.config import Depth, Target, load_profile
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.verdict import combine
from conformance.wire import Exchange, Request

ALL = ("generated.sequence.conversation", "generated.sequence.response", "generated.sequence.stranger")


def outcomes(folder: Path, *mutants: str, seed: int = 1, depth: Depth = Depth.STANDARD) -> dict[str, str]:
    """The outcome of each sequence requirement."""
    with ReferenceServer(endpoint_with(*mutants)) as server:
        profile = load_profile("openai")
        target = Target(server.url, profile, key=server.api_key, model="reference-1", depth=depth, seed=seed)
        audited = audit(target, folder / "run", only=["generated.sequence"])
    assert not audited.trouble
    return {name: str(verdict.outcome) for name, verdict in combine(audited.verdicts).items()}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_right_endpoint_keeps_its_model(tmp_path: Path, seed: int) -> None:
    """In whatever order."""
    assert outcomes(tmp_path, seed=seed) == dict.fromkeys(ALL, "pass")


@pytest.mark.parametrize(
    ("mutant", "requirement", "outcome"),
    [
        ("conversation-delete-kept", ALL[0], "warn"),
        ("response-delete-kept", ALL[1], "warn"),
        ("auth-get-open", ALL[2], "fail"),
    ],
)
def test_what_is_wrong_is_found_and_nothing_else(tmp_path: Path, mutant: str, requirement: str, outcome: str) -> None:
    """One requirement for one fault."""
    assert outcomes(tmp_path, mutant) == {**dict.fromkeys(ALL, "pass"), requirement: outcome}


def test_an_update_that_is_lost_is_found_where_the_sequence_updates(tmp_path: Path) -> None:
    """A seed whose plan has an update."""
    seed = next(seed for seed in range(100) if "update" in plan("conversation", seed))
    assert outcomes(tmp_path, "conversation-update-lost", seed=seed)[ALL[0]] == "warn"


def test_a_quick_run_asks_for_none(tmp_path: Path) -> None:
    """They cost requests, and the scenarios look at each operation already."""
    assert outcomes(tmp_path, depth=Depth.QUICK) == {}


def test_a_plan_is_the_same_for_the_same_seed() -> None:
    """And always ends with the deletion and what comes after it."""
    assert plan("conversation", 5) == plan("conversation", 5)
    assert tuple(plan("response", 5)[-3:]) == AFTER
    assert len({tuple(plan("conversation", seed)) for seed in range(20)}) > 10


def exchange_of(status: int | None, body: bytes = b"{}") -> Exchange:
    return Exchange("x1", Request("GET", "https://api.example.com/v1/responses/resp_1"), status=status, body=body)


def step(name: str, status: int | None, wanted: frozenset[int] = OK) -> Step:
    return Step(name, ("create",), exchange_of(status), wanted)


@pytest.mark.parametrize(("status", "faulty"), [(200, True), (204, True), (302, False), (401, False), (404, False)])
def test_what_is_not_a_success_is_not_shown(status: int, faulty: bool) -> None:
    """A gateway may redirect unauthenticated requests to its login page."""
    found = step(checks.UNAUTHENTICATED, status, NOT_SERVED).fault()
    assert (found is not None) is faulty
    if found is not None:
        assert found[0] == "no 2xx to 'get without a key' after create"


def test_a_sequence_that_ended_before_the_unauthenticated_request_proves_nothing_of_it() -> None:
    """Nor does one whose unauthenticated request got no answer."""
    shut = exchange_of(401, b'{"error": {"message": "No key."}}')
    for last in (step("get", 500), step(checks.UNAUTHENTICATED, 429, NOT_SERVED)):
        ended = checks.Sequence(exchange_of(200), (step("get", 200), last), keyed=True)
        with pytest.raises(Inconclusive, match="no sequence came as far"):
            checks.test_what_is_stored_is_not_shown_without_a_key(ended, ended, shut)


class Scripted:
    """Answers these statuses, one after the other, with the object as a body."""

    def __init__(self, *statuses: int) -> None:
        self.left = list(statuses)

    async def __call__(self, *_: Any, **__: Any) -> Exchange:
        return exchange_of(self.left.pop(0), b'{"id": "resp_1"}')


def walked(steps: list[str], *statuses: int) -> list[Step]:
    """The steps that are made with a stored response."""
    target = Target("https://api.example.com/v1", load_profile("openai"), key="k", model="m")
    walker = checks.Walker(Scripted(*statuses), target, Model("resp_1"), "response", "response_input_items")
    asyncio.run(walker.walk(steps))
    return walker.steps


def test_a_second_deletion_may_be_answered_as_the_first() -> None:
    """DELETE is idempotent; what is deleted is not there all the same."""
    for again in (200, 204, 404):
        assert [each.fault() for each in walked(list(AFTER), 200, 404, again)] == [None, None, None]
    assert walked(list(AFTER), 200, 200)[-1].fault() is not None


def test_a_list_that_the_target_lacks_ends_no_sequence() -> None:
    """Routers answer 404 or 405 to what they do not know; the steps after it are made."""
    for lacking in (404, 405):
        found = walked(["inputs", "get", "unauthenticated", "delete"], lacking, 200, 401, 200)
        assert [each.skipped for each in found] == [True, False, False, False]


def test_what_nobody_knows_the_outcome_of_ends_a_sequence() -> None:
    """A deletion that is not offered leaves the response where it is."""
    assert len(walked(list(AFTER), 405)) == 1
