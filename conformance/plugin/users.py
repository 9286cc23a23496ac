"""Features for users of pytest: one-line error messages, and the reports of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.config.saved_case import FOLDER
from conformance.contract import Registry
from conformance.record import RunFileError, read_run
from conformance.record.manifest import list_files
from conformance.report import write_all
from conformance.report.safe_text import error_line

NO_WORKERS = (
    "--target and xdist (-n) exclude each other: one process sends, judges and writes the run. Leave out -n;"
    " --target-concurrency says how many requests are sent at once"
)


def refuse_workers(config: pytest.Config) -> None:
    """Raise `pytest.UsageError` if pytest spreads the tests over several processes, because each process would audit the target."""
    asked = [config.getoption(name, None) for name in ("numprocesses", "tx", "distload")]
    if hasattr(config, "workerinput") or any(asked):
        raise pytest.UsageError(NO_WORKERS)


class Reports:
    """Writes the reports of a run into the run's folder, and prints their paths.

    If the run could not be opened in its folder, there are no reports.
    """

    def __init__(self, folder: Path | None, registry: Registry, refused: Callable[[], bool] = lambda: False) -> None:
        self._folder = folder
        self._registry = registry
        self._refused = refused

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the reports and print their paths at the end of the session, when the run file is complete."""
        if self._refused():
            return
        if self._folder is None:
            terminalreporter.write_line("No run file and no reports: give --target-output DIR")
            return
        file = self._folder / "run.ndjson"
        try:
            reports = write_all(read_run(file), self._folder, self._registry)
            list_files(self._folder, FOLDER, reports.values())
        except (RunFileError, OSError) as error:
            terminalreporter.write_line(error_line(f"The reports cannot be written: {error}"), red=True)
            return
        terminalreporter.write_line(f"Run file: {file}")
        for path in sorted(reports.values()):
            terminalreporter.write_line(f"Report:   {path}")
