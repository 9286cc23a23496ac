"""The limits of all audits together: the table `[fleet]` of conformance.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from conformance.options import Kind, Option, Surface, TargetError

_TOML = frozenset({Surface.TOML})
_ROWS = (
    Option("side_by_side", "Maximum number of audits at once.", kind=Kind.WHOLE, least=1, most=1024, on=_TOML),
    Option(
        "host_concurrency",
        "Maximum number of concurrent requests to one host, of all audits together.",
        kind=Kind.WHOLE,
        least=1,
        most=1024,
        on=_TOML,
    ),
    Option("max_requests", "Maximum number of requests of all audits together.", kind=Kind.WHOLE, least=1, on=_TOML),
    Option(
        "max_output_tokens",
        "Maximum number of output tokens of all audits together.",
        kind=Kind.WHOLE,
        least=1,
        on=_TOML,
    ),
    Option("max_cost", "Maximum cost of all audits together.", kind=Kind.NUMBER, least=0, on=_TOML),
)
KEYS: Mapping[str, Option] = MappingProxyType({row.name: row for row in _ROWS})
"""The keys of the table `[fleet]`, apart from the table `[fleet.hosts]`."""
SIDE_BY_SIDE = 4
HOST_CONCURRENCY = 8


@dataclass(frozen=True, slots=True)
class AuditBudget:
    """The maximum number of requests and output tokens and the maximum cost; None means unlimited.

    `cost` has the currency of the prices in conformance.toml.
    """

    requests: int | None = None
    output_tokens: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class FleetLimits:
    """The limits that all audits share.

    `side_by_side` is the maximum number of audits at once. `host_concurrency` is the maximum number of concurrent
    requests to one host, and `hosts` has other maximums for some hosts.
    """

    side_by_side: int = SIDE_BY_SIDE
    host_concurrency: int = HOST_CONCURRENCY
    hosts: Mapping[str, int] = field(default_factory=dict)
    budget: AuditBudget = field(default_factory=AuditBudget)

    def of_host(self, host: str) -> int:
        """Return the maximum number of concurrent requests to a host, given as `host` or `host:port`."""
        return self.hosts.get(host) or self.hosts.get(_without_port(host)) or self.host_concurrency


def fleet_limits(table: Mapping[str, Any], said: str = "[fleet]") -> FleetLimits:
    """Return the limits that the table `[fleet]` sets; `said` names the table in error messages.

    Raises `TargetError` if the table has an unknown key or a wrong value.
    """
    for key in table:
        if key != "hosts" and key not in KEYS:
            raise TargetError(f"{said} has no setting {key!r}. Known: {', '.join([*KEYS, 'hosts'])}")
    read = {key: KEYS[key].read(value, f"{said} {key}", typed=True) for key, value in table.items() if key != "hosts"}
    return FleetLimits(
        read.get("side_by_side", SIDE_BY_SIDE),
        read.get("host_concurrency", HOST_CONCURRENCY),
        _hosts(table.get("hosts", {}), said),
        AuditBudget(read.get("max_requests"), read.get("max_output_tokens"), read.get("max_cost")),
    )


def _hosts(table: Any, said: str) -> Mapping[str, int]:
    if not isinstance(table, Mapping):
        raise TargetError(f'{said} hosts must be a table, such as {{"api.example" = 4}}')
    number = KEYS["host_concurrency"]
    return {name.lower(): number.read(value, f"{said} hosts {name}", typed=True) for name, value in table.items()}


def host_of(url: str) -> str:
    """Return the host of a URL, with its port if the URL names one: `api.example` or `localhost:8000`."""
    parts = urlsplit(url)
    name = (parts.hostname or "").lower()
    return f"{name}:{parts.port}" if parts.port else name


def _without_port(host: str) -> str:
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
