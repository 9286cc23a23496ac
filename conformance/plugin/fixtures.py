"""The fixtures that an audit offers to its tests: the target, the exchanges of the run, and verdicts over all of them."""

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
    """A plugin beside the audit, with its fixtures."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit

    @pytest.fixture(scope="session")
    def conformance_run(self) -> Audit:
        """The audit, for the fixtures that probes are."""
        return self.audit

    @pytest.fixture(scope="session", name="target")
    def target_fixture(self) -> Target:
        """The target as it is tested, with the model that was found."""
        return self.audit.desk.target

    @pytest.fixture
    def all_exchanges(self) -> Callable[[], list[Exchange]]:
        """Wait for every probe, and give all exchanges of the run."""

        def all_exchanges() -> list[Exchange]:
            self.audit.desk.engine.wait()
            return self.audit.desk.judge.exchanges()

        return all_exchanges

    @pytest.fixture
    def judged(self, request: pytest.FixtureRequest) -> Any:
        """Judge one invariant over the run, and keep its verdict as this test's own."""

        def judged(requirement: str) -> None:
            request.node.stash[JUDGED] = self.audit.desk.judge.invariant(requirement)

        return judged

    @pytest.fixture
    def tallied(self, request: pytest.FixtureRequest) -> Any:
        """Judge every exchange of the run by a function, as an invariant that knows the target does."""

        def tallied(requirement: str, judge: Callable[[Exchange], Iterator[Judgement]]) -> None:
            request.node.stash[JUDGED] = self.audit.desk.judge.tallied(requirement, judge)

        return tallied
