"""A probe: an async function that sends the requests of one situation and returns the responses. It judges nothing."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Transport(StrEnum):
    """The form in which a completion is delivered: one JSON body, or a stream of server-sent events."""

    JSON = "json"
    SSE = "sse"


@dataclass(frozen=True, slots=True)
class Probe:
    """A function that sends the requests of one situation, with a name that is unique in the suite.

    `needs` lists the function's parameters: clients (`chat`, `http`), facts about the target (`target`), or other
    probes.
    """

    name: str
    function: Callable[..., Awaitable[Any]]
    transports: tuple[Transport, ...]
    module: str

    @property
    def needs(self) -> tuple[str, ...]:
        """Return the names of the function's parameters in their order."""
        return tuple(inspect.signature(self.function).parameters)

    def transport(self, wanted: Transport) -> Transport:
        """Return the transport to use if `wanted` is requested: `wanted` itself, or the only transport that the probe supports."""
        return wanted if wanted in self.transports else self.transports[0]


_PROBES: dict[str, Probe] = {}


def register(probe: Probe) -> None:
    """Register a probe by its name. Raises `ValueError` if another probe has the same name."""
    other = _PROBES.get(probe.name)
    if other is not None and other.module != probe.module:
        raise ValueError(f"two probes are called {probe.name!r}: in {other.module} and in {probe.module}")
    _PROBES[probe.name] = probe


def probes() -> dict[str, Probe]:
    """Return all probes in imported modules, by name."""
    return dict(_PROBES)


def chain(name: str) -> int:
    """Return the length of the longest chain of probes that ends with this probe, because it needs their results.

    0 for an unknown name. Probes at the end of long chains start first, so that no long chain is left over when all
    other probes have ended. With this order a run took 15.4 s, compared with 16.6 s in any order (390 requests of 0.3 s
    each, eight at once; the theoretical minimum is 14.6 s).
    """
    probe = _PROBES.get(name)
    return 1 + max(map(chain, probe.needs), default=0) if probe else 0
