"""One audit from Python: the same pytest session that `pytest --pyargs conformance.checks` would be, and its run file."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from conformance.auditing.audited import Audited, Watch
from conformance.auditing.commission import Commission
from conformance.config import Target
from conformance.plugin.audit import Audit, install
from conformance.record import RedactedRun
from conformance.verdict import ExitCode

REFRESH_S = 0.2


class _Session:
    """Makes pytest's session the audit that is wanted, and watches it."""

    def __init__(self, commission: Commission, watch: Watch | None) -> None:
        self._commission = commission
        self.audit: Audit | None = None
        self.crash = ""
        self._watch = watch
        self._total = 0
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._look, name="conformance-progress", daemon=True)

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """The plugin itself does so only where the options of pytest name a target."""
        install(config, self._commission)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Begin to watch when the number of checks is known."""
        found = session.config.pluginmanager.get_plugin("conformance-audit")
        self.audit = found if isinstance(found, Audit) else None
        self._total = len(session.items)
        if self._watch is not None and self._total:
            self._watcher.start()

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep what broke inside of us: it must not look like somebody's stop."""
        self.crash = str(excrepr)

    def pytest_sessionfinish(self) -> None:
        """Stop watching."""
        self._over.set()
        if self._watcher.is_alive():
            self._watcher.join()

    def _look(self) -> None:
        while self._watch is not None and self.audit is not None:
            self._watch(self.audit.tally(self._total))
            if self._over.wait(REFRESH_S):
                return


def audit(
    target: Target,
    directory: Path,
    *,
    only: Sequence[str] = (),
    watch: Watch | None = None,
    alluredir: Path | None = None,
    earlier: RedactedRun | None = None,
    recorded: RedactedRun | None = None,
    started: float | None = None,
) -> Audited:
    """Audit a target and write `directory/run.ndjson`; raises `RunFileError` when that cannot be written to its end.

    `earlier` is the interrupted run that `directory` holds: what it measured is not asked again, and its file is
    replaced by one that has everything. With `recorded`, a run that is judged again, nothing is sent: its exchanges
    answer all probes. The seconds of its budget count from `started` (by `time.monotonic`; now). `only` are requirement
    ids or areas; `watch` is called every 0.2 seconds from another thread. Raises nothing for what the target does, nor for an interrupt: both are in what is returned.
    """
    begun = time.monotonic() if started is None else started
    session = _Session(Commission(target, directory, tuple(only), earlier, recorded, begun), watch)
    arguments = [
        "--pyargs",
        "conformance.checks",
        f"--rootdir={Path(__file__).resolve().parent.parent / 'checks'}",
        "-c",
        os.devnull,
        # A pack is not importable by its name; and nothing is put before the path that others import from.
        "--import-mode=importlib",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "-p",
        "conformance.plugin",
        # Nobody reads this session's screen: no log is caught for it, and no traceback is made ready.
        "-p",
        "no:logging",
        # Its five collections of garbage at the end cost more than the judging.
        "-p",
        "no:unraisableexception",
        "--tb=no",
        "-q",
        "--capture=no",
    ]
    if alluredir is not None:
        arguments += ["-p", "allure_pytest.plugin", f"--alluredir={alluredir}"]
    said = StringIO()
    code = _main(arguments, session, said)
    ran = session.audit
    if ran and ran.refused:
        raise ran.refused
    if ran and ran.recorder and ran.recorder.lost:
        raise ran.recorder.lost
    verdicts = tuple(ran.recorder.verdicts) if ran and ran.recorder else ()
    ending = ran.ending if ran else None
    interrupted = code == pytest.ExitCode.INTERRUPTED
    misused = code == pytest.ExitCode.USAGE_ERROR and ending is None and not verdicts
    if session.crash or misused:
        return Audited(
            ExitCode.HARNESS_ERROR,
            verdicts,
            trouble=target.redactor.message((session.crash or said.getvalue()).strip()),
        )
    return Audited(code, verdicts, interrupted, ending)


def _main(arguments: list[str], session: _Session, said: StringIO) -> int:
    """pytest, with its own screen put aside: the command line shows the run in its own way.

    pytest takes these two settings from the environment of the process alone, and writes to the screen of the process: so
    only one audit can run in a process at a time.
    """
    before = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    options = os.environ.pop("PYTEST_ADDOPTS", None)
    try:
        with redirect_stdout(said), redirect_stderr(said):
            return int(pytest.main(arguments, plugins=[session]))
    finally:
        if before is None:
            del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        else:
            os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = before
        if options is not None:
            os.environ["PYTEST_ADDOPTS"] = options
