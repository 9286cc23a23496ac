"""A target that is starting is waited for, and a clear text says when it never gets ready."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.responses import JSONResponse, Response

from conformance.auditing import runner
from conformance.auditing.readiness import NotReady, until_ready
from conformance.config import Target, load_profile
from conformance.record import read_run
from conformance.reference import Endpoint
from conformance.reference.intake import Intake
from conformance.reference.serve import ReferenceServer
from conformance.verdict import ExitCode, Outcome

CHAT, MODELS = "/v1/chat/completions", "/v1/models"


def loading(tries: int, path: str, status: int = 503) -> Endpoint:
    """An endpoint that answers the first requests of a path like a server that loads its model."""

    class Loading(Intake):
        left = tries

        def turn_away(self, asked: str) -> Response | None:
            if asked == path and self.left:
                self.left -= 1
                return JSONResponse({"error": {"message": "Loading model", "code": status}}, status)
            return super().turn_away(asked)

    return Endpoint(replaced=[Loading])


def target_at(url: str, key: str = "sk-reference", model: str | None = "reference-1") -> Target:
    return Target(url=url, profile=load_profile("openai"), key=key, model=model)


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self, during: Callable[[], object] = lambda: None) -> None:
        self.now = 0.0
        self.during = during

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.during()

    def __call__(self) -> float:
        return self.now


def waited(target: Target, seconds: float = 60, during: Callable[[], object] = lambda: None) -> tuple[int, float]:
    clock = Clock(during)
    return asyncio.run(until_ready(target, seconds, sleep=clock.sleep, clock=clock))


@pytest.mark.parametrize("model", ["reference-1", None])
@pytest.mark.parametrize(("path", "status"), [(MODELS, 503), (CHAT, 503), (CHAT, 500), (CHAT, 404)])
def test_a_server_that_loads_its_model_is_asked_until_it_answers(model: str | None, path: str, status: int) -> None:
    with ReferenceServer(loading(2, path, status)) as server:
        assert waited(target_at(server.url, model=model)) == (3, 2.5)


def test_a_server_that_never_listens_is_not_ready() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    target = target_at(f"http://127.0.0.1:{port}/v1")
    with pytest.raises(NotReady, match=r"was not ready within 5 seconds \(5 tries\): GET .*/models got no answer \("):
        waited(target, 5)


@pytest.mark.parametrize(("path", "asked"), [(MODELS, "GET"), (CHAT, "POST")])
def test_the_text_of_a_timeout_quotes_the_last_answer(path: str, asked: str) -> None:
    with ReferenceServer(loading(99, path)) as server, pytest.raises(NotReady) as late:
        waited(target_at(server.url), 5)
    assert str(late.value) == (
        f"{server.url} was not ready within 5 seconds (5 tries): {asked} {server.origin}{path} was answered 503 (Loading model)."
        " Raise --wait-ready, or look into the logs of the server"
    )


def test_a_rejected_key_and_a_server_without_a_list_of_models_are_not_waited_for() -> None:
    with ReferenceServer(Endpoint()) as server:
        assert waited(target_at(server.url, key="wrong-key"))[0] == 1
    with ReferenceServer(loading(99, MODELS, 404)) as server:
        assert waited(target_at(server.url))[0] == 1


def test_an_audit_waits_first_and_says_how_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.auditing.readiness.FIRST_PAUSE_S", 0.01)
    with ReferenceServer(loading(1, CHAT)) as server:
        target = replace(target_at(server.url), wait_ready=60.0)
        audited = runner.audit(target, tmp_path, only=["chat.response.object"])
    assert {verdict.outcome for verdict in audited.verdicts} == {Outcome.PASS}
    run = read_run(tmp_path / "run.ndjson")
    assert "The target was ready after 0 s (2 tries)." in run.header.notes
    assert 503 not in {each.status for each in run.exchanges.values()}


def test_an_audit_of_a_target_that_never_gets_ready_ends_with_exit_code_5(tmp_path: Path) -> None:
    with ReferenceServer(loading(999, CHAT)) as server:
        target = replace(target_at(server.url), wait_ready=1.0)
        audited = runner.audit(target, tmp_path, only=["chat.response.object"])
    assert audited.exit_code is ExitCode.TARGET_GONE
    assert audited.ending is not None
    assert "was not ready within 1 seconds" in audited.ending.said
