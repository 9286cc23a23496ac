"""Audits start within the limit of each host, and with a share of the common budget."""

from __future__ import annotations

import random

from conformance.fleet import AuditBudget, FleetAudit, FleetLimits
from conformance.fleet.schedule import is_spent, minus, share, startable


def audit(name: str, host: str, slots: int) -> FleetAudit:
    return FleetAudit(name, name, f"http://{host}/v1", host, slots=slots)


def test_no_host_gets_more_than_its_limit_whatever_ends_first() -> None:
    """A hundred random fleets; all audits end in a random order."""
    for seed in range(100):
        rng = random.Random(seed)  # noqa: S311 - an order, no secret
        limits = FleetLimits(rng.randint(1, 9), 8, {"h1": 3})
        hosts = [f"h{rng.randint(0, 3)}" for _ in range(30)]
        waiting = [audit(str(n), host, min(rng.randint(1, 8), limits.of_host(host))) for n, host in enumerate(hosts)]
        running: list[FleetAudit] = []
        done = 0
        while waiting or running:
            while (found := startable(waiting, running, limits)) is not None:
                waiting.remove(found)
                running.append(found)
            assert running, "nothing runs and something waits"
            assert len(running) <= limits.side_by_side
            for host in set(hosts):
                assert sum(each.slots for each in running if each.host == host) <= limits.of_host(host)
            running.pop(rng.randrange(len(running)))
            done += 1
        assert done == 30


def test_a_small_audit_does_not_overtake_a_large_one_of_its_host() -> None:
    """The large one would wait for ever."""
    limits = FleetLimits(9, 8)
    running = [audit("a", "h", 4)]
    waiting = [audit("large", "h", 8), audit("small", "h", 1), audit("other", "i", 8)]
    assert startable(waiting, running, limits) == waiting[2]
    assert startable(waiting[:2], running, limits) is None


def test_the_shares_of_all_audits_are_within_the_common_budget() -> None:
    """What an audit does not use goes to later ones."""
    left = AuditBudget(100, None, 1.0)
    first = share(left, AuditBudget(10, 5), 4)
    assert first == AuditBudget(10, 5, 0.25)
    left = minus(left, AuditBudget(4, 5, 0.1))
    assert share(left, AuditBudget(), 3) == AuditBudget(32, None, 0.3)
    assert minus(left, AuditBudget(500, 5, 9.0)) == AuditBudget(0, None, 0.0)
    assert is_spent(share(AuditBudget(2), AuditBudget(), 3))
    assert not is_spent(AuditBudget())
