"""Defines a probe: a function that sends requests for a test situation and returns the responses. It judges nothing."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Any, NamedTuple


class Transport(StrEnum):
    """The form in which a completion is delivered: one JSON body, or a stream of server-sent events."""

    JSON = "json"
    SSE = "sse"


class ProbeKey(NamedTuple):
    """One execution of a probe, identified by the probe's name, its transport, and the number of earlier executions."""

    name: str
    transport: Transport
    again: int = 0

    def __str__(self) -> str:
        return f"{self.name}[{self.transport}]{f'#{self.again + 1}' if self.again else ''}"

    @classmethod
    def read(cls, label: str) -> ProbeKey | None:
        """Return the probe key for a label such as `plain[json]`; None for the label of no probe, such as `preflight`."""
        found = _LABEL.fullmatch(label)
        return cls(found[1], Transport(found[2]), int(found[3] or 1) - 1) if found else None


_LABEL = re.compile(r"(\w+)\[(json|sse)\](?:#(\d+))?")


@dataclass(frozen=True, slots=True)
class Probe:
    """A function that sends the requests for one test situation; its name is unique in the suite.

    `needs` lists the names of the function's parameters: clients (`chat`, `http`), information (`target`), or other
    probes. `loaded` is None until the probe's module is imported.
    """

    name: str
    loaded: Callable[..., Awaitable[Any]] | None
    transports: tuple[Transport, ...]
    module: str
    needs: tuple[str, ...]

    @classmethod
    def of(cls, function: Callable[..., Awaitable[Any]], transports: Iterable[str]) -> Probe:
        """Return a probe that executes the function and has the function's name, module and parameters."""
        needs = tuple(inspect.signature(function).parameters)
        return cls(function.__name__, function, tuple(map(Transport, transports)), function.__module__, needs)

    @property
    def function(self) -> Callable[..., Awaitable[Any]]:
        """The probe's function, whose module is imported if necessary."""
        if self.loaded is not None:
            return self.loaded
        import_module(self.module)
        found = _PROBES[self.name].loaded
        if found is None:
            raise LookupError(f"{self.module} has no probe {self.name}")
        return found

    def transport(self, wanted: Transport) -> Transport:
        """Return the transport `wanted` if the probe supports it, and otherwise the probe's only transport."""
        return wanted if wanted in self.transports else self.transports[0]


def executions(keys: Iterable[ProbeKey], times: int) -> list[ProbeKey]:
    """Return the `ProbeKey` of each execution, if every given probe is executed `times` times."""
    return [key._replace(again=again) for key in keys for again in range(times)]


_PROBES: dict[str, Probe] = {}


def register(probe: Probe) -> None:
    """Register a probe under its name. Raises `ValueError` if another probe has the same name."""
    other = _PROBES.get(probe.name)
    if other is not None and other.module != probe.module:
        raise ValueError(f"two probes are called {probe.name!r}: in {other.module} and in {probe.module}")
    if other is None or probe.loaded is not None:
        _PROBES[probe.name] = probe


def probes() -> dict[str, Probe]:
    """Return all probes that were registered so far, by name."""
    return dict(_PROBES)


def load_functions(keys: Iterable[ProbeKey]) -> None:
    """Import the modules of the given probes and of the probes that they need."""
    waiting = [key.name for key in keys]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in seen and name in _PROBES:
            seen.add(name)
            _ = _PROBES[name].function
            waiting += _PROBES[name].needs
