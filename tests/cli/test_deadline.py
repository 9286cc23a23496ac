"""`--max-seconds` ends a run, whatever a check does: in Python that catches all, and in C that looks for no signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from conformance.record import read_run
from conformance.reference import Endpoint, Settings
from conformance.reference.serve import ReferenceServer
from conformance.verdict import Outcome, Reason

HANGS = {
    "deaf": "sum(itertools.repeat(1))",
    "catching all": "\n".join(["while True:", "  try: time.sleep(0.01)", "  except BaseException: pass"]),
}
# Python imports this module in each process that it starts; only the judging process hangs.
SITE = """
import itertools, signal, sys, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # where these tests run in the background, it is ignored
if any("conformance.auditing.worker" in word for word in sys.orig_argv):
    from conformance.reply import ChatReply
    text = ChatReply.text.fget
    def hang(self):
        if threading.current_thread() is threading.main_thread():
{hang}
        return text(self)
    ChatReply.text = property(hang)
"""


def start(server: ReferenceServer, folder: Path, hang: str, *words: str) -> subprocess.Popen[str]:
    """A run whose checks hang when they read a text."""
    site = folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        SITE.format(hang="\n".join(f"            {line}" for line in hang.splitlines()))
    )
    return subprocess.Popen(
        [sys.executable, "-m", "conformance", "run", server.url, "--output", "out", *words],
        cwd=folder,
        env={
            **os.environ,
            "CONFORMANCE_API_KEY": server.api_key,
            "NO_COLOR": "1",
            "PYTHONPATH": os.pathsep.join([str(site), *sys.path]),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.alone
@pytest.mark.parametrize("name", HANGS)
def test_a_check_that_hangs_is_ended_with_reports(tmp_path: Path, name: str) -> None:
    """Within two seconds; what was judged is kept, and all else says that the time was over."""
    with ReferenceServer(Endpoint(Settings())) as server:
        process = start(server, tmp_path, HANGS[name], "--max-seconds", "6", "--only", "chat", "--only", "models")
        out, err = process.communicate(timeout=60)
        took = time.time() - tmp_path.stat().st_mtime  # since the run made its folder
    assert "Traceback" not in out + err, err
    assert "please report" not in err, err
    assert took < 6 + 2
    run = read_run(tmp_path / "out" / "run.ndjson")
    assert run.complete
    found = Counter(verdict.outcome for verdict in run.verdicts)
    reasons = {verdict.reason for verdict in run.verdicts if verdict.outcome is Outcome.INCONCLUSIVE}
    assert Reason.BUDGET_EXHAUSTED in reasons
    assert found[Outcome.ERROR] == 0
    assert len(run.verdicts) > 100
    for report in ("report.json", "report.html", "summary.md", "junit.xml"):
        assert (tmp_path / "out" / report).exists()
    assert process.returncode in (1, 4)


def test_a_run_within_its_time_is_as_any_other(tmp_path: Path) -> None:
    """The same verdicts, the same exit code, nothing left."""
    with ReferenceServer(Endpoint(Settings())) as server:
        process = start(server, tmp_path, "pass", "--max-seconds", "100", "--only", "chat.stop")
        _, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    run = read_run(tmp_path / "out" / "run.ndjson")
    assert {verdict.outcome for verdict in run.verdicts} == {Outcome.PASS}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_and_its_process(tmp_path: Path, number: signal.Signals) -> None:
    """An interrupt is said, and keeps what was measured; no process is left behind."""
    with ReferenceServer(Endpoint(Settings())) as server:
        process = start(server, tmp_path, "while True: time.sleep(0.01)", "--max-seconds", "100", "--only", "chat")
        file = tmp_path / "out" / "run.ndjson"
        while not (file.exists() and b'"verdict"' in file.read_bytes()) and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == (130 if number is signal.SIGINT else -number), err
    if number is signal.SIGINT:
        assert "interrupted" in err
        assert read_run(file).interrupted
