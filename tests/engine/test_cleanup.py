"""What a run leaves on a target is deleted at its end, and what could not be is told."""

from __future__ import annotations

import time

import httpx
import pytest

from conformance.config import Target, load_profile
from conformance.engine import Engine, ProbeKey, Transport
from conformance.engine.probe import Probe, register
from conformance.reference import ReferenceServer
from conformance.wire import Exchange


@pytest.fixture(scope="module")
def server():
    with ReferenceServer() as running:
        yield running


def engine_for(server: ReferenceServer, seen: list[Exchange], url: str = "") -> Engine:
    profile = load_profile("openai")
    target = Target(url=url or server.url, profile=profile, key=server.api_key, model="reference-1")
    return Engine(target, seen.append)


async def cleanup_stores_and_fails(responses):
    """Stores a response, then fails."""
    await responses("Say yes.", store=True)
    raise LookupError("the probe fails")


async def cleanup_asks(responses):
    """Asks without storing."""
    return await responses("Say yes.")


async def cleanup_asks_again(responses):
    """Asks for something else."""
    return await responses("Say no.")


for probe in (cleanup_stores_and_fails, cleanup_asks, cleanup_asks_again):
    register(Probe.of(probe, (Transport.JSON,)))


def key(probe) -> ProbeKey:
    return ProbeKey(probe.__name__, Transport.JSON)


def test_what_was_stored_is_deleted_also_after_a_failure(server: ReferenceServer):
    """The response that a failed probe stored is gone when the engine has closed."""
    seen: list[Exchange] = []
    with engine_for(server, seen) as engine, pytest.raises(LookupError):
        engine.result(key(cleanup_stores_and_fails))
    made = next(exchange for exchange in seen if exchange.request.json and exchange.request.json.get("store"))
    deletion = seen[-1]
    assert deletion.request.method == "DELETE"
    assert deletion.status == 200
    assert engine.left_behind == []
    headers = {"authorization": f"Bearer {server.api_key}"}
    url = f"{server.url}/responses/{httpx.Response(200, content=made.body).json()['id']}"
    assert httpx.get(url, headers=headers).status_code == 404


def test_deleting_begins_when_the_last_probe_has_ended(server: ReferenceServer):
    """While the caller still judges, not when it has judged."""
    seen: list[Exchange] = []
    with engine_for(server, seen) as engine:
        engine.start([key(cleanup_stores_and_fails)])
        engine.clean_up()
        engine.wait()
        deadline = time.monotonic() + 10
        while seen[-1].request.method != "DELETE" and time.monotonic() < deadline:
            time.sleep(0.01)
        assert seen[-1].request.method == "DELETE"
    assert [exchange.request.method for exchange in seen].count("DELETE") == 1


def test_what_a_repeated_probe_stores_later_is_deleted_too(server: ReferenceServer):
    """A failure is confirmed while the caller judges, when the other objects may be deleted already."""
    seen: list[Exchange] = []
    with engine_for(server, seen) as engine:
        engine.start([key(cleanup_stores_and_fails)])
        engine.clean_up()
        engine.wait()
        again = key(cleanup_stores_and_fails)._replace(again=1)
        engine.repeat([again])
        with pytest.raises(LookupError):
            engine.result(again)
    assert [exchange.request.method for exchange in seen].count("DELETE") == 2
    assert engine.left_behind == []
    stored = [each for each in seen if each.request.method == "POST"]
    assert {each.probe for each in stored} == {str(key(cleanup_stores_and_fails)), str(again)}
    assert len({each.identity for each in stored}) == len(stored)


def test_nothing_is_deleted_where_nothing_was_stored(server: ReferenceServer):
    """A response with `store: false` is not deleted."""
    seen: list[Exchange] = []
    with engine_for(server, seen) as engine:
        assert engine.result(key(cleanup_asks)).text
    assert {exchange.request.method for exchange in seen} == {"POST"}


def test_what_cannot_be_deleted_is_told(server: ReferenceServer):
    """An object of an operation that does not delete is named."""
    seen: list[Exchange] = []
    with engine_for(server, seen) as engine:
        engine.cleanup.later("models")
        engine.cleanup.later("model", id="reference-1")
    assert sorted(engine.left_behind) == [
        "1 model could not be deleted (DELETE answered 405): reference-1",
        "1 models could not be deleted (DELETE answered 405): ",
    ]


def test_every_object_is_tried_although_the_first_cannot_be_deleted(server: ReferenceServer):
    """The first of three is still there after a 405, so the others are tried, too."""
    seen: list[Exchange] = []
    with engine_for(server, seen) as engine:
        for name in ("x-2", "x-3", "reference-1"):
            engine.cleanup.later("model", id=name)
    assert [exchange.request.method for exchange in seen] == ["DELETE", "GET", "DELETE", "DELETE"]
    (left,) = engine.left_behind
    assert left.startswith("3 models could not be deleted (DELETE answered 405): ")


def test_a_target_without_responses_is_asked_once(server: ReferenceServer):
    """Every probe raises with the one exchange that showed it."""
    seen: list[Exchange] = []
    with engine_for(server, seen, url=f"{server.origin}/nowhere") as engine:
        raised = []
        for probe in (cleanup_asks, cleanup_asks_again, cleanup_stores_and_fails):
            with pytest.raises(Exception, match="404") as caught:
                engine.result(key(probe))
            raised.append(caught.value)
    assert len(seen) == 1
    assert {error.exchange.id for error in raised} == {seen[0].id}
