"""Ctrl-C before the first request leaves a run file that says so, and that `--resume` accepts."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.auditing.commission import Commission
from conformance.auditing.live_run import LiveRun
from conformance.auditing.resume import interrupted
from conformance.config import Target, load_profile
from conformance.contract import load_registry
from conformance.verdict import ExitCode


def test_a_run_that_was_interrupted_before_anything_was_planned_is_not_complete(tmp_path: Path) -> None:
    commission = Commission(Target("http://127.0.0.1:1/v1", load_profile("openai")), tmp_path)
    with pytest.raises(KeyboardInterrupt), LiveRun(commission, load_registry()):
        raise KeyboardInterrupt
    run = interrupted(tmp_path)
    assert run.interrupted
    assert run.exit_code is ExitCode.INTERRUPTED
