"""Probes with the most rounds of requests ahead go first, and each counted probe exists."""

from __future__ import annotations

import json

import pytest

from conformance.checks.index import checks
from conformance.engine import ProbeKey, Transport, probes
from conformance.engine import order as module
from conformance.engine.order import FILE, Order, Rounds


def key(name: str) -> ProbeKey:
    return ProbeKey(name, Transport.JSON)


def test_what_others_wait_for_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe counts its own rounds, and those of the longest chain that waits for it."""
    checks()
    waiting = next(name for name, probe in probes().items() if set(probe.needs) & probes().keys())
    needed = next(name for name in probes()[waiting].needs if name in probes())
    counted = {f"{waiting}[{probes()[waiting].transport(Transport.JSON)}]": 4}
    monkeypatch.setattr(module, "_rounds", lambda: counted)
    order = Order()
    order.add([ProbeKey(waiting, probes()[waiting].transport(Transport.JSON))])
    last = ProbeKey(waiting, probes()[waiting].transport(Transport.JSON))
    first = ProbeKey(needed, probes()[needed].transport(last.transport))
    assert order.ahead(last) == 4
    assert order.ahead(first) == 5
    assert order.chain(last) >= 5
    assert order.ahead(key("no_such_probe")) == 1


def test_each_counted_probe_exists() -> None:
    """After a change of probes: `python -m benchmarks.rounds --write`."""
    checks()
    counted = [ProbeKey.read(label) for label in json.loads(FILE.read_text("utf-8"))]
    assert all(each is not None and each.name in probes() for each in counted)


def test_simultaneous_requests_are_one_round() -> None:
    """A probe that sends several requests at once stays as urgent as one that sends a single request in each round."""
    rounds = Rounds()
    first = [rounds.next for _ in range(3)]
    assert first == [1, 1, 1]
    for number in first:
        rounds.end(number)
    assert rounds.ended == 1
    second = rounds.next
    rounds.end(second)
    rounds.end(1)  # a slow request of the first round
    assert (second, rounds.ended) == (2, 2)
