"""Judges one run: checks by the exception that they raised, and invariants by all exchanges that show the target's behaviour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from conformance.checks.judgement import Judgement
from conformance.contract import Registry, load_features
from conformance.engine import CLEANUP, BudgetExhausted, Engine, ProbeKey
from conformance.judging.baseline import baseline
from conformance.judging.control import Controls
from conformance.judging.decide import Case, decide
from conformance.judging.tally import Judging, Tally
from conformance.reply import NotAnswered
from conformance.verdict import Outcome, Verdict
from conformance.wire import Exchange


class RunJudge:
    """Makes the verdicts of a live or replayed run from the exchanges of its engine.

    `accepts_everything` describes how the target answers nonsense; "" if the target rejects it.
    """

    def __init__(
        self, engine: Engine, registry: Registry, accepts_everything: str = "", *, alone: bool = False
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._accepts_everything = accepts_everything
        self._alone = alone
        self._features = load_features()

    def check(
        self, requirement: str, case: str, keys: Iterable[ProbeKey], raised: BaseException | None, *, acceptance: bool
    ) -> Verdict:
        """Return the verdict of a check that used these probes and returned (`raised` is None) or raised an exception.

        `acceptance` is true if the check only expects a 200.
        """
        staged = {name for key in keys for name in self._engine.staged.get(key, ())}
        given = self._case(requirement, case, tuple(sorted(staged)), acceptance=acceptance)
        return decide(given, raised, self._engine.exchanges)

    def invariant(self, requirement: str) -> Verdict:
        """Wait for all probes, and return the verdict of one invariant."""
        judging = self._judged({requirement}) if self._alone else self._judging
        verdict = judging.tallies[requirement].verdict()
        absent = None if verdict.seen or verdict.outcome is not Outcome.NOT_APPLICABLE else self._absent(requirement)
        return verdict if absent is None else decide(self._case(requirement), absent, self._engine.exchanges)

    def tallied(self, requirement: str, judge: Callable[[Exchange], Iterator[Judgement]]) -> Verdict:
        """Return the verdict of a function that judges every exchange, like an invariant, but also knows the target."""
        self._engine.wait()
        tally = Tally(requirement, self._registry[requirement].level, self._engine.target.profile.documents)
        for exchange in self.exchanges():
            tally.add(exchange, judge(exchange))
        return tally.verdict()

    def exchanges(self) -> list[Exchange]:
        """Return all exchanges that show the target's behaviour, in order.

        Exchanges of the clean-up and exchanges truncated by the target's death are excluded.
        """
        known = self._engine.exchanges.copy()  # in one step: cleaning up adds to it, in the engine's thread
        death = self._engine.death
        lost = death.lost if death else frozenset()
        return [each for name, each in sorted(known.items()) if each.probe != CLEANUP and name not in lost]

    @cached_property
    def _judging(self) -> Judging:
        profile = self._engine.target.profile
        return self._judged({each.id for each in self._registry.values() if each.contract in profile.contracts})

    def _judged(self, chosen: set[str]) -> Judging:
        """Return the findings of these invariants on all exchanges, after waiting for all probes."""
        self._engine.wait()
        judging = Judging(self._registry, chosen, self._engine.target.profile.documents)
        for exchange in self.exchanges():
            judging.add(exchange)
        return judging

    def _absent(self, requirement: str) -> NotAnswered | BudgetExhausted | None:
        """Return why no exchange of the run concerns an invariant, or None if unknown.

        Either the target lacks the operation, or the run could not send: the budget was spent, or the target died.
        """
        for key in baseline([requirement], self._engine.target.profile):
            try:
                self._engine.result(key)
            except (NotAnswered, BudgetExhausted) as refused:
                return refused
            except Exception:  # noqa: BLE001 - a probe's own trouble is told where its checks are judged
                return None
        return None

    def _case(
        self, requirement: str, case: str = "", exchanges: tuple[str, ...] = (), *, acceptance: bool = False
    ) -> Case:
        return Case(
            requirement=self._registry[requirement],
            case=case,
            exchanges=exchanges,
            profile=self._engine.target.profile,
            features=self._features,
            accepts_everything=self._accepts_everything,
            acceptance=acceptance,
            accepted_without=(controls := Controls(self._engine)),
            accepted_without_calls=controls.without_calls,
        )
