"""A target with responses and little more: each operation that it lacks or refuses is unsupported, and nothing fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.auditing.runner import audit
from conformance.config import Target, load_profile
from conformance.reference import ReferenceServer
from conformance.reference.endpoint import Endpoint
from conformance.reference.errors import refuse
from conformance.reference.mutants.responses.input import Prepared
from conformance.reference.prompt import Json
from conformance.verdict import Outcome, combine

BESIDE = ["responses.input-tokens", "responses.compact", "responses.cancel", "responses.resume", "conversations"]
OPTIONAL = ("background", "include", "reasoning", "truncation", "max_tool_calls", "prompt_cache_key", "conversation")


def outcomes(folder: Path, server: ReferenceServer, absent: tuple[str, ...], only: list[str]) -> dict[str, Outcome]:
    """The outcome of each requirement at a reference endpoint of which some operations are nowhere."""
    known = load_profile("openai")
    paths = {name: f"/nowhere/{name}" if name in absent else path for name, path in known.paths.items()}
    profile = replace(known, paths=paths)
    target = Target(url=server.url, profile=profile, key=server.api_key, model="reference-1")
    return {name: verdict.outcome for name, verdict in combine(audit(target, folder, only=only).verdicts).items()}


def test_operations_that_are_not_there_are_unsupported(tmp_path: Path) -> None:
    """404 for counting, compacting, cancelling, and everything about conversations; what is there still passes."""
    absent = (
        "response_cancel", "response_input_tokens", "response_compact", "conversations", "conversation",
        "conversation_items", "conversation_item",
    )  # fmt: skip
    with ReferenceServer() as server:
        found = outcomes(tmp_path, server, absent, BESIDE)
    there = {name for name in found if name.startswith("responses.resume")}
    assert {found[name] for name in there} == {Outcome.PASS}
    assert {found[name] for name in found.keys() - there} == {Outcome.UNSUPPORTED}
    assert len(found) > 20


class Plain(Prepared):
    """An endpoint that names every optional parameter that it refuses."""

    def prepared(self, body: Json) -> Json:
        for name in OPTIONAL:
            if name in body:
                refuse(f"Unknown parameter: '{name}'.", name, "unknown_parameter")
        return body


@pytest.mark.parametrize("store", [True, False])
def test_parameters_that_are_refused_are_unsupported(tmp_path: Path, store: bool) -> None:
    """Cleanly refused, an optional parameter is no failure, and neither is what builds on it."""

    class Served(Plain):
        def prepared(self, body: Json) -> Json:
            if not store and body.get("store"):
                refuse("Responses are not stored: 'store' must be false.", "store", "unsupported_value")
            return super().prepared(body)

    only = [
        "responses.background", "responses.echo", "responses.cancel", "responses.resume", "responses.logprobs",
        "responses.usage.reasoning", "responses.metadata",
    ]  # fmt: skip
    with ReferenceServer(Endpoint(replaced=[Served])) as server:
        found = outcomes(tmp_path, server, (), only)
    assert not {name: outcome for name, outcome in found.items() if outcome in (Outcome.FAIL, Outcome.WARN)}
    refused = {
        "responses.background.queued", "responses.background.completes", "responses.cancel", "responses.resume",
        "responses.logprobs", "responses.echo.truncation", "responses.echo.max-tool-calls",
        "responses.echo.prompt-cache-key", "responses.echo.reasoning",
    }  # fmt: skip
    assert {name: found[name] for name in refused} == dict.fromkeys(refused, Outcome.UNSUPPORTED)
    assert found["responses.metadata.full"] is Outcome.PASS


def test_a_target_without_websockets_has_one_thing_unsupported(tmp_path: Path) -> None:
    """That the mode is not there is said once; what it would be like does not apply."""
    with ReferenceServer() as server:
        found = outcomes(tmp_path, server, ("responses_socket",), ["responses.socket"])
    assert found.pop("responses.socket.upgrade") is Outcome.UNSUPPORTED
    assert set(found.values()) == {Outcome.NOT_APPLICABLE}
    assert len(found) == 8
