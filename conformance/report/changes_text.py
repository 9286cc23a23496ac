"""Formats the changes between two runs as terminal lines, as JSON, and as a Markdown comment for a pull request."""

from __future__ import annotations

import json

from conformance.acceptance import FailOn
from conformance.report.changes import Change, ChangeKind, Changes
from conformance.report.safe_text import for_json_text, markdown_code, markdown_text, one_line
from conformance.verdict import described

_LISTED = 20
_FOLDED = (ChangeKind.UNJUDGED, ChangeKind.FIRST, ChangeKind.FIXED, ChangeKind.KNOWN)


def changes_sentence(changes: Changes, fail_on: FailOn) -> str:
    """Return one sentence that counts the changes of each kind and says whether the changes fail the gate."""
    if changes.refused:
        return f"These runs cannot be compared: {'; '.join(changes.refused)}."
    failing = len(changes.failing(fail_on))
    word = "informs only" if fail_on is FailOn.NEVER else f"{failing} fail the gate" if failing else "nothing fails"
    return f"{', '.join(f'{number} {kind}' for kind, number in changes.counts.items())}: {word}."


def changes_lines(changes: Changes, fail_on: FailOn) -> list[str]:
    """Return a line for each change except known violations, then the sentence with the decision."""
    shown = [change for change in changes.changes if change.kind is not ChangeKind.KNOWN]
    width = max((len(change.requirement) for change in shown), default=0)
    lines = []
    for change in shown:
        mark = "FAILS " if change.fails(fail_on) else "      "
        lines.append(
            f"{mark}{change.kind:17}  {change.level:6}  {one_line(change.requirement):{width}}  {_outcomes(change)}  {_why(change)}".rstrip()
        )
    return [*lines, changes_sentence(changes, fail_on)]


def changes_json(changes: Changes, fail_on: FailOn) -> str:
    """Return the changes between two runs as JSON text."""
    data = {
        "sentence": changes_sentence(changes, fail_on),
        "fail_on": str(fail_on),
        "refused": list(changes.refused),
        "counts": {} if changes.refused else changes.counts,
        "failing": [change.requirement for change in changes.failing(fail_on)],
        "changes": [
            {
                "requirement": change.requirement,
                "level": str(change.level),
                "kind": str(change.kind),
                "fails": change.fails(fail_on),
                "before": str(change.before) if change.before else None,
                "after": str(change.after) if change.after else None,
                "reason": str(change.verdict.reason) if change.verdict and change.verdict.reason else None,
                "causes": [
                    {"cause": each.cause, "symptom": each.symptom, "title": each.title} for each in change.violations
                ],
                "findings": [finding.to_dict() for finding in change.verdict.findings] if change.verdict else [],
            }
            for change in changes.changes
        ],
    }
    return for_json_text(json.dumps(data, ensure_ascii=False, indent=2)) + "\n"


def changes_markdown(changes: Changes, title: str, fail_on: FailOn) -> str:
    """Return the changes as a Markdown comment: failures with evidence, then all other changes in a folded section."""
    parts = [f"### Conformance of {markdown_code(title)}", f"**{markdown_text(changes_sentence(changes, fail_on))}**"]
    for kind in (ChangeKind.NEW, ChangeKind.LOST):
        found = changes.of(kind)
        parts += [_evidence(change, fails=change.fails(fail_on)) for change in found[:_LISTED]]
        if len(found) > _LISTED:
            parts.append(f"…and {len(found) - _LISTED} more {kind}.")
    for kind in _FOLDED:
        if found := changes.of(kind):
            listed = "\n".join(f"- {markdown_code(each.requirement)} {_outcomes(each)}" for each in found[:_LISTED])
            more = f"\n- …and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
            parts.append(f"<details><summary>{len(found)} {kind}</summary>\n\n{listed}{more}\n\n</details>")
    return "\n\n".join(parts) + "\n"


def _evidence(change: Change, *, fails: bool) -> str:
    lead = "✕" if fails else "▲"
    lines = [f"{lead} **{change.kind}** {change.level} {markdown_code(change.requirement)} {_outcomes(change)}"]
    lines += [
        f"- cause: {markdown_text(each.title, 300)} ({markdown_code(each.symptom)})" for each in change.violations[:3]
    ]
    if change.verdict is not None and change.verdict.findings:
        finding = change.verdict.findings[0]
        where = f" at {markdown_code(finding.where, 120)}" if finding.where else ""
        lines.append(f"- expected {markdown_code(finding.expected, 200)}")
        lines.append(f"- got {markdown_code(finding.observed, 200)}{where}")
    return "\n".join(lines)


def _outcomes(change: Change) -> str:
    before, after = (described(outcome) if outcome else "—" for outcome in (change.before, change.after))
    return f"{before} → {after}"


def _why(change: Change) -> str:
    if change.violations:
        return "; ".join(one_line(f"{each.title} [{each.symptom}]", 200) for each in change.violations[:3])
    reason = change.verdict.reason if change.verdict is not None else None
    return str(reason) if reason else ""
