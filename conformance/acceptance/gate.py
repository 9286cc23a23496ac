"""A gate, which decides by policy, waivers, edition and baseline whether a run passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from conformance.acceptance.accept import Acceptance, accept
from conformance.acceptance.configuration import Configuration
from conformance.acceptance.policy import FailOn, Policy
from conformance.acceptance.violation import Violation
from conformance.acceptance.waiver import Waiver
from conformance.contract.editions import Edition
from conformance.verdict import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Gated:
    """The decision of a gate about one run.

    `failing` lists the requirements that make the gate fail, and `failing_waivers` lists the waivers that make it fail.
    `refused` lists the settings in which the run differs from the baseline, one phrase each. If `refused` is not empty,
    the run is not compared with the baseline. `newer` lists the requirements of the run that are not in the edition,
    and `newer_broken` lists which of these requirements are broken. A requirement that is not in the edition cannot
    make the gate fail. `flaky` lists the failing requirements whose failure was not confirmed by repetitions.
    """

    policy: Policy
    edition: str = ""
    acceptance: Acceptance = field(default_factory=Acceptance)
    failing: tuple[str, ...] = ()
    failing_waivers: tuple[Waiver, ...] = ()
    refused: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()
    newer_broken: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether the run passes the gate."""
        return not (self.failing or self.failing_waivers or self.refused)

    @property
    def informs(self) -> bool:
        """Whether the gate only reports and never fails."""
        return self.policy.fail_on is FailOn.NEVER


@dataclass(frozen=True, slots=True)
class QualityGate:
    """The rules by which a team decides whether a run passes.

    `baseline` is the configuration of the runs from which the baseline was written; None without a baseline. `unseen`
    lists the requirements that were not judged in the runs from which the baseline was written.
    """

    policy: Policy
    today: date
    waivers: tuple[Waiver, ...] = ()
    edition: Edition | None = None
    baseline: Configuration | None = None
    unseen: frozenset[str] = frozenset()

    def differences(self, configuration: Configuration) -> tuple[str, ...]:
        """Return the differences in configuration because of which a run cannot be compared with the baseline."""
        return configuration.differences(self.baseline) if self.baseline is not None else ()

    def scores(self, requirement: str) -> bool:
        """Return whether a requirement counts for the gate."""
        return self.edition is None or self.edition.has(requirement)

    def rule(
        self,
        configuration: Configuration,
        violations: Sequence[Violation],
        verdicts: Mapping[str, Verdict],
        *,
        whole: bool,
    ) -> Gated:
        """Return the decision of the gate about a run; `whole` is true if the run was complete and could be judged."""
        name = self.edition.name if self.edition else ""
        if refused := self.differences(configuration):
            return Gated(self.policy, name, refused=refused)
        acceptance = accept(
            violations, self.waivers, verdicts, self.today, whole=whole, scored=self.scores, unseen=self.unseen
        )
        newer = tuple(each for each in verdicts if not self.scores(each))
        broken = (Outcome.FAIL, Outcome.WARN)
        flaky = self._flaky(verdicts)
        return Gated(
            self.policy,
            name,
            acceptance,
            (*self.policy.failing(acceptance), *flaky),
            tuple(self.policy.failing_waivers(acceptance)),
            newer=newer,
            flaky=flaky,
            newer_broken=tuple(each for each in newer if verdicts[each].outcome in broken),
        )

    def _flaky(self, verdicts: Mapping[str, Verdict]) -> tuple[str, ...]:
        """Return the flaky requirements that fail the gate: no waiver for every cause accepts them."""
        accepting = [each for each in self.waivers if not each.cause and not each.is_expired(self.today)]
        return tuple(
            name
            for name, verdict in verdicts.items()
            if self.policy.fails_flaky(verdict)
            and self.scores(name)
            and not any(waiver.names(name) for waiver in accepting)
        )
