"""Whatever a target does, an audit ends soon, with a verdict and whole reports, and without a fault of ours."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from conformance.record import read_run
from conformance.verdict import ExitCode, Outcome
from tests.hostile.behaviours import BEHAVIOURS
from tests.hostile.running import Ended, measured, run_hostile
from tests.schemas.validating import check_folder

# Each of some 90 behaviours alone takes minutes: that is the table of docs/hostile.md, which refuses a fault of ours, too.
# Here they are met together, in whole audits where each request meets another one (`any-wire-1`, `any-content-1`, …).
CHOSEN = [name for name, one in BEHAVIOURS.items() if one.first or name.startswith(("any-", "tls-"))]
ENDS = {
    ExitCode.CONFORMS,
    ExitCode.BROKEN,
    ExitCode.NOTHING_JUDGED,
    ExitCode.TARGET_GONE,
    ExitCode.KEY_REJECTED,
}
HEAVY = [name for name, one in BEHAVIOURS.items() if one.heavy]
LONGEST_S = 120.0  # seconds; the longest takes 60 on two cores with a load of 12
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_MOVES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def expect_sound(ended: Ended) -> None:
    """The run is judged without a fault of ours, every file is valid, nothing reaches the terminal as it came."""
    assert not ended.audited.trouble
    assert ended.seconds < LONGEST_S
    faults = [f"{verdict.requirement}: {verdict.detail}" for verdict in ended.with_outcome(Outcome.ERROR)]
    assert not faults, "\n".join(faults)
    assert ended.audited.exit_code in ENDS
    assert ended.run.complete or ended.audited.exit_code == ExitCode.TARGET_GONE
    report = json.loads(ended.reports["json"].read_text("utf-8"))
    assert report["exit_code"] == ended.audited.exit_code
    junit = ET.fromstring(ended.reports["junit"].read_text("utf-8"))  # noqa: S314 - our own file
    assert (ended.audited.exit_code in (ExitCode.CONFORMS, ExitCode.BROKEN)) == (junit.attrib["errors"] == "0")
    page = ended.reports["html"].read_text("utf-8")
    assert "<script>document.title" not in page
    assert "<img src=x" not in page
    for text in (page, ended.reports["markdown"].read_text("utf-8"), ended.reports["json"].read_text("utf-8")):
        assert _MOVES.search(text) is None
    assert _MOVES.search(_COLOUR.sub("", ended.screen)) is None


@pytest.mark.parametrize("name", CHOSEN)
def test_an_audit_of_a_hostile_target_ends_well(name: str, tmp_path: Path) -> None:
    """Soon, complete, with valid reports and no outcome `error`."""
    ended = run_hostile(name, tmp_path / "run")
    expect_sound(ended)
    assert check_folder(tmp_path / "run").keys() >= {"run", "report", "ctrf", "badge"}
    if BEHAVIOURS[name].first and name != "attack-models":
        assert ended.audited.exit_code in ENDS - {ExitCode.CONFORMS, ExitCode.BROKEN}
        assert ended.audited.unusable
        assert "\n" not in ended.audited.unusable


@pytest.mark.parametrize("name", HEAVY)
def test_memory_is_bounded_whatever_a_target_sends(name: str, tmp_path: Path) -> None:
    """With the limits of every day, endless answers to every request cost some hundred megabytes in all."""
    cost = measured(name, tmp_path / "run", everyday=True)
    assert cost.exit_code in ENDS
    assert cost.peak_mb < 700, f"{cost.peak_mb:.0f} MB"


BROWSER = next((path for name in ("chromium", "google-chrome") if (path := shutil.which(name))), None)


@pytest.mark.skipif(BROWSER is None, reason="no chromium found; install it to see that nothing runs in report.html")
def test_nothing_that_a_target_wrote_runs_in_the_page(tmp_path: Path) -> None:
    """A model whose every text is a script does not change the title of the page, and the page has no error."""
    ended = run_hostile("attack-text", tmp_path / "run", only=("chat.response", "chat.stream", "chat.stop", "error"))
    expect_sound(ended)
    done = subprocess.run(
        [
            str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--no-first-run", "--enable-logging=stderr", "--v=0", f"--user-data-dir={tmp_path / 'profile'}",
            "--virtual-time-budget=1500", "--dump-dom", ended.reports["html"].as_uri(),
        ],
        capture_output=True, text=True, check=True, timeout=60, encoding="utf-8",
    )  # fmt: skip
    assert "<title>owned" not in done.stdout
    assert "owned" in done.stdout  # the text itself is there, as text
    assert "CONSOLE" not in done.stderr


def test_the_run_file_keeps_what_a_target_sent(tmp_path: Path) -> None:
    """A body that is not UTF-8 and a lone surrogate are read back as they came."""
    run_hostile("invalid-utf8", tmp_path / "a", only=("chat.response",))
    bodies = [exchange.body for exchange in read_run(tmp_path / "a" / "run.ndjson").exchanges.values()]
    assert any(b"\xff\xfe\xc3\x28" in body for body in bodies)
