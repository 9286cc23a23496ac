"""A server whose reader hung up gives the rest to the next client: said as cross-talk, not as a timeout."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from conformance.checks.scenarios.http.test_concurrency import NONCES
from conformance.checks.scenarios.http.test_hung_up import LEFT_MARKS
from conformance.verdict import Outcome
from conformance.wire import Limits
from tests.hostile.running import run_target, target_at
from tests.hostile.server import HostileServer, Talk, head

SSE = ("content-type", "text/event-stream")
SENT = 8
"""Events that are sent before the reader leaves, which it does after six."""


class Leaky:
    """Keeps what was not read of a left stream, and gives it to the next client, in one of two ways.

    It waits for events and not for times: for the reader to leave, and for all readers to have left.
    """

    def __init__(self, *, before_head: bool) -> None:
        self.before_head = before_head
        self.rest: list[bytes] = []
        self.leaving = len(LEFT_MARKS)
        self.all_left = asyncio.Event()

    async def __call__(self, talk: Talk) -> None:
        """Answer one request."""
        answer = await talk.right()
        if any(mark.encode() in talk.body for mark in NONCES):
            await self.all_left.wait()
            if self.rest:
                await self.leak(talk)
                return
        if not answer.streamed:
            await talk.send(answer)
            return
        frames = [frame + b"\n\n" for frame in answer.body.split(b"\n\n") if frame]
        await talk.say(head(200, [*answer.headers, ("connection", "close")]))
        if any(mark.encode() in talk.body for mark in LEFT_MARKS):
            await talk.say(*frames[:SENT])
            with suppress(ConnectionError):
                await talk.until_gone()
            self.rest = frames[SENT:]
            self.leaving -= 1
            if not self.leaving:
                self.all_left.set()
            return
        await talk.say(*frames)
        talk.hang_up()

    async def leak(self, talk: Talk) -> None:
        """The rest of somebody else's stream; then the server waits, as if the reader had it all."""
        rest, self.rest = b"".join(self.rest), []
        await talk.say(rest if self.before_head else head(200, [SSE]) + rest.replace(b"data: [DONE]\n\n", b""))
        await talk.until_gone()


@pytest.mark.parametrize("before_head", [False, True])
def test_the_rest_of_a_left_stream_is_cross_talk(tmp_path: Path, *, before_head: bool) -> None:
    """The victim then timed out, or was no HTTP at all; both exchanges are in the finding, and the cause is named."""
    limits = Limits(connect_s=5, read_s=2, total_s=10, grace_s=1)
    with HostileServer(Leaky(before_head=before_head)) as server:
        ended = run_target("", target_at(server.url, limits=limits), tmp_path / "run", ("http.isolation.hung-up",))
        assert not server.faults
    verdict = ended.verdicts["http.isolation.hung-up"]
    assert verdict.outcome is Outcome.FAIL, verdict
    victim, left = verdict.findings[:2]
    assert ended.run.exchanges[left.exchange].stopped
    failure = ended.run.exchanges[victim.exchange].failure
    assert failure is not None
    assert victim.observed.startswith("cross-talk")
    assert failure.message in victim.observed or before_head
    assert victim.exchange in left.observed
    assert {victim.exchange, left.exchange} <= set(verdict.exchanges)
    assert "cross-talk" in ended.reports["html"].read_text("utf-8")
