"""Whether a target that refuses connections is dead: decided by looks over a grace time, once, for all who wait."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from conformance.engine import TargetDied
from conformance.engine.liveness import LOOKS, Liveness
from conformance.wire import Attempt, Exchange, Failure, FailureKind, Request

ASKED = Request("POST", "http://h/v1/chat/completions", (), b'{"n":1}')


def exchange(
    name: str, kind: FailureKind | None = None, *first: FailureKind, status: int | None = None, body: bytes = b"{}"
) -> Exchange:
    """An exchange that was answered, or failed, perhaps after earlier tries."""
    failure = Failure(kind, str(kind)) if kind else None
    tries = tuple(Attempt(None, Failure(each, str(each)), 0.5) for each in first)
    request = replace(ASKED, body=body)
    return Exchange(name, request, status=status if kind else 200, failure=failure, attempts=tries)


class Target:
    """Answers looks as told, the last way for ever; counts them and the seconds waited."""

    def __init__(self, *looks: FailureKind | None) -> None:
        self.looks = list(looks)
        self.seen = 0
        self.waited: list[float] = []
        self.now = 0.0
        self.liveness = Liveness(self.look, 15.0, clock=lambda: self.now, sleep=self.sleep)

    async def look(self, number: int) -> Exchange:
        """One look."""
        assert number == self.seen
        self.seen += 1
        return exchange("look", self.looks.pop(0) if len(self.looks) > 1 else self.looks[0])

    async def sleep(self, seconds: float) -> None:
        """Time passes at once."""
        self.waited.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def test_the_looks_are_spaced_over_the_grace_time() -> None:
    """Fifteen seconds by default: what restarts in less is not dead."""
    assert [part * 15 for part in LOOKS] == pytest.approx([0, 1, 2, 4, 8])


def test_a_target_that_stays_away_is_dead_and_names_its_last_request() -> None:
    """Requests that were cut off had reached it; the last of them that it had never answered before is named first."""

    async def run() -> None:
        target = Target(FailureKind.CONNECT)
        alive = target.liveness
        await alive.examined(exchange("x1", body=b"hello"), 1.0)
        lost = [
            (exchange("x2", FailureKind.CONNECT, FailureKind.CUT_OFF, body=b"first"), 2.0),
            (exchange("x3", FailureKind.CONNECT, FailureKind.CUT_OFF, body=b"killer"), 3.0),
            (exchange("x4", FailureKind.CONNECT, FailureKind.CUT_OFF, body=b"hello"), 4.0),
            (exchange("x5", FailureKind.CUT_OFF, status=200, body=b"long"), 1.5),
            (exchange("x6", FailureKind.CONNECT, FailureKind.CONNECT, body=b"late"), 5.0),
        ]
        ends = await asyncio.gather(*(alive.examined(each, at) for each, at in lost), return_exceptions=True)
        assert {type(end) for end in ends} == {TargetDied}
        death = alive.death
        assert death is not None
        assert (death.last, death.others, death.refused) == ("x3", ("x2", "x5", "x4"), ("x6",))
        assert death.lost == {"x2", "x3", "x4", "x5", "x6"}
        assert (target.seen, target.waited) == (5, pytest.approx([0, 1, 2, 4, 8]))
        with pytest.raises(TargetDied, match="the target died after x3"):
            await alive.door()

    asyncio.run(run())


def test_a_target_that_died_at_rest_names_the_last_answer() -> None:
    """Nothing was in flight: every request was refused at the door."""

    async def run() -> None:
        target = Target(FailureKind.CONNECT)
        await target.liveness.examined(exchange("x1"), 1.0)
        with pytest.raises(TargetDied, match="after x1"):
            await target.liveness.examined(exchange("x2", FailureKind.CONNECT, FailureKind.CONNECT), 2.0)
        death = target.liveness.death
        assert death is not None
        assert (death.last, death.answered, death.lost) == ("x1", True, {"x2"})

    asyncio.run(run())


@pytest.mark.parametrize("there", [None, FailureKind.TIMEOUT_READ, FailureKind.TIMEOUT_TOTAL, FailureKind.PROTOCOL])
def test_one_blip_or_a_restart_is_no_death(there: FailureKind | None) -> None:
    """Whatever a look is answered, or that a connection is accepted at all, shows that the target is there."""

    async def run() -> None:
        target = Target(FailureKind.CONNECT, FailureKind.CONNECT, there)
        await target.liveness.examined(exchange("x1"), 1.0)
        assert await target.liveness.examined(exchange("x2", FailureKind.CUT_OFF), 2.0)
        await target.liveness.door()
        assert target.liveness.death is None
        assert [said.partition(" and ")[0] for said in target.liveness.away] == [
            "The target answered nothing for 3.0 s after x1,"
        ]

    asyncio.run(run())


def test_a_single_reset_is_answered_by_one_look() -> None:
    """And not worth a word."""

    async def run() -> None:
        target = Target(None)
        await target.liveness.examined(exchange("x1"), 1.0)
        assert await target.liveness.examined(exchange("x2", FailureKind.CUT_OFF), 2.0)
        assert (target.seen, target.liveness.away) == (1, [])

    asyncio.run(run())


@pytest.mark.parametrize("kind", [FailureKind.TIMEOUT_READ, FailureKind.TIMEOUT_TOTAL, FailureKind.TOO_LARGE])
def test_slow_is_not_dead(kind: FailureKind) -> None:
    """Our own limits say nothing of whether the target is there."""

    async def run() -> None:
        target = Target(FailureKind.CONNECT)
        await target.liveness.examined(exchange("x1"), 1.0)
        assert not await target.liveness.examined(exchange("x2", kind), 2.0)
        assert target.seen == 0

    asyncio.run(run())


def test_a_target_that_was_never_there_did_not_die() -> None:
    """It is unreachable, which the first look at it says at once."""

    async def run() -> None:
        target = Target(FailureKind.CONNECT)
        assert not await target.liveness.examined(exchange("x1", FailureKind.CONNECT), 1.0)
        assert (target.seen, target.liveness.death) == (0, None)

    asyncio.run(run())


def test_who_comes_to_the_door_waits_for_the_decision() -> None:
    """Nothing is sent while it is open, and nothing afterwards."""

    async def run() -> None:
        target = Target(FailureKind.CONNECT)
        await target.liveness.examined(exchange("x1"), 1.0)
        failing = asyncio.ensure_future(target.liveness.examined(exchange("x2", FailureKind.CUT_OFF), 2.0))
        await asyncio.sleep(0)
        with pytest.raises(TargetDied):
            await target.liveness.door()
        with pytest.raises(TargetDied):
            await failing
        assert target.seen == len(LOOKS)

    asyncio.run(run())
