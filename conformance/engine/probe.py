"""A probe: an async function that stages one situation and returns what came back. It judges nothing."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any


class Transport(StrEnum):
    """How a completion travels: one JSON body, or a stream of server-sent events."""

    JSON = "json"
    SSE = "sse"


@dataclass(frozen=True, slots=True)
class Probe:
    """One situation to stage, by a name that is unique in the suite.

    `needs` are the function's parameters: clients (`chat`, `http`), facts (`target`), or other probes.
    """

    name: str
    function: Callable[..., Awaitable[Any]]
    transports: tuple[Transport, ...]
    module: str

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of what the function wants, in order."""
        return tuple(inspect.signature(self.function).parameters)

    def transport(self, wanted: Transport) -> Transport:
        """The transport to use where `wanted` is asked for: itself, or the only one the probe knows."""
        return wanted if wanted in self.transports else self.transports[0]


_PROBES: dict[str, Probe] = {}


def register(probe: Probe) -> None:
    """Make a probe known by its name. Raises `ValueError` when another probe has it."""
    other = _PROBES.get(probe.name)
    if other is not None and other.module != probe.module:
        raise ValueError(f"two probes are called {probe.name!r}: in {other.module} and in {probe.module}")
    _PROBES[probe.name] = probe


def probes() -> dict[str, Probe]:
    """All probes whose modules are imported, by name."""
    return dict(_PROBES)


def chain(name: str) -> int:
    """The steps of a probe and of the probes it builds on, one after the other; 0 for a name that nobody registered."""
    probe = _PROBES.get(name)
    return _steps(probe.function) + max(map(chain, probe.needs), default=0) if probe else 0


@cache
def _steps(function: Callable[..., Awaitable[Any]]) -> int:
    """How often a function waits: a guess at how many requests it sends one after the other."""
    return sum(step.opname == "GET_AWAITABLE" for step in dis.get_instructions(function))
