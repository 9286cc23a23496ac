"""`conformance verify` names each change of a run folder, and each verdict that does not follow from the exchanges."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from in_process import conformance

from conformance.record.manifest import MANIFEST, list_files

ONLY = ("--only", "chat.stop.excluded", "--only", "models.retrieve")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run against the built-in reference endpoint."""
    folder = tmp_path_factory.mktemp("verify") / "run"
    done = conformance("run", "--quiet", *ONLY, "--output", str(folder), folder=folder.parent)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    """A copy of the run that a test may change."""
    return Path(shutil.copytree(whole, tmp_path / "run"))


def verified(folder: Path, *words: str) -> tuple[int, list[str], str]:
    """The exit code and the lines of `conformance verify`, and what it says on stderr."""
    done = conformance("verify", str(folder), *words, folder=folder.parent)
    return done.returncode, done.stdout.splitlines(), done.stderr


def signed_again(folder: Path) -> None:
    """Write the manifest anew, as a person who hides a change would."""
    (folder / MANIFEST).unlink()
    names = ("report.json", "report.html", "summary.md", "junit.xml", "ctrf.json", "badge.json", "badge.svg")
    list_files(folder, "cases", [folder / name for name in names if (folder / name).exists()])


def with_verdict(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the verdict about chat.stop.excluded in run.ndjson."""
    file = folder / "run.ndjson"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    for line in lines:
        if line["kind"] == "verdict" and line["requirement"] == "chat.stop.excluded":
            change(line)
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def test_an_unchanged_run_is_proven(run: Path) -> None:
    """Exit code 0; the text says what is proven and what is not. Reports that are written again are proven, too."""
    code, lines, _ = verified(run)
    assert code == 0
    assert lines[0].startswith("8 files are unchanged since the manifest was written at ")
    assert lines[1].endswith("verdicts follow from the recorded exchanges; report.json agrees with them.")
    assert lines[2].startswith("The manifest is not a signature")
    assert conformance("report", str(run), "--quiet", folder=run).returncode == 0
    assert verified(run, "--quiet") == (0, [], "")


def test_a_judged_run_has_a_manifest(run: Path, tmp_path: Path) -> None:
    """`conformance judge` writes it, as `conformance run` does."""
    assert conformance("judge", str(run), "--quiet", "--output", "again", folder=tmp_path).returncode == 0
    assert verified(tmp_path / "again", "--quiet") == (0, [], "")


def test_a_selection_that_was_judged_is_replayed_alone(run: Path, tmp_path: Path) -> None:
    """The run file of `conformance judge --only` names the selection."""
    words = ("judge", str(run), "--only", "models.retrieve", "--quiet", "--output", "again")
    assert conformance(*words, folder=tmp_path).returncode == 0
    assert verified(tmp_path / "again", "--quiet") == (0, [], "")


@pytest.mark.parametrize("name", ["run.ndjson", "report.json"])
def test_one_changed_byte_is_named(name: str, run: Path) -> None:
    """Exit code 1, with the name of the file; a file with the old size is recognised by its SHA-256."""
    data = bytearray((run / name).read_bytes())
    at = data.rindex(b"T", 0, data.index(b"Z", data.index(b'"started"')))
    data[at - 1] = ord("1") if data[at - 1] != ord("1") else ord("2")
    (run / name).write_bytes(data)
    code, lines, _ = verified(run)
    assert code == 1
    assert f"altered: {name} (same size, different SHA-256)" in lines
    assert any("differs from run.ndjson in the field started" in line for line in lines)


def test_a_run_file_that_cannot_be_read_any_more_is_named(run: Path) -> None:
    """A difference is exit code 1, although the run cannot be judged again."""
    data = (run / "run.ndjson").read_bytes()
    (run / "run.ndjson").write_bytes(b"[" + data[1:])
    code, lines, _ = verified(run)
    assert code == 1
    assert lines[0] == "altered: run.ndjson (same size, different SHA-256)"
    assert lines[1].startswith("not judged again: ")


def test_a_changed_verdict_is_named_by_the_replay(run: Path) -> None:
    """Although the manifest was written again after the change."""

    def fail(verdict: dict[str, Any]) -> None:
        verdict["outcome"] = "fail"
        verdict["findings"] = [{"expected": "this", "observed": "that"}]

    with_verdict(run, fail)
    signed_again(run)
    code, lines, _ = verified(run)
    assert code == 1
    assert not any(line.startswith(("altered", "missing", "added")) for line in lines)
    assert any(
        line.startswith("chat.stop.excluded (")
        and line.endswith("run.ndjson says fail at level MUST, the replay says pass at level MUST")
        for line in lines
    ), lines
    assert "the footer of run.ndjson counts other outcomes than its verdicts have" in lines
    assert "chat.stop.excluded: report.json says pass, run.ndjson says fail" in lines


def test_a_verdict_that_was_made_inconclusive_is_named(run: Path) -> None:
    """Although the reason says that a budget was spent: the replay judges the case."""
    with_verdict(run, lambda verdict: verdict.update(outcome="inconclusive", reason="budget-exhausted"))
    signed_again(run)
    code, lines, _ = verified(run)
    assert code == 1
    assert any(
        "run.ndjson says inconclusive at level MUST (budget-exhausted), the replay says pass" in x for x in lines
    )


def test_a_spent_budget_is_no_difference(tmp_path: Path) -> None:
    """A replay lacks the responses and gives another reason; the number of these cases is printed."""
    words = ("run", "--quiet", "--only", "chat.stop", "--max-requests", "6", "--output", "out")
    conformance(*words, folder=tmp_path)
    code, lines, _ = verified(tmp_path / "out")
    assert code == 0, lines
    assert any("cases were not judged, such as those after the end of a budget" in line for line in lines), lines


def test_changed_evidence_is_named(run: Path) -> None:
    """With the same outcome: which fields of the verdict differ."""
    with_verdict(run, lambda verdict: verdict.update(exchanges=[]))
    signed_again(run)
    code, lines, _ = verified(run)
    assert code == 1
    assert any(
        "run.ndjson and the replay both say pass at level MUST, but differ in exchanges" in line for line in lines
    )


def test_changed_responses_are_named(run: Path) -> None:
    """A verdict that does not follow from the responses in the run file."""
    file = run / "run.ndjson"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    for line in lines:
        if line["kind"] == "exchange" and '"stop"' in line["request"].get("body", ""):
            line["status"] = 500
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    signed_again(run)
    code, said, _ = verified(run)
    assert code == 1
    assert any(line.startswith("chat.stop.excluded") and "the replay says" in line for line in said), said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: r["verdicts"][0].update(outcome="fail"), "report.json says fail, run.ndjson says pass"),
        (lambda r: r["verdicts"].pop(), "report.json has no verdict, run.ndjson says pass"),
        (lambda r: r["verdicts"][0].update(detail="x"), "report.json differs from run.ndjson in detail"),
        (lambda r: r.update(sentence="Great."), "report.json differs from run.ndjson in the field sentence"),
        (lambda r: r.update(verdicts=5), "report.json has no list of verdicts"),
    ],
)
def test_a_changed_report_is_named(change: Callable[[dict[str, Any]], object], said: str, whole: Path) -> None:
    """Although the manifest was written again: report.json must follow from run.ndjson."""
    from conformance.contract import load_registry
    from conformance.record import read_run
    from conformance.report.model import build_model
    from conformance.report.report_differences import report_differences

    report = json.loads((whole / "report.json").read_text())
    change(report)
    changed = whole.parent / "changed.json"
    changed.write_text(json.dumps(report))
    model = build_model(read_run(whole / "run.ndjson"), load_registry())
    found = report_differences(changed, model)
    assert any(said in line for line in found), found
    assert report_differences(whole / "report.json", model) == []


def test_missing_and_added_files_are_named(run: Path) -> None:
    """Names are printed without control characters."""
    (run / "report.json").unlink()
    (run / "extra\x1b[31m.txt").write_text("x")
    code, lines, _ = verified(run)
    assert code == 1
    assert lines[0] == "missing: report.json"
    assert lines[1].startswith("added: extra")
    assert "\x1b" not in "".join(lines)


def test_a_report_with_a_gate_is_compared_without_the_decision(run: Path) -> None:
    """The decision depends on waivers, which the folder does not have; verdicts are compared."""
    assert conformance("report", str(run), "--quiet", "--fail-on", "never", folder=run).returncode == 0
    assert json.loads((run / "report.json").read_text())["gate"] is not None
    assert verified(run, "--quiet") == (0, [], "")


def test_a_folder_that_cannot_be_read_is_exit_code_2(run: Path, tmp_path: Path) -> None:
    """A missing folder, a folder without a manifest, and a manifest without a run file."""
    assert verified(tmp_path / "none")[0] == 2
    (run / MANIFEST).write_text("{}")
    assert verified(run)[0] == 2
    (run / MANIFEST).unlink()
    code, lines, said = verified(run)
    assert (code, lines) == (2, [])
    assert "manifest.json: the manifest cannot be read: No such file or directory" in said
