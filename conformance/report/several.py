"""Summarises the audits of several targets as text, Markdown and JSON.

The summary has one line for each target, and one exit code for all targets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.report.safe_text import for_json_text, markdown_code, markdown_text, one_line
from conformance.verdict import ExitCode

_WORST_FIRST = (
    ExitCode.INTERRUPTED,
    ExitCode.HARNESS_ERROR,
    ExitCode.USAGE,
    ExitCode.BROKEN,
    ExitCode.KEY_REJECTED,
    ExitCode.TARGET_GONE,
    ExitCode.NOTHING_JUDGED,
    ExitCode.CONFORMS,
)
"""What is broken for certain comes before what may be repaired by a second run."""
_WORDS: Mapping[int, str] = {
    ExitCode.CONFORMS: "passes",
    ExitCode.BROKEN: "fails",
    ExitCode.USAGE: "not compared",
    ExitCode.HARNESS_ERROR: "suite failed",
    ExitCode.NOTHING_JUDGED: "not judged",
    ExitCode.TARGET_GONE: "unreachable",
    ExitCode.KEY_REJECTED: "key rejected",
    ExitCode.INTERRUPTED: "interrupted",
}
_OTHER = "failed"
RESULT_WORDS = (*_WORDS.values(), _OTHER)
"""The results that an audit of several can have."""


@dataclass(frozen=True, slots=True)
class TargetResult:
    """The result of auditing one target.

    `report` is the data of the target's report.json, {} if nothing was measured. `why` explains why nothing was
    measured.
    """

    name: str
    code: int
    folder: str = ""
    report: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""

    @property
    def word(self) -> str:
        """The result of the audit of the target, in one or two words."""
        return _WORDS.get(self.code, _OTHER)

    @property
    def said(self) -> str:
        """A sentence with the result of the audit, and if there is a gate, a sentence with the decision of the gate."""
        gate = self.report.get("gate") or {}
        said = [str(self.report.get("sentence", self.why or "Nothing was measured.")), str(gate.get("sentence", ""))]
        return " ".join(filter(None, said))


def code_of(results: Sequence[TargetResult]) -> int:
    """Return the worst exit code of all targets."""
    order = [int(code) for code in _WORST_FIRST]
    return min(
        (result.code for result in results), key=lambda code: order.index(code) if code in order else 0, default=0
    )


def count_words(results: Sequence[TargetResult]) -> str:
    """Return the number of targets with each result as text, such as `3 targets: 2 passes, 1 fails`."""
    words = [result.word for result in results]
    return f"{len(results)} targets: {', '.join(f'{words.count(word)} {word}' for word in dict.fromkeys(words))}"


def summary_lines(results: Sequence[TargetResult]) -> list[str]:
    """Return a line for each target, and a last line with the number of targets for each result."""
    width = max((len(one_line(result.name, 60)) for result in results), default=0)
    lines = []
    for result in results:
        report = f"  {result.folder}/report.html" if result.folder else ""
        lines.append(f"{result.word:12}  {one_line(result.name, 60):{width}}  {one_line(result.said, 500)}{report}")
    return [*lines, f"{count_words(results)}; exit code {code_of(results)}"]


def summary_markdown(results: Sequence[TargetResult]) -> str:
    """Return a Markdown table for a CI job page, with the requirements that fail each target."""
    lines = ["| target | result | verdict |", "| --- | --- | --- |"]
    lines += [f"| {markdown_code(each.name, 60)} | {each.word} | {markdown_text(each.said, 500)} |" for each in results]
    parts = [f"## Conformance: {count_words(results)}", "\n".join(lines)]
    for result in results:
        gate = result.report.get("gate") or {}
        causes = result.report.get("causes") or []
        failing = set(gate.get("failing", ())) if gate else None
        shown = [cause for cause in causes if _fails(cause, failing)][:5]
        if result.code == ExitCode.BROKEN and shown:
            parts.append(f"### {markdown_code(result.name, 60)}")
            parts.append("\n".join(f"- {markdown_text(str(cause['title']), 300)} ({_ids(cause)})" for cause in shown))
    return "\n\n".join(parts) + "\n"


def summary_json(results: Sequence[TargetResult]) -> str:
    """Return the results of all targets, with their complete reports, as JSON text."""
    data = {
        "exit_code": code_of(results),
        "targets": [
            {
                "name": result.name,
                "exit_code": result.code,
                "result": result.word,
                "folder": result.folder or None,
                "report": dict(result.report) or None,
            }
            for result in results
        ],
    }
    return for_json_text(json.dumps(data, ensure_ascii=False, indent=2)) + "\n"


def _fails(cause: Mapping[str, Any], failing: set[str] | None) -> bool:
    return cause["outcome"] == "fail" if failing is None else not failing.isdisjoint(cause["requirements"])


def _ids(cause: Mapping[str, Any]) -> str:
    first, *others = cause["requirements"]
    return f"{markdown_code(str(first))} and {len(others)} more" if others else markdown_code(str(first))
