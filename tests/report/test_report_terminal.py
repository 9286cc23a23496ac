"""The last screen and the progress line work on every terminal, and obey no target."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import sample
from rich.console import Console

from conformance.record import Run
from conformance.report.model import build_model
from conformance.report.progress import Progress, describe, time_left
from conformance.report.terminal import print_summary

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def screen(run: Run, width: int = 100, *, tty: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=tty, color_system="truecolor" if tty else None)
    print_summary(build_model(run, sample.registry()), console, {"html": Path("/out/report.html")})
    return out.getvalue()


def test_it_says_verdict_areas_causes_and_where_the_reports_are() -> None:
    """One screen: what broke, where, what first, and where to read on."""
    text = screen(sample.run())
    assert "Breaks 9 of the 34 requirements judged" in " ".join(text.split())
    assert re.search(r"^chat\.stop +2 +2 *$", text, re.MULTILINE)
    assert "2. ✕ MUST errors.envelope and 1 more requirement" in text
    assert "and 4 more causes in the report" in text
    assert "1 premise-not-met" in text
    assert "/out/report.html" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("width", [20, 40, 60, 100, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Narrow terminals wrap words, not the layout."""
    assert all(len(line) <= width for line in screen(sample.run(), width).splitlines())


@pytest.mark.parametrize("tty", [False, True])
def test_a_hostile_target_sends_nothing_to_the_terminal(tty: bool) -> None:
    """After our own colours are taken out, no control character is left."""
    text = _COLOUR.sub("", screen(sample.hostile_run(), tty=tty))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066\ud800]", text)
    assert "␛[31mred" in text


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR set no colour is sent, on a terminal too."""
    coloured = screen(sample.run(), tty=True)
    assert re.search(r"\x1b\[[0-9;]*3[0-9]m", coloured)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", screen(sample.run(), tty=True))


def test_an_ascii_terminal_gets_signs_it_can_show() -> None:
    """Nothing raises, and outcomes are still told apart."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    for run in (sample.run(), sample.hostile_run()):
        print_summary(build_model(run, sample.registry()), Console(file=out, width=100), {})
    out.flush()
    assert b"2. X MUST errors.envelope" in raw.getvalue()


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_progress_without_a_terminal_is_a_line_now_and_then() -> None:
    """A log gets a line every interval, not one for each check."""
    out, clock = io.StringIO(), Clock()
    with Progress(Console(file=out, width=120), every_s=10, clock=clock) as progress:
        for done in range(41):
            progress.update(done, 80, done * 2, 8, 1)
            clock.now += 1
    lines = out.getvalue().splitlines()
    assert lines == [
        "10/80 checks, 20 requests (8 open), 1 fail, about 1 min 10 s left",
        "20/80 checks, 40 requests (8 open), 1 fail, about 1 min 00 s left",
        "30/80 checks, 60 requests (8 open), 1 fail, about 50 s left",
        "40/80 checks, 80 requests (8 open), 1 fail, about 40 s left",
    ]


def test_progress_on_a_terminal_is_gone_at_the_end() -> None:
    """The line is drawn over itself and erased."""
    out = io.StringIO()
    console = Console(file=out, width=120, force_terminal=True, color_system=None, _environ={"TERM": "xterm"})
    with Progress(console) as progress:
        progress.update(3, 9, 7, 2, 0)
    assert "3/9 checks, 7 requests (2 open), 0 fails" in out.getvalue()
    assert out.getvalue().rstrip().endswith("\x1b[2K")


def test_quiet_progress_says_nothing() -> None:
    """Quiet is quiet, on a terminal and in a log."""
    for tty in (True, False):
        out = io.StringIO()
        with Progress(Console(file=out, force_terminal=tty), quiet=True, every_s=0) as progress:
            progress.update(1, 2, 3, 4, 5)
        assert out.getvalue() == ""


def test_no_time_is_guessed_before_there_is_a_pace() -> None:
    """A guess from the first check would mislead."""
    assert time_left(2, 80, 60) is None
    assert time_left(40, 80, 1) is None
    assert time_left(80, 80, 60) is None
    assert time_left(20, 80, 10) == 30
    assert describe(1, 80, 1, 0, 0, elapsed_s=0.5) == "1/80 checks, 1 request (0 open), 0 fails"
