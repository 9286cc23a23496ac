"""One audit inside one pytest session: probes start when the tests are known, every test gives one verdict."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.auditing.cases import save_cases
from conformance.auditing.commission import Commission
from conformance.auditing.outgoing import Outgoing
from conformance.auditing.preflight import Preflight, TargetUnusable, look_at
from conformance.auditing.run_recorder import RunRecorder
from conformance.auditing.standing import Standing, failures
from conformance.auditing.vital_signs import ending_of, recorded_death
from conformance.config import TargetError
from conformance.contract import Registry, SpecError, UnknownName, load_document, load_registry, selected
from conformance.engine import BudgetExhausted, Engine, NotRecorded, ProbeKey, TargetDied, Transport
from conformance.judging.baseline import baseline
from conformance.judging.deadline import Deadline, TimeIsUp
from conformance.judging.run_judge import RunJudge
from conformance.judging.two_contracts import compare
from conformance.plugin.dress import Dressing
from conformance.plugin.fixtures import JUDGED, Fixtures
from conformance.plugin.items import (
    RequirementNames,
    case_of,
    check_of,
    judges_the_run,
    keys_of,
    requirement_of,
)
from conformance.plugin.options import target_of
from conformance.plugin.outcome import show
from conformance.plugin.selection import Selection, collect_packs
from conformance.record import RunFileError, redacted_verdict
from conformance.report.safe_text import error_line
from conformance.verdict import Ending, ExitCode, Outcome, Reason, Verdict, combine, exit_code
from conformance.wire import NoTokenError, Redactor

LONG_SECRET = 12


def install(config: pytest.Config, commission: Commission | None = None) -> None:
    """Turn this pytest session into the audit that is wanted, or else into the one that its options describe.

    Raises `pytest.UsageError` for a target that cannot be tested.
    """
    try:
        commission = commission or _given_to(config)
        registry = load_registry()
        selected(registry, commission.only)
        collect_packs(config, commission.target)
    except (TargetError, SpecError, UnknownName) as error:
        raise pytest.UsageError(error_line(Redactor().message(str(error)))) from None
    audit = Audit(commission, registry)
    audit.allure = bool(config.getoption("allure_report_dir", None))
    config.pluginmanager.register(Dressing(), "conformance-dressing")
    config.pluginmanager.register(RequirementNames(), "conformance-names")
    selection = Selection(commission.target, registry, frozenset(commission.only))
    config.pluginmanager.register(selection, "conformance-selection")
    config.pluginmanager.register(audit, "conformance-audit")
    config.pluginmanager.register(Fixtures(audit), "conformance-fixtures")


def _given_to(config: pytest.Config) -> Commission:
    """The audit that the options of pytest describe."""
    output = config.getoption("--target-output")
    only = tuple(config.getoption("--requirement") or ())
    return Commission(target_of(config), Path(output) if output else None, only)


class Audit:
    """The hooks of one audit. How pytest runs and reports tests stays pytest's own."""

    def __init__(self, commission: Commission, registry: Registry) -> None:
        self.target = target = commission.target
        self.registry = registry
        self.directory = commission.directory
        self.redactor = target.redactor
        # What is judged has no secrets either, or a finding that is cut in the middle of one would show its beginning.
        # A short "key" (`none`, `test`) is a word that answers may use, so that one is taken out by the writer only.
        long = Redactor(secret for secret in target.secrets if len(secret) >= LONG_SECRET)
        self._clean = target.follow(long, LONG_SECRET).response
        self.only = commission.only
        self.earlier = commission.earlier
        self.recorded = commission.recorded
        self.allure = False
        self.recorder: RunRecorder | None = None
        self.ending: Ending | None = None
        self.refused: RunFileError | None = None
        self.deadline = Deadline(target.budget.seconds, commission.started)
        self._engine: Engine | None = None
        self._preflight: Preflight | None = None
        self._judge: RunJudge | None = None

    # The run

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Open the engine around the tests; look at the target first; then start all probes at once."""
        if session.config.option.collectonly or not session.items:
            return (yield)
        try:
            self.recorder = RunRecorder(
                self.directory, self.redactor, self.registry, self.earlier, self.recorded, self.only
            )
        except RunFileError as error:
            self.refused = error
            raise pytest.UsageError(f"{error}. Choose another folder with --output") from None
        self.recorder.owed = {item.nodeid: (requirement_of(item), case_of(item)) for item in session.items}
        reason, why = Reason.INTERRUPTED, "the run ended before this was judged"
        engine = Engine(
            self.target,
            self.recorder.exchange,
            earlier=self.earlier.exchanges.values() if self.earlier else (),
            recorded=self.recorded.exchanges.values() if self.recorded else None,
            died=recorded_death(self.recorded),
            clean=self._clean,
            check=Outgoing(self.target.profile),
            started=self.deadline.started,
        )
        try:
            with self.deadline.watched(), engine:
                self._engine = engine
                try:
                    self._begin(engine, session.items)
                    result = yield
                    self._save_cases(engine)
                    self._compare_contracts()
                except (TargetUnusable, TargetDied) as unusable:
                    reason, why = Reason.PREREQUISITE_FAILED, self.redactor.message(str(unusable))
                    self._end(engine, unusable if isinstance(unusable, TargetUnusable) else None)
                    code = self.ending.code if self.ending else exit_code(())
                    raise pytest.exit.Exception(error_line(why), returncode=code) from None
            self._end(engine, None)
        finally:
            if self._preflight is None:
                self.recorder.open(self.target, (why,))
            self.recorder.close(engine, reason, why, self.ending)
        return result

    def _end(self, engine: Engine, unusable: TargetUnusable | None) -> None:
        found = ending_of(engine, unusable, self.recorded)
        if found is not None:
            said = self.redactor.message(found.said)
            self.ending = replace(found, said=said, advice=self.redactor.message(found.advice))

    def _begin(self, engine: Engine, items: list[pytest.Item]) -> None:
        try:
            preflight = look_at(engine)
        except NotRecorded as missing:
            raise TargetUnusable(
                f"The run cannot be judged again: {missing}. Was it recorded by another version?"
            ) from None
        except BudgetExhausted as spent:
            if isinstance(spent, TargetDied):
                raise
            raise TargetUnusable(f"Nothing could be judged before {spent}. Raise it, or test a faster target") from None
        except NoTokenError as missing:
            raise TargetUnusable(str(missing), ExitCode.KEY_REJECTED) from None
        self.target = engine.target = preflight.target
        if self.recorder is not None:
            self.recorder.open(preflight.target, preflight.notes)
        self._preflight = preflight
        self._judge = RunJudge(engine, self.registry, preflight.accepts_everything)
        keys = [key for item in items for key in keys_of(item)]
        keys += baseline((requirement_of(item) for item in items if judges_the_run(item)), self.target.profile)
        engine.start(keys)
        engine.clean_up()

    # The end of its time

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Judge nothing more when the time is up."""
        name = requirement_of(item)
        if not self.deadline.over or self.recorder is None or name not in self.registry:
            return None
        level, why = self.registry[name].level, self.deadline.said
        verdict = Verdict(name, level, Outcome.INCONCLUSIVE, case_of(item), Reason.BUDGET_EXHAUSTED, why)
        self.recorder.verdict(item.nodeid, verdict)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None, object, object]:
        """The time may be up while a check waits for its probes."""
        with self.deadline.interruptible():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        """The time may be up while a check judges."""
        with self.deadline.interruptible():
            return (yield)

    def _save_cases(self, engine: Engine) -> None:
        if self.directory is not None and self.recorder is not None:
            save_cases(self.directory, self.recorder.verdicts, engine, self.redactor)

    def _compare_contracts(self) -> None:
        file = self.target.profile.own_document
        if file is not None and self.recorder is not None:
            document = load_document(file)
            try:
                with self.deadline.interruptible():
                    self.recorder.contracts = compare(self.judge.exchanges(), document, self.target.url)
            except (Exception, TimeIsUp) as trouble:  # noqa: BLE001 - a document may be stranger than its readers; the verdicts stand
                said = self.redactor.message(f"{type(trouble).__name__}: {trouble}")[:300]
                self.recorder.contracts = {"document": document.name, "operations": [], "breaks": [], "trouble": said}

    def tally(self, total: int) -> Standing:
        """How far the audit is, for whoever watches it; `total` is the number of tests."""
        engine, verdicts = self._engine, list(self.recorder.verdicts) if self.recorder else []
        return Standing(
            done=len(verdicts),
            total=total,
            requests=engine.spent.requests if engine and self._preflight else 0,
            in_flight=engine.in_flight if engine and self._preflight else 0,
            fails=sum(verdict.outcome is Outcome.FAIL for verdict in verdicts),
            output_tokens=engine.spent.output_tokens if engine and self._preflight else 0,
            owed=tuple(self.recorder.owed.copy().values()) if self.recorder else (),
            left_behind=tuple(engine.cleanup.still_there) if engine else (),
            failed=failures(verdicts),
        )

    @property
    def engine(self) -> Engine:
        """The engine of the run. Raises `RuntimeError` before it."""
        if self._engine is None:
            raise RuntimeError("the audit has not begun")
        return self._engine

    @property
    def judge(self) -> RunJudge:
        """Who makes the verdicts of the run. Raises `RuntimeError` before it."""
        if self._judge is None:
            raise RuntimeError("nothing can be judged before the first look at the target")
        return self._judge

    def result(self, name: str, transport: Transport) -> Any:
        """What a probe returned; waits for it."""
        return self.engine.result(ProbeKey(name, transport))

    # Verdicts

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn what a check raised into a verdict, and the verdict into pytest's outcome.

        The innermost wrapper, so that every other plugin (Allure) sees the verdict's report and exception, not the raw.
        """
        name = requirement_of(item)
        passed_setup = call.when == "setup" and call.excinfo is None
        if name not in self.registry or call.when == "teardown" or passed_setup or self.recorder is None:
            return (yield)
        broke = call.excinfo.value if call.excinfo else None
        # pytest would read and parse the source of each failed check for a traceback that nobody is shown.
        call.excinfo = None
        report = yield
        verdict = self._verdict(item, name, broke)
        verdict = redacted_verdict(verdict, self.redactor)
        self.recorder.verdict(item.nodeid, verdict)
        if self.recorder.lost is not None:
            item.session.shouldstop = str(self.recorder.lost)
        self._show_in_allure(verdict)
        call.excinfo = show(verdict, report, item, broke, self.redactor)
        return report

    def _verdict(self, item: pytest.Item, name: str, raised: BaseException | None) -> Verdict:
        tallied = item.stash.get(JUDGED, None)
        if tallied is not None:
            return tallied
        check = check_of(item)
        acceptance = check is not None and check.acceptance
        return self.judge.check(name, case_of(item), keys_of(item), raised, acceptance=acceptance)

    def _show_in_allure(self, verdict: Verdict) -> None:
        if self.allure:
            from conformance.plugin import allure

            allure.describe(self.registry[verdict.requirement], self.target)
            allure.attach(verdict, self.engine.exchanges, self.redactor, self.target.key_env)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """The exit code is the policy's, unless pytest itself was stopped or misused."""
        if (
            self.recorder
            and self.recorder.verdicts
            and exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        ):
            code = exit_code(combine(self.recorder.verdicts).values())
            session.exitstatus = self.ending.code if self.ending else code
