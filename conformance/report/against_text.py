"""Writes the comparison with a reference as Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from conformance.report.against import (
    CandidateComparison,
    DifferenceWithCauses,
    ReferenceComparison,
    RequirementLine,
    said,
)
from conformance.report.safe_text import for_json, for_json_text, markdown_code, markdown_text
from conformance.verdict import Outcome

MOST_LINES = 40
"""The most requirements, and the most differences of shape, that the Markdown text lists for each candidate."""
KINDS = {
    "candidate": "Only the candidate breaks it",
    "neither": "Another difference",
    "both": "Both break it",
    "reference": "Only the reference breaks it",
}


def counted(candidate: CandidateComparison) -> str:
    """Return the numbers of broken requirements as sentences: only by the candidate, by both, only by the reference."""
    words = (("candidate", "only by the candidate"), ("both", "by both"), ("reference", "only by the reference"))
    return " ".join(f"{_broken(candidate, kind)} {by}." for kind, by in words)


def _broken(candidate: CandidateComparison, kind: str) -> str:
    lines = [line for line in candidate.lines if line.kind == kind]
    broken = sum(Outcome.FAIL in (line.candidate, line.reference) for line in lines)
    more = f", and {len(lines) - broken} recommendations not followed," if len(lines) > broken else ""
    return f"{broken} requirement{'' if broken == 1 else 's'} broken{more}"


def paired(candidate: CandidateComparison) -> str:
    """Return a sentence that says how many responses were compared."""
    other = f" {candidate.unpaired} other requests of the candidate have no partner." if candidate.unpaired else ""
    return f"The responses to {candidate.pairs} equal requests were compared.{other}"


def against_markdown(comparison: ReferenceComparison) -> str:
    """Return the most important differences of each candidate as Markdown."""
    parts = [f"# Compared with the reference {markdown_text(comparison.name)}"]
    for each in comparison.candidates:
        parts += _candidate(each)
    return "\n\n".join(parts) + "\n"


def _candidate(candidate: CandidateComparison) -> Iterator[str]:
    yield f"## {markdown_text(candidate.name)}\n\n{counted(candidate)} {paired(candidate)}"
    lines = [line for line in candidate.lines if line.kind != "both"]
    if lines:
        head = "| requirement | expected | reference | candidate |\n|---|---|---|---|\n"
        yield head + "\n".join(_line(line) for line in lines[:MOST_LINES])
    if candidate.differences:
        head = "| field | reference | candidate | pairs | cause |\n|---|---|---|---|---|\n"
        yield head + "\n".join(_difference(each) for each in candidate.differences[:MOST_LINES])
    rest = max(0, len(lines) - MOST_LINES), max(0, len(candidate.differences) - MOST_LINES)
    if any(rest):
        yield f"{rest[0]} more requirements and {rest[1]} more fields are in reference.html and reference.json."


def _line(line: RequirementLine) -> str:
    cells = (f"{said(outcome)}: {markdown_text(why, 120)}" if why else said(outcome) for outcome, why in (
        (line.reference, line.reference_why), (line.candidate, line.candidate_why)))  # fmt: skip
    return f"| {markdown_code(line.requirement)} ({line.level}) | {markdown_text(line.expected, 160)} | {' | '.join(cells)} |"


def _difference(each: DifferenceWithCauses) -> str:
    found = each.difference
    causes = markdown_text("; ".join(each.causes), 200)
    sides = f"{markdown_code(found.reference, 120)} | {markdown_code(found.candidate, 120)}"
    return f"| {found.aspect} {markdown_code(found.place)} | {sides} | {found.shown} of {found.of} | {causes} |"


def against_json(comparison: ReferenceComparison) -> str:
    """Return the comparison of all candidates with the reference as JSON text."""
    data = {
        "reference": {"name": comparison.name, "model": comparison.model, "folder": comparison.folder},
        "candidates": [
            {
                "name": each.name,
                "model": each.model,
                "folder": each.folder,
                "pairs": each.pairs,
                "unpaired": each.unpaired,
                "requirements": [{**asdict(line), "kind": line.kind} for line in each.lines],
                "differences": [
                    {**asdict(found.difference), "always": found.difference.always, "causes": list(found.causes)}
                    for found in each.differences
                ],
            }
            for each in comparison.candidates
        ],
    }
    return for_json_text(for_json(json.dumps(data, ensure_ascii=False, indent=1))) + "\n"
