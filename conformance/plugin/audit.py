"""One audit in one pytest session: probes start after collection, and every test produces one verdict."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import pytest

from conformance.auditing.commission import Commission
from conformance.auditing.plan import Plan, is_part, plan
from conformance.auditing.preflight import TargetUnusable
from conformance.contract import Registry, load_registry, selected
from conformance.engine import ProbeKey, TargetDied, Transport, executions
from conformance.errors import ConformanceError
from conformance.judging.baseline import baseline
from conformance.judging.checking import Checking
from conformance.plugin.desk import Desk
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
from conformance.plugin.options import commission_of
from conformance.plugin.outcome import show
from conformance.plugin.selection import Selection, collect_packs
from conformance.plugin.users import Reports, refuse_workers
from conformance.record import RunFileError
from conformance.report.safe_text import error_line, for_terminal
from conformance.verdict import ExitCode, Outcome, Verdict
from conformance.wire import Redactor, curl


def install(config: pytest.Config, commission: Commission | None = None) -> None:
    """Make the pytest session perform the given audit, or the audit that pytest's options describe.

    Raises `pytest.UsageError` if the target cannot be tested.
    """
    refuse_workers(config)
    own = commission is None
    try:
        commission = commission or commission_of(config)
        registry = load_registry()
        selected(registry, commission.only)
        collect_packs(config, commission.target)
    except ConformanceError as error:
        raise pytest.UsageError(error_line(Redactor().message(str(error)))) from None
    audit = install_desk(config, Desk(commission, registry), registry, commission.only)
    if own and not config.option.collectonly:
        reports = Reports(commission.directory, registry, lambda: audit.refused is not None)
        config.pluginmanager.register(reports, "conformance-reports")


def install_desk(config: pytest.Config, desk: Desk, registry: Registry, only: Sequence[str]) -> Audit:
    """Let the pytest session get its exchanges from the given `Desk` object, and send its verdicts to this object.

    `only` lists ids of requirements or areas; an empty list selects all.
    """
    part = plan(desk.target, registry, only) if is_part(desk.target) else None
    audit = Audit(desk, registry, part, allure=bool(config.getoption("allure_report_dir", None)))
    config.pluginmanager.register(Dressing(), "conformance-dressing")
    config.pluginmanager.register(RequirementNames(), "conformance-names")
    selection = Selection(desk.target, registry, frozenset(only), frozenset(part.cases) if part else None)
    config.pluginmanager.register(selection, "conformance-selection")
    config.pluginmanager.register(audit, "conformance-audit")
    config.pluginmanager.register(Fixtures(audit), "conformance-fixtures")
    return audit


class Audit:
    """The pytest hooks of one audit; pytest itself runs and reports the tests."""

    def __init__(self, desk: Desk, registry: Registry, part: Plan | None = None, *, allure: bool = False) -> None:
        """`part` is the plan of a run that does not start all probes at once."""
        self.desk = desk
        self._part = part
        self._registry = registry
        self._allure = allure
        self.refused: RunFileError | None = None

    # The run

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Open the run file, send the first requests of the run, then start all probes at once."""
        if session.config.option.collectonly or not session.items:
            return (yield)
        try:
            opened = self.desk.open(session.items)
        except RunFileError as error:
            self.refused = error
            raise pytest.UsageError(f"{error}. Choose another folder with --target-output") from None
        keys = [key for item in session.items for key in keys_of(item)]
        keys = executions(keys, self.desk.target.repeat)
        of_the_run = (requirement_of(item) for item in session.items if judges_the_run(item))
        keys += baseline(of_the_run, self.desk.target.profile)
        later: Sequence[ProbeKey] = ()
        if self._part is not None:
            keys, later = ([key for key in some if key in keys] for some in (self._part.keys, self._part.later))
        try:
            with opened:
                self.desk.begin(keys, later)
                result = yield
                self.desk.judged()
        except (TargetUnusable, TargetDied) as unusable:
            said = self.desk.redactor.message(str(unusable))
            code = unusable.code if isinstance(unusable, TargetUnusable) else ExitCode.TARGET_GONE
            raise pytest.exit.Exception(error_line(said), returncode=code) from None
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Judge only the cases that still need a verdict."""
        return None if requirement_of(item) not in self._registry or self.desk.is_due(item) else True

    def result(self, name: str, transport: Transport) -> Any:
        """Wait for a probe to finish and return its result."""
        return self.desk.engine.result(ProbeKey(name, transport))

    # Verdicts

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Convert the exception that a check raised to a verdict, and the verdict to pytest's outcome.

        The hook is the innermost wrapper, so other plugins such as Allure see the verdict instead of the raw exception.
        """
        name = requirement_of(item)
        passed_setup = call.when == "setup" and call.excinfo is None
        if name not in self._registry or call.when == "teardown" or passed_setup:
            return (yield)
        broke = call.excinfo.value if call.excinfo else None
        # pytest would read and parse the source of each failed check for a traceback that nobody is shown.
        call.excinfo = None
        report = yield
        verdict, lost = self.desk.take(self._verdict(item, name, broke))
        if lost:
            item.session.shouldstop = lost
        self._show_in_allure(verdict)
        call.excinfo = show(verdict, report, item, broke, self.desk.redactor)
        if report.failed and verdict.outcome is not Outcome.ERROR:
            report.longrepr = f"{report.longrepr}\n{self._remedy(verdict)}"
        return report

    def _verdict(self, item: pytest.Item, name: str, raised: BaseException | None) -> Verdict:
        tallied = item.stash.get(JUDGED, None)
        if tallied is not None:
            return tallied
        check = check_of(item)
        if check is None:
            return self.desk.judge.check(name, case_of(item), (), raised, acceptance=False)
        return Checking(self.desk.engine, self.desk.judge).confirmed(check, case_of(item), raised)

    def _remedy(self, verdict: Verdict) -> str:
        """Cause, impact, fix and curl of a broken requirement."""
        desk, requirement = self.desk, self._registry[verdict.requirement]
        causes = dict.fromkeys(each.cause for each in verdict.findings if each.cause != verdict.requirement)
        said = [("cause", cause) for cause in causes if cause]
        said += [("impact", requirement.impact), ("fix", requirement.fix)]
        known = desk.engine.exchanges
        exchange = next((known[name] for name in verdict.exchanges if name in known), None)
        if exchange is not None:
            said.append(("curl", curl(desk.redactor.exchange(exchange).request, desk.target.key_env)))
        return "\n".join(for_terminal(f"{name:>12}: {text}") for name, text in said)

    def _show_in_allure(self, verdict: Verdict) -> None:
        if self._allure:
            from conformance.plugin import allure

            desk = self.desk
            allure.describe(self._registry[verdict.requirement], desk.target)
            allure.attach(verdict, desk.engine.exchanges, desk.redactor, desk.target.key_env)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Set the exit code of pytest according to the verdicts, unless pytest was interrupted or used wrongly."""
        if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            code = self.desk.exit_code()
            if code is not None:
                session.exitstatus = code
