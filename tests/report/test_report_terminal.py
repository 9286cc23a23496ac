"""The last screen and the progress line work on every terminal, and obey no target."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
import sample
from rich.console import Console

from conformance.record import Run
from conformance.report.model import build_model
from conformance.report.progress import Progress, describe, time_left
from conformance.report.terminal import console, print_summary
from conformance.verdict import Finding, Level, Outcome, Reason, Verdict

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def screen(run: Run, width: int = 100, *, tty: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, height=60, force_terminal=tty, color_system="truecolor" if tty else None)
    print_summary(build_model(run, sample.registry()), console, {"html": Path("/out/report.html")})
    return out.getvalue()


def test_verdict_causes_and_paths_are_the_last_thing_on_the_screen() -> None:
    """What a person looks for is above the prompt: what broke, what to fix first, where to read on; details come before."""
    text = screen(sample.run())
    parts = [
        "chat.stop ",
        "1 premise-not-met",
        "1 documented difference in the profile vllm",
        "Breaks 9 of the 34 requirements judged",
        "1. ✕ MUST ",
        "breaks errors.envelope and 1 more requirement (2 MUST), in 4 exchanges",
        "3. ✕ MUST",
        "and 4 more causes, 2 causes of unmet recommendations in the report",
        "report  /out/report.html",
    ]
    places = [text.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)
    assert text.rstrip().splitlines()[-1].startswith("report")
    assert "4. " not in text
    assert "\x1b" not in text


def test_the_areas_that_are_right_take_one_line() -> None:
    """A reader looks for what is wrong; the most broken area is first."""
    lines = screen(sample.run()).splitlines()
    areas = lines[1 : lines.index("", 1)]
    assert areas[0] == "chat.stream      ✕ 2 breaks  ✓ 5 passes (▲ 1 warned)"
    assert areas[-1] == "and 2 more areas, everything passes in 1 area"


def test_a_note_is_not_cut_before_its_advice() -> None:
    """`Try --profile openai` is at the end of its sentence."""
    note = f"Does the profile fit? {'few ' * 20}requirements pass. Try --profile openai."
    said = replace(sample.header(), notes=(note,))
    text = screen(Run(said, sample.exchanges(), sample.verdicts(), sample.footer()), 80)
    assert "Try --profile openai." in " ".join(text.split())


def test_areas_without_any_verdict_share_one_line() -> None:
    """After Ctrl-C most areas were not tested; a list of them hides the ones that were."""
    reason = Reason.INTERRUPTED
    verdicts = (
        sample.broken("chat.stop.excluded", Level.MUST, Finding("a", "b", "/c", "x0012")),
        Verdict("http.method", Level.MUST, Outcome.INCONCLUSIVE, reason=reason),
        Verdict("errors.envelope", Level.MUST, Outcome.INCONCLUSIVE, reason=reason),
    )
    lines = screen(Run(sample.header(), sample.exchanges(), verdicts, sample.footer())).splitlines()
    assert lines[1:3] == ["chat.stop  ✕ 1 breaks", "nothing could be judged in 2 areas"]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 200, 1_000])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Narrow terminals wrap words, not the layout; no line has spaces at its end."""
    for line in screen(sample.run(), width).splitlines():
        assert len(line) <= width or line.startswith("report")
        assert line == line.rstrip()


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize(
    "run", [sample.run(), sample.hostile_run(), sample.long_run()], ids=["sample", "hostile", "long"]
)
def test_the_whole_screen_has_at_most_forty_lines(run: Run, width: int) -> None:
    """Many areas, notes, causes, long texts and cases: nothing that matters scrolls away."""
    out = io.StringIO()
    files = {"html": Path("/out/report.html"), "json": Path("/out/report.json"), "run": Path("/out/run.ndjson")}
    print_summary(
        build_model(run, sample.registry()), Console(file=out, width=width), files, ["9 generated cases: /out/cases"]
    )
    assert len(out.getvalue().splitlines()) <= 40


@pytest.mark.parametrize("height", [24, 30, 60])
def test_the_verdict_stays_on_a_low_terminal(height: int) -> None:
    """On 24 lines there is no room for areas, but for the verdict, three causes and the path, with a line for the prompt."""
    out = io.StringIO()
    console = Console(file=out, width=80, height=height, force_terminal=True, color_system=None)
    print_summary(build_model(sample.run(), sample.registry()), console, {"html": Path("/out/report.html")})
    last = out.getvalue().splitlines()[-(height - 1) :]
    assert any("Breaks 9 of the 34" in line for line in last)
    assert any(line.startswith("3. ") for line in last)
    assert last[-1].startswith("report")


def test_a_log_is_not_wrapped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal a sentence is one line; COLUMNS still counts."""
    monkeypatch.delenv("COLUMNS", raising=False)
    print_summary(build_model(sample.run(), sample.registry()), console())
    assert any(len(line) > 120 for line in capsys.readouterr().out.splitlines())
    monkeypatch.setenv("COLUMNS", "60")
    print_summary(build_model(sample.run(), sample.registry()), console())
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 60


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
    assert b"1. X MUST " in raw.getvalue()


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_progress_without_a_terminal_is_a_line_now_and_then() -> None:
    """A log gets a line every interval, with the requests against the plan."""
    out, clock = io.StringIO(), Clock()
    with Progress(Console(file=out, width=120), every_s=10, clock=clock) as progress:
        for done in range(41):
            progress.update(done, 80, done * 2 + 8, 8, 1, 160)
            clock.now += 1
    lines = out.getvalue().splitlines()
    assert lines == [
        "20/160 requests (8 open), 10/80 checks, 1 broken, about 1 min 11 s left",
        "40/160 requests (8 open), 20/80 checks, 1 broken, about 1 min 01 s left",
        "60/160 requests (8 open), 30/80 checks, 1 broken, about 51 s left",
        "80/160 requests (8 open), 40/80 checks, 1 broken, about 41 s left",
    ]


def test_failures_are_shown_as_they_come_and_obey_nobody() -> None:
    """Each once; a target's text begins no line; after a dozen only their number is shown."""
    out = io.StringIO()
    with Progress(Console(file=out, width=100), every_s=1_000) as progress:
        progress.update(1, 80, 3, 0, 1, 0, ["chat.stop.array: \x1b[31mred\n::error::x"])
        progress.update(2, 80, 3, 0, 2, 0, ["chat.stop.array: \x1b[31mred\n::error::x", "http.method: 200"])
        progress.update(3, 80, 3, 0, 40, 0, [f"id.{number}" for number in range(40)])
        progress.update(3, 80, 3, 0, 41, 0, [f"id.{number}" for number in range(41)])
    lines = out.getvalue().splitlines()
    assert lines[:2] == ["broken: chat.stop.array: ␛[31mred : :error: :x", "broken: http.method: 200"]
    assert lines[2:] == [*(f"broken: id.{number}" for number in range(2, 12)), "more is broken; the summary has it all"]


def test_progress_on_a_terminal_is_gone_at_the_end() -> None:
    """The line is drawn over itself and erased."""
    out = io.StringIO()
    console = Console(file=out, width=120, force_terminal=True, color_system=None, _environ={"TERM": "xterm"})
    with Progress(console) as progress:
        progress.update(3, 9, 7, 2, 0, 20)
    assert "5/20 requests (2 open), 3/9 checks, 0 broken" in out.getvalue()
    assert out.getvalue().rstrip().endswith("\x1b[2K")


def test_more_requests_than_planned_are_no_contradiction() -> None:
    """A target that fails generated cases is asked more."""
    out, clock = io.StringIO(), Clock()
    with Progress(Console(file=out, width=120), every_s=1, clock=clock) as progress:
        clock.now += 5
        progress.update(3, 9, 14, 2, 0, 10)
    assert out.getvalue().startswith("12/14 requests (2 open)")


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
    assert time_left(40, 0, 60) is None
    assert time_left(80, 80, 60) == 0
    assert time_left(20, 80, 10) == 30
    assert describe(0, 1_000, 200, 400, 0, 0, elapsed_s=10).endswith(
        "about 18 s left"
    )  # ten to ask, seven to judge, one to write
    assert describe(1, 80, 1, 40, 0, 0, elapsed_s=0.5) == "1/40 requests (0 open), 1/80 checks, 0 broken"
