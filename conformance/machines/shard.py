"""Distributes targets over shards.

Every machine assigns the targets of the same conformance.toml to the same shards.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from conformance.fleet import AuditBudget, FleetLimits
from conformance.options import TargetError

_SHARD = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")


@dataclass(frozen=True, slots=True)
class Shard:
    """One of the `count` parts into which all targets are divided; `number` is the number of the part, from 1."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


@dataclass(frozen=True, slots=True)
class Load:
    """The host of a target, and the number of audits of the target as far as conformance.toml says it."""

    host: str
    audits: int = 1


def read_shard(text: str, said: str = "--shard") -> Shard:
    """Read the option `--shard`, such as `2/8` for the second of eight shards.

    `said` is the name of the option. Raises `TargetError` if the text names no shard.
    """
    found = _SHARD.fullmatch(text.strip())
    shard = Shard(*map(int, found.groups())) if found else Shard(0, 0)
    if not 1 <= shard.number <= shard.count:
        raise TargetError(
            f"{said}: {text!r} is not a shard. Give its number, from 1, and the number of shards, such as 2/8"
        )
    return shard


def assign(targets: Mapping[str, Load], count: int) -> dict[str, int]:
    """Return the shard (from 1 to `count`) of each target.

    All targets of one host are in one shard, because separate machines cannot jointly enforce a limit of the host. The
    order of `targets` has no effect. If a target is added, most other targets stay in their shards.
    """
    sizes = _sizes(targets)
    capacity = max(max(sizes.values(), default=0), -(-sizes.total() // count))
    filled = dict.fromkeys(range(1, count + 1), 0)
    found: dict[str, int] = {}
    for host in sorted(sizes, key=lambda host: (-sizes[host], _rank(host, 0))):
        preferred = sorted(filled, key=lambda shard: _rank(host, shard))
        room = (each for each in preferred if filled[each] + sizes[host] <= capacity)
        shard = next(room, None) or min(preferred, key=filled.__getitem__)
        filled[shard] += sizes[host]
        found[host] = shard
    return {name: found[load.host] for name, load in targets.items()}


def crowded(targets: Mapping[str, Load], count: int) -> str:
    """Return the host that has so many audits that more shards do not shorten the run; "" if there is none."""
    sizes = _sizes(targets)
    host, size = max(sizes.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    return host if size > 1 and size > -(-sizes.total() // count) else ""


def part_of(limits: FleetLimits, targets: Mapping[str, Load], shard: Shard) -> FleetLimits:
    """Return the limits of one shard, which gets the part of the common budget that belongs to its audits."""
    of = assign(targets, shard.count)
    mine = sum(load.audits for name, load in targets.items() if of[name] == shard.number)
    part, whole = mine / max(1, _sizes(targets).total()), limits.budget
    budget = AuditBudget(
        None if whole.requests is None else int(whole.requests * part),
        None if whole.output_tokens is None else int(whole.output_tokens * part),
        None if whole.cost is None else whole.cost * part,
    )
    return replace(limits, budget=budget)


def _sizes(targets: Mapping[str, Load]) -> Counter[str]:
    sizes: Counter[str] = Counter()
    for load in targets.values():
        sizes[load.host] += load.audits
    return sizes


def _rank(host: str, shard: int) -> bytes:
    return sha256(f"{shard} {host}".encode()).digest()
