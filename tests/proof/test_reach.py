"""Which requirements a mutant may reach: none is left out whose verdict it changes."""

from __future__ import annotations

import httpx
import pytest

from conformance.checks.invariants import all_invariants
from conformance.config import load_profile
from conformance.contract import load_registry
from conformance.judging.baseline import baseline
from conformance.reference.settings import Settings

from .cells import Right, right, run
from .declared import problems
from .reach import Reach, watched
from .shadows import replaced_by, token


@pytest.fixture(scope="module")
def base() -> Right:
    """The right endpoint, watched under every contract."""
    return right()


def test_a_mutant_replaces_what_its_class_defines_anew() -> None:
    """Helpers of its own are reached through what it replaces, so they do not count."""
    assert replaced_by("cancel-forgotten") == {"Background.cancel_response"}
    assert replaced_by("schema-pattern-ignored") == {"Generations.constraint_for", "Generations.plan"}


def test_each_request_has_its_own_touched_attributes() -> None:
    """Two requests over one connection do not mix, and a stream's generator counts for its request."""
    endpoint, server = watched(Settings())
    with server, httpx.Client(base_url=server.url, headers={"authorization": "Bearer sk-reference"}) as client:
        body = {"model": "reference-1", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
        models = client.get("models").headers["x-request-id"]
        chat = client.post("chat/completions", json=body).headers["x-request-id"]
    assert "Models.model_object" in endpoint.touched[models]
    assert "Chat.chat_chunks" not in endpoint.touched[models]
    assert {"Chat.chat_chunks", "Http.deliver", "Generations.stop_matcher"} <= endpoint.touched[chat]
    assert "Models.model_object" not in endpoint.touched[chat]


def test_unknown_is_reached_by_all_and_invariants_always_judge() -> None:
    """Only what is known to touch nothing that the mutant makes otherwise is left out."""
    own = frozenset({token("Background.cancel_response", "cancel-forgotten")})
    others = frozenset({token("Background.cancel_response", "cancel-ignored"), "Generations.stops"})
    reach = Reach({"responses.cancel": own, "chat.stop.string": others, "models.list": frozenset({"?"})})
    asked = ["responses.cancel", "chat.stop.string", "models.list", "auth.key-wrong", "chat.response.id"]
    assert reach.reached(asked, ["cancel-forgotten"]) == [name for name in asked if name != "chat.stop.string"]


@pytest.mark.usefixtures("base")  # its audit makes the probes known
def test_a_survey_is_as_large_as_what_a_mutant_changes() -> None:
    """A staging counts with those it builds on; one whose requests were all asked by others is asked with these."""
    known = {
        "plain[sse]": frozenset({"Chat.chat_chunks"}),
        "refusals[json]": frozenset({"Refusals.error_body@error-string"}),
    }
    reach = Reach({}, {"openai": {**known, "two_calls[json]": frozenset({"?"})}})
    keys = [
        key
        for key in baseline(all_invariants(), load_profile("openai"))
        if key.name in ("plain", "refusals", "two_calls")
    ]
    assert [str(key) for key in reach.surveyed("openai", keys, ["error-string"])] == [
        "two_calls[json]",
        "refusals[json]",
    ]
    assert [str(key) for key in reach.surveyed("openai", keys, ["chunk-id-changes"])] == [
        "plain[sse]",
        "two_calls[json]",
    ]


def test_every_requirement_of_the_right_endpoint_is_known(base: Right) -> None:
    """Each scenario's exchanges were found by their request ids, and it passes."""
    registry = load_registry()
    assert problems(base.cell, registry) == []
    known = {name for name, touched in base.reach.touched.items() if "?" not in touched}
    assert {r.id for r in registry.values() if not r.excluded} - known == set()


@pytest.mark.parametrize("name", ["response-no-item-done", "tool-name-with-prefix"])
def test_what_is_left_out_would_have_come_to_the_same(base: Right, name: str) -> None:
    """Asked of every requirement, a mutant has the outcomes that it has when only those it reaches are asked."""
    fewer = run((name,), right=base)
    assert len(base.reach.reached(load_registry(), [name])) < len(load_registry()) / 2
    assert run((name,)).killed_by == fewer.killed_by
