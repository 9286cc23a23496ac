"""The pytest fixtures of an audit: the target, the exchanges of the run, and verdicts on all exchanges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from conformance.checks.judgement import Judgement
from conformance.config import Target
from conformance.verdict import Verdict
from conformance.wire import Exchange

if TYPE_CHECKING:
    from conformance.plugin.audit import Audit

JUDGED = pytest.StashKey[Verdict]()
"""The verdict of a test that judges all exchanges of the run."""


class Fixtures:
    """The plugin that defines the fixtures of an audit."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit

    @pytest.fixture(scope="session")
    def conformance_run(self) -> Audit:
        """Return the audit of the pytest session; the fixtures of probes use this audit."""
        return self.audit

    @pytest.fixture(scope="session", name="target")
    def target_fixture(self) -> Target:
        """Provide the target, with the model that the baseline requests found."""
        return self.audit.desk.target

    @pytest.fixture
    def all_exchanges(self) -> Callable[[], list[Exchange]]:
        """Wait for every probe, and return all exchanges of the run."""

        def all_exchanges() -> list[Exchange]:
            self.audit.desk.engine.wait()
            return self.audit.desk.judge.exchanges()

        return all_exchanges

    @pytest.fixture
    def judged(self, request: pytest.FixtureRequest) -> Any:
        """Judge one invariant on all exchanges of the run, and store the verdict for pytest's test."""

        def judged(requirement: str) -> None:
            request.node.stash[JUDGED] = self.audit.desk.judge.invariant(requirement)

        return judged

    @pytest.fixture
    def tallied(self, request: pytest.FixtureRequest) -> Any:
        """Judge every exchange of the run with a function that may also read settings of the target."""

        def tallied(requirement: str, judge: Callable[[Exchange], Iterator[Judgement]]) -> None:
            request.node.stash[JUDGED] = self.audit.desk.judge.tallied(requirement, judge)

        return tallied
