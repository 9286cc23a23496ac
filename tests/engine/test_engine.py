"""The engine: all probes at once, identical requests once, bounds kept, results handed to whoever asks."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from conformance.config import Budget, Pace, Prices, Target, load_profile
from conformance.engine import BudgetExhausted, Engine, LimitsIgnored, Probe, ProbeKey, Transport
from conformance.engine import probe as probe_module
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Chat, Http, encode
from conformance.engine.cost import NO_LIMIT, output_bound, output_tokens
from conformance.engine.gate import Gate
from conformance.engine.slots import Slots, Urgency
from conformance.wire import Exchange, HttpClient, Request, decode

ANSWER = {
    "choices": [{"index": 0, "message": {"content": "hi"}, "finish_reason": "stop"}],
    "usage": {"completion_tokens": 3},
}


class App:
    """An ASGI application that counts, and can hold its answers back."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s
        self.bodies: list[bytes] = []
        self.now = self.most = 0
        self.tokens = 3

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        message = await receive()
        self.bodies.append(message["body"])
        await asyncio.sleep(self.delay_s)
        self.now -= 1
        headers = [(b"content-type", b"application/json")]
        answer = ANSWER | {"usage": {"completion_tokens": self.tokens}}
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Register probes for one test only."""
    monkeypatch.setattr(probe_module, "_PROBES", {})

    def stage(function: Any, *transports: Transport) -> ProbeKey:
        kept = transports or (Transport.JSON,)
        probe_module.register(Probe.of(function, kept))
        return ProbeKey(function.__name__, kept[0])

    return stage


def engine(app: App, recorded: list[Exchange], pace: Pace | None = None, budget: Budget | None = None) -> Engine:
    target = Target(
        url="http://x/v1",
        profile=load_profile("openai"),
        model="m",
        key="k",
        pace=pace or Pace(),
        budget=budget or Budget(),
    )
    return Engine(target, recorded.append, lambda: HttpClient(concurrency=64, asgi_app=app))


def test_identical_requests_are_sent_once(stage: Any) -> None:
    """However many probes ask; unless one asks for a fresh one."""

    async def first(chat: Chat) -> Any:
        return await asyncio.gather(chat("hi"), chat("hi"))

    async def second(chat: Chat) -> Any:
        return await chat("hi"), await chat("hi", fresh=True), await chat("other")

    keys = [stage(first), stage(second)]
    recorded: list[Exchange] = []
    with engine(app := App(), recorded) as running:
        running.start(keys)
        one, two = running.result(keys[0])
        three, fresh, other = running.result(keys[1])
    assert one.exchange.id == two.exchange.id == three.exchange.id
    assert len({one.exchange.id, fresh.exchange.id, other.exchange.id}) == 3
    assert len(app.bodies) == len(recorded) == 3


def test_all_probes_start_at_once_within_the_concurrency(stage: Any) -> None:
    """Twelve one-request probes, three at a time."""

    def make(number: int) -> Any:
        async def one(chat: Chat) -> Any:
            return await chat(f"number {number}")

        one.__name__ = f"one_{number}"
        return one

    keys = [stage(make(number)) for number in range(12)]
    with engine(app := App(delay_s=0.01), [], Pace(concurrency=3)) as running:
        running.start(keys)
        running.wait()
        assert all(running.result(key).accepted for key in keys)
    assert app.most == 3


def test_the_longest_probe_begins_first_and_a_begun_chain_goes_before_the_others(stage: Any) -> None:
    """So that no chain is left to be walked alone at the end."""

    async def single(chat: Chat) -> Any:
        return await asyncio.gather(*(chat(f"single {number}") for number in range(4)))

    async def link(chat: Chat) -> Any:
        return await chat("chain 1")

    stage(link)

    async def chained(chat: Chat, link: Any) -> Any:
        assert link.accepted
        return await chat("chain 2")

    keys = [stage(single), stage(chained)]
    with engine(app := App(), [], Pace(concurrency=1)) as running:
        running.start(keys)
        running.wait()
    said = [json.loads(body)["messages"][0]["content"] for body in app.bodies]
    assert said[0] == "chain 1"
    assert said.index("chain 2") < said.index("single 3")


def test_a_waiter_that_is_cancelled_loses_no_slot() -> None:
    """The slot that it would have had goes to the next."""

    async def scene() -> list[str]:
        slots, order = Slots(1), []

        async def one(name: str) -> None:
            async with slots.hold(Urgency(0)):
                order.append(name)
                await asyncio.sleep(0.001)

        first, second, third = (asyncio.ensure_future(one(name)) for name in ("first", "second", "third"))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(first, second, third, return_exceptions=True)
        async with slots.hold(Urgency(0)):
            order.append("fourth")
        return order

    assert asyncio.run(scene()) == ["first", "third", "fourth"]


def test_a_waiter_that_becomes_more_urgent_overtakes_the_others() -> None:
    """A probe with a long way to go may ask for what another is already waiting to send."""

    async def scene() -> list[str]:
        slots, order = Slots(1), []
        urgencies = {"first": Urgency(0), "second": Urgency(5), "third": Urgency(1)}

        async def one(name: str) -> None:
            async with slots.hold(urgencies[name]):
                order.append(name)
                await asyncio.sleep(0.001)

        waiting = [asyncio.ensure_future(one(name)) for name in urgencies]
        await asyncio.sleep(0)
        urgencies["third"].grow(9)
        urgencies["first"].grow(9)
        await asyncio.gather(*waiting)
        async with slots.hold(Urgency(0)):
            return order

    assert asyncio.run(scene()) == ["first", "third", "second"]


def test_a_probe_builds_on_another(stage: Any) -> None:
    """By naming it; its exchanges count as evidence for both."""

    async def base(chat: Chat) -> Any:
        return await chat("hi")

    async def built(base: Any, http: Http) -> Any:
        return base.text, await http("GET", "models")

    stage(base)
    key = stage(built)
    with engine(App(), []) as running:
        text, exchange = running.result(key)
        assert text == "hi"
        assert exchange.request.url == "http://x/v1/models"
        assert len(running.staged[key]) == 2


def test_a_probe_that_raises_raises_for_whoever_asks(stage: Any) -> None:
    """Each time, in the asking thread."""

    async def bad(chat: Chat) -> Any:
        raise LookupError("boom")

    key = stage(bad)
    with engine(App(), []) as running:
        for _ in range(2):
            with pytest.raises(LookupError, match="boom"):
                running.result(key)


def test_an_unknown_need_is_named(stage: Any) -> None:
    """A misspelt parameter of a probe says which and where."""

    async def wrong(chatt: Chat) -> Any:
        return None

    key = stage(wrong)
    with engine(App(), []) as running, pytest.raises(LookupError, match="probe wrong wants 'chatt'"):
        running.result(key)


@pytest.mark.parametrize(
    ("budget", "why"),
    [
        (Budget(requests=2), "2 requests"),
        (Budget(output_tokens=40), "40 output tokens"),
        (Budget(seconds=0.5), "0.5 seconds"),
        (Budget(cost=0.0001, prices=Prices(output=2)), "cost budget of 0.0001"),
        (Budget(cost=0.00005, prices=Prices(input=1)), "cost budget of 5e-05"),
    ],
)
def test_a_spent_budget_stops_cleanly(stage: Any, budget: Budget, why: str) -> None:
    """What was sent before is kept; the probe says which bound was met."""

    async def greedy(chat: Chat) -> Any:
        for number in range(50):
            await chat(f"{number}", max_tokens=20)

    key = stage(greedy)
    recorded: list[Exchange] = []
    with engine(App(delay_s=0.02), recorded, budget=budget) as running:
        with pytest.raises(BudgetExhausted, match=why):
            running.result(key)
        assert 0 < len(recorded) < 50
        # One that was cut off may have cost all it asked for.
        assert running.spent.output_tokens <= 3 * len(recorded) + 20


def test_the_token_budget_counts_what_was_used_not_what_was_asked(stage: Any) -> None:
    """Ten answers of 3 tokens fit into 60, although each asked for 30."""

    async def modest(chat: Chat) -> Any:
        for number in range(10):
            await chat(f"{number}", max_tokens=30)

    key = stage(modest)
    with engine(App(), [], budget=Budget(output_tokens=60)) as running:
        running.result(key)
        assert running.spent.output_tokens == 30


def test_the_rate_spreads_requests(stage: Any) -> None:
    """Five requests at 100 a second take 40 ms at least."""

    async def burst(chat: Chat) -> Any:
        await asyncio.gather(*(chat(f"{number}") for number in range(5)))

    key = stage(burst)
    with engine(App(), [], Pace(concurrency=8, rate=100)) as running:
        running.result(key)
        assert running.seconds >= 0.04


def test_leaving_the_engine_ends_what_is_under_way(stage: Any) -> None:
    """No thread and no task outlives it."""

    async def endless(chat: Chat) -> Any:
        await chat("hi")
        await asyncio.Event().wait()

    key = stage(endless)
    before = threading.active_count()
    with engine(App(), []) as running:
        running.start([key])
    assert threading.active_count() == before


def test_two_probes_of_one_name_are_refused(stage: Any) -> None:
    """A name is a fixture's name, so it must be unique in the suite."""

    async def twin(chat: Chat) -> Any: ...

    stage(twin)
    with pytest.raises(ValueError, match="two probes are called 'twin'"):
        probe_module.register(replace(Probe.of(twin, ("json",)), module="elsewhere"))


def test_a_body_bounds_its_output() -> None:
    """Also when the caller did not think of it; `...` is null, None is left out."""
    target = Target(url="http://x/v1", profile=load_profile("openai"), model="m")
    chat = Chat(Http(target, None), Transport.SSE)  # type: ignore[arg-type]
    body = chat.body("hi", temperature=0, stop=..., seed=None)
    assert body["max_tokens"] == 32
    assert body["stream"] is True
    assert body["stop"] is None
    assert "seed" not in body
    assert "max_tokens" not in chat.body("hi", max_completion_tokens=4)


@pytest.mark.parametrize(
    ("body", "bound"),
    [
        ({"max_tokens": 8, "n": 2}, 16),
        ({"max_completion_tokens": 5, "max_tokens": 50}, 5),
        ({"max_tokens": "many"}, 0),
        ({"max_tokens": 8, "n": 10**9}, 1024),
        ({"max_tokens": -5, "n": 0}, 0),
        ([], 0),
    ],
)
def test_the_most_a_request_can_cost(body: Any, bound: int) -> None:
    """Its limit times its choices; faulty values cost what they can."""
    assert output_bound(Request("POST", "http://x", body=encode(body))) == bound


def test_tokens_as_the_target_counts_them() -> None:
    """From the body, from the last chunks of a stream, none for a refusal, unknown where it is silent."""
    request = Request("POST", "http://x")
    sse = b'data: {"choices": []}\n\ndata: {"usage": {"completion_tokens": 7}}\n\ndata: [DONE]\n\n'
    events = decode(sse)
    stream = Exchange(
        "x", request, status=200, headers=(("content-type", "text/event-stream"),), body=sse, events=events
    )
    assert output_tokens(stream) == 7
    assert output_tokens(Exchange("x", request, status=200, body=json.dumps(ANSWER).encode())) == 3
    assert output_tokens(Exchange("x", request, status=400)) == 0
    assert output_tokens(Exchange("x", request, status=200, body=b"{}")) is None
    assert output_tokens(Exchange("x", request)) is None
    huge = json.dumps({"usage": {"completion_tokens": 10**400}}).encode()
    assert output_tokens(Exchange("x", request, status=200, body=huge)) == NO_LIMIT


def test_a_target_that_counts_below_what_it_sends_is_not_believed() -> None:
    """Negative counts, and counts of nothing: a text of n characters has some tokens, a stream of n events, too."""
    request = Request("POST", "http://x")

    def told(count: int, text: str) -> int | None:
        body = {"choices": [{"message": {"content": text}}], "usage": {"completion_tokens": count}}
        return output_tokens(Exchange("x", request, status=200, body=json.dumps(body).encode()))

    assert told(-5, "hi") == 0
    assert told(-(10**9), "word " * 80) == 50
    assert told(100, "word " * 80) == 100
    response = {"output": [{"content": [{"text": "a" * 800}]}], "usage": {"output_tokens": 0}}
    assert output_tokens(Exchange("x", request, status=200, body=json.dumps(response).encode())) == 100
    sse = b'data: {"choices": []}\n\n' * 80 + b'data: {"usage": {"completion_tokens": -7}}\n\n'
    stream = Exchange(
        "x", request, status=200, headers=(("content-type", "text/event-stream"),), body=sse, events=decode(sse)
    )
    assert output_tokens(stream) == 10


def test_who_waits_as_the_target_asked_holds_no_slot(stage: Any) -> None:
    """One slot, a first request that is put off for long, and others that are answered meanwhile."""

    class Busy(App):
        async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
            if self.bodies:
                await super().__call__(scope, receive, send)
                return
            self.bodies.append((await receive())["body"])
            await send({"type": "http.response.start", "status": 429, "headers": [(b"retry-after", b"15")]})
            await send({"type": "http.response.body", "body": b"{}"})

    async def put_off(chat: Chat) -> Any:
        return await chat("put off")

    async def others(chat: Chat) -> Any:
        return [await chat(f"other {number}") for number in range(5)]

    keys = [stage(put_off), stage(others)]
    others_are_over = threading.Event()

    async def until_then(_seconds: float) -> None:
        await asyncio.to_thread(others_are_over.wait, 20)

    target = Target("http://x/v1", load_profile("openai"), model="m", pace=Pace(concurrency=1))
    app, recorded = Busy(), []
    wire = lambda: HttpClient(concurrency=64, asgi_app=app, sleep=until_then)  # noqa: E731
    with Engine(target, recorded.append, wire) as running:
        running.start(keys)
        assert all(reply.accepted for reply in running.result(keys[1]))
        assert len(recorded) == 5
        others_are_over.set()
        assert running.result(keys[0]).accepted
    assert running.in_flight == 0


def test_deleting_has_the_last_tenth_of_the_time(stage: Any) -> None:
    """A probe that would ask for ever leaves time to delete what it made."""

    async def endless(chat: Chat, cleanup: Cleanup) -> Any:
        cleanup.later("response", id="r1")
        for number in itertools.count():
            await chat(f"{number}")

    key = stage(endless)
    recorded: list[Exchange] = []
    with engine(App(delay_s=0.01), recorded, budget=Budget(seconds=3)) as running:
        running.start([key])
        running.clean_up()
        with pytest.raises(BudgetExhausted, match="3 seconds"):
            running.result(key)
        assert 2.6 < running.seconds < 3
    assert (running.left_behind, [e.request.method for e in recorded if e.probe == "cleanup"]) == ([], ["DELETE"])
    assert running.left_behind == []


def test_what_is_to_be_deleted_can_be_told_at_any_time() -> None:
    """For whoever ends a run that cannot end itself."""
    cleanup = Cleanup()
    for name in ("r1", "r2"):
        cleanup.later("response", id=name)
    assert cleanup.still_there == ["2 responses could not be deleted (the run was stopped first): r1, r2"]
    cleanup.done("response", id="r1")
    assert cleanup.still_there == ["1 response could not be deleted (the run was stopped first): r2"]


def test_a_busy_target_gets_fewer_requests_at_once() -> None:
    """Down to one, and one more after each twenty that were answered at their first try."""

    async def sizes() -> list[int]:
        gate = Gate(Pace(concurrency=3), Budget())
        found = []

        async def at_once() -> int:
            running = most = 0

            async def one() -> None:
                nonlocal running, most
                async with gate.admit(1):
                    running += 1
                    most = max(most, running)
                    await asyncio.sleep(0)
                    running -= 1

            await asyncio.gather(*(one() for _ in range(10)))
            return most

        found.append(await at_once())
        for _ in range(5):
            async with gate.admit(1) as admission, admission.aside():
                pass
        return [*found, *[await at_once() for _ in range(5)]]

    assert asyncio.run(sizes()) == [3, 1, 1, 2, 2, 3]


def test_probes_that_are_for_later_wait_until_all_others_have_ended(stage: Any) -> None:
    """They are sent in their order with what is left of the budget, and objects are deleted after them."""

    async def chain_of_two(chat: Chat) -> Any:
        return [await chat("one"), await chat("two")]

    async def first_later(chat: Chat) -> Any:
        return await chat("three")

    async def second_later(chat: Chat) -> Any:
        return await chat("four")

    now, then, never = stage(chain_of_two), stage(first_later), stage(second_later)
    recorded: list[Exchange] = []
    with engine(App(), recorded, Pace(8), Budget(requests=3)) as running:
        running.start([now], [then, never])
        running.clean_up()
        running.wait()
        with pytest.raises(BudgetExhausted):
            running.result(never)
        assert running.is_started(never)
    said = [json.loads(each.request.body)["messages"][0]["content"] for each in recorded]
    assert said == ["one", "two", "three"]


def test_the_budget_keeps_back_requests_that_delete_objects(stage: Any) -> None:
    """A probe that would use them is not sent."""

    async def making(chat: Chat, cleanup: Cleanup) -> Any:
        cleanup.later("stored_chat", id="chatcmpl-1")
        return [await chat("one"), await chat("two")]

    key, recorded = stage(making), []
    with engine(App(), recorded, Pace(8), Budget(requests=2)) as running, pytest.raises(BudgetExhausted):
        running.result(key)
    assert [each.request.method for each in recorded] == ["POST", "DELETE"]


def test_a_target_that_ignores_limits_gets_no_more_requests_that_need_one(stage: Any) -> None:
    """Past twice the plan; requests without a limit go on, and so do probes that judge limits."""

    async def verbose(chat: Chat) -> Any:
        return [await chat(f"number {number}", max_tokens=10) for number in range(9)]

    async def without_limit(verbose_one: Any, http: Http) -> Any:
        return await http("GET", "models"), await http("POST", "embeddings", {"input": "x"})

    async def verbose_one(chat: Chat) -> Any:
        return [await chat(f"first {number}", max_tokens=10) for number in range(3)]

    async def about_limits(verbose_one: Any, chat: Chat) -> Any:
        return await chat("judges a limit", max_tokens=1)

    keys = stage(verbose_one), stage(verbose), stage(without_limit), stage(about_limits)
    app = App()
    app.tokens = 50
    with engine(app, [], Pace(1)) as running:
        running.tokens.planned, running.tokens.judges = 60, frozenset({"about_limits"})
        running.result(keys[0])
        with pytest.raises(LimitsIgnored, match="150 output tokens, more than 2 times the planned 60"):
            running.result(keys[1])
        assert [each.status for each in running.result(keys[2])] == [200, 200]
        assert running.result(keys[3]).accepted


def test_a_target_that_keeps_to_limits_is_never_stopped(stage: Any) -> None:
    """A run may send more than was planned: what its requests allow counts then."""

    async def many(chat: Chat) -> Any:
        return [await chat(f"number {number}", max_tokens=10) for number in range(20)]

    key, app = stage(many), App()
    app.tokens = 10
    with engine(app, [], Pace(1)) as running:
        running.tokens.planned = 20
        assert len(running.result(key)) == 20
