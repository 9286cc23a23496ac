"""Runs one audit within this process, including pytest, for code that audits its own endpoints hundreds of times.

Other callers should use `conformance.auditing.conduct.audit`, where a check that hangs does not stop the audit.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from conformance.auditing.audited import Audited
from conformance.auditing.commission import Commission
from conformance.config import Target
from conformance.plugin.audit import Audit, install
from conformance.plugin.desk import OwnDesk
from conformance.plugin.session import ARGUMENTS
from conformance.record import RedactedRun
from conformance.verdict import ExitCode


class _Session:
    """Turns pytest's session into the given audit."""

    def __init__(self, commission: Commission) -> None:
        self._commission = commission
        self.audit: Audit | None = None
        self.crash = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Install the audit; the plugin itself does so only if pytest's options name a target."""
        install(config, self._commission)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Remember the audit."""
        found = session.config.pluginmanager.get_plugin("conformance-audit")
        self.audit = found if isinstance(found, Audit) else None

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep an internal error, so that it does not look like an interrupt."""
        self.crash = str(excrepr)


def audit(
    target: Target,
    directory: Path,
    *,
    only: Sequence[str] = (),
    earlier: RedactedRun | None = None,
    recorded: RedactedRun | None = None,
    started: float | None = None,
) -> Audited:
    """Audit a target and write `directory/run.ndjson`, with the same parameters as `conformance.auditing.conduct.audit`.

    With `recorded`, a run to judge again, no requests are sent, because its exchanges answer all probes. A process can
    perform only one such audit at a time, because pytest reads the environment of the process and writes to its
    standard output.
    """
    begun = time.monotonic() if started is None else started
    session = _Session(Commission(target, directory, tuple(only), earlier, recorded, begun))
    said = StringIO()
    code = _main(session, said)
    ran = session.audit
    if ran and ran.refused:
        raise ran.refused
    live = ran.desk.live if ran and isinstance(ran.desk, OwnDesk) else None
    if live and live.recorder.lost:
        raise live.recorder.lost
    verdicts = tuple(live.recorder.verdicts) if live else ()
    ending = live.ending if live else None
    interrupted = code == pytest.ExitCode.INTERRUPTED
    misused = code == pytest.ExitCode.USAGE_ERROR and ending is None and not verdicts
    if session.crash or misused:
        return Audited(
            ExitCode.HARNESS_ERROR,
            verdicts,
            trouble=target.redactor.message((session.crash or said.getvalue()).strip()),
        )
    return Audited(ending.code if ending else code, verdicts, interrupted, ending)


def _main(session: _Session, said: StringIO) -> int:
    """Run pytest without its terminal output."""
    before = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    options = os.environ.pop("PYTEST_ADDOPTS", None)
    try:
        with redirect_stdout(said), redirect_stderr(said):
            return int(pytest.main(ARGUMENTS, plugins=[session]))
    finally:
        if before is None:
            del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        else:
            os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = before
        if options is not None:
            os.environ["PYTEST_ADDOPTS"] = options
