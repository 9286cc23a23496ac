"""Applies pytest marks to checks declared with the suite's decorators, and provides every probe as a fixture.

The suite itself does not import pytest: its decorators only attach data to checks (`conformance.checks.marks`).
"""

from __future__ import annotations

import itertools
from types import ModuleType
from typing import Any, Protocol

import pytest

from conformance.checks.marks import declaration_of, depth_of, uses_of
from conformance.config import Depth
from conformance.engine import Probe, Transport, probes

_DRESSED = "conformance_dressed"


class Staged(Protocol):
    """The value of the fixture `conformance_run`, which the fixtures of probes use."""

    def result(self, name: str, transport: Transport) -> Any:
        """Wait for the probe to finish and return its result."""


class Dressing:
    """The hook that runs before pytest converts a function to a test."""

    def __init__(self) -> None:
        self._offered: set[str] = set()
        self._module: pytest.Collector | None = None
        self._numbers = itertools.count(1)

    def offer_probes(self, manager: pytest.PytestPluginManager) -> None:
        """Provide fixtures for the probes that were registered since the last call."""
        known = probes()
        new = [probe for name, probe in known.items() if name not in self._offered]
        self._offered |= known.keys()
        if new:
            name = f"conformance-probes-{next(self._numbers)}"
            manager.register(_offer(name, new), name)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self, collector: pytest.Collector, obj: object) -> None:
        """Provide fixtures for the probes of a newly imported module."""
        if collector is not self._module:
            self._module = collector
            self.offer_probes(collector.config.pluginmanager)
        dress(obj)


def _offer(name: str, offered: list[Probe]) -> ModuleType:
    """Return a plugin with a fixture for each of some probes; pytest would bind functions of an instance as methods."""
    plugin = ModuleType(name)
    for probe in offered:
        setattr(plugin, probe.name, _fixture(probe))
    return plugin


def _fixture(probe: Probe) -> Any:
    def fixture(conformance_run: Staged, conformance_transport: Transport) -> Any:
        return conformance_run.result(probe.name, probe.transport(conformance_transport))

    fixture.__name__ = probe.name
    fixture.__doc__ = probe.function.__doc__
    return pytest.fixture(fixture, name=probe.name)


def dress(test: Any) -> None:
    """Apply the marks that the decorators of a check declare.

    A second call of `dress` for the same check has no effect.

    If `test` is not a check, it stays unchanged.
    """
    declaration = declaration_of(test)
    if declaration is None or getattr(test, _DRESSED, False):
        return
    setattr(test, _DRESSED, True)
    if uses := uses_of(test):
        pytest.mark.usefixtures(*uses)(test)
    if (depth := depth_of(test)) is not Depth.QUICK:
        getattr(pytest.mark, depth)(test)
    marks = {
        value: pytest.mark.requirement(id, transport=declaration.transport, acceptance=declaration.acceptance)
        for value, id in declaration.ids.items()
    }
    if declaration.argument:
        values = [pytest.param(value, marks=mark) for value, mark in marks.items()]
        pytest.mark.parametrize(declaration.argument, values)(test)
    else:
        marks[""](test)
