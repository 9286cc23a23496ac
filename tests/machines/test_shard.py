"""Which target belongs to which shard."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from conformance.fleet import AuditBudget, FleetLimits
from conformance.machines.shard import Load, Shard, assign, crowded, part_of, read_shard
from conformance.options import TargetError

FLEET = {f"vendor-{number}": Load(f"api.vendor-{number}.example") for number in range(300)}


@pytest.mark.parametrize("count", [1, 2, 7, 16, 400])
def test_every_target_is_in_one_shard_and_shards_have_equal_sizes(count: int) -> None:
    shards = assign(FLEET, count)
    assert set(shards) == set(FLEET)
    assert set(shards.values()) <= set(range(1, count + 1))
    assert max(Counter(shards.values()).values()) == -(-300 // count)


def test_the_order_in_the_file_has_no_effect() -> None:
    names = list(FLEET)
    random.Random(7).shuffle(names)  # noqa: S311 - the same order in every run
    assert assign({name: FLEET[name] for name in names}, 8) == assign(FLEET, 8)


def test_a_new_target_moves_few_others() -> None:
    before, after = assign(FLEET, 8), assign({**FLEET, "new": Load("api.new.example")}, 8)
    assert sum(before[name] != after[name] for name in FLEET) <= 15


def test_the_distribution_of_this_version_is_the_one_of_the_next() -> None:
    """A changed distribution would move every target of every user to another machine."""
    few = {name: Load(f"{name}.example") for name in ("alpha", "beta", "gamma", "delta", "epsilon")}
    assert assign(few, 2) == {"alpha": 2, "beta": 1, "gamma": 1, "delta": 2, "epsilon": 1}


def test_targets_of_one_host_are_in_one_shard() -> None:
    """Two machines cannot keep the limit of a host together."""
    fleet = {f"model-{number}": Load("router.example") for number in range(40)} | FLEET
    assert len({assign(fleet, 8)[name] for name in fleet if name.startswith("model-")}) == 1
    assert max(Counter(assign(fleet, 8).values()).values()) == -(-340 // 8)
    assert crowded(fleet, 8) == ""
    assert crowded(fleet, 16) == "router.example"
    assert crowded(FLEET, 400) == ""


def test_a_target_with_several_models_counts_as_several() -> None:
    shards = assign({**FLEET, "router": Load("router.example", 100)}, 4)
    assert Counter(shards.values())[shards["router"]] == 1
    assert sorted(Counter(shards.values()).values()) == [1, 100, 100, 100]


def test_the_budgets_of_all_shards_are_the_common_budget() -> None:
    targets = {"a": Load("a", 3), "b": Load("b"), "c": Load("c")}
    limits = FleetLimits(budget=AuditBudget(1000, None, 10.0))
    parts = [part_of(limits, targets, Shard(number, 2)).budget for number in (1, 2)]
    assert sorted(each.requests or 0 for each in parts) == [400, 600]
    assert sum(each.cost or 0 for each in parts) == pytest.approx(10)
    assert {each.output_tokens for each in parts} == {None}


@pytest.mark.parametrize("text", ["0/4", "5/4", "1/0", "1", "a/b", "-1/4", "1/4/4", ""])
def test_a_wrong_shard_is_an_error(text: str) -> None:
    with pytest.raises(TargetError, match=r"--shard: .* is not a shard"):
        read_shard(text)


def test_a_shard_is_read() -> None:
    assert read_shard("2/8") == Shard(2, 8)
    assert str(read_shard("2/8")) == "2/8"
