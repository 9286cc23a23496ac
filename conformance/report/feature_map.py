"""The map of constrained output: for each feature and spelling, enforced, refused, or accepted and not enforced."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from conformance.wire import Exchange

SPELLINGS = ("response_format", "guided_*", "structured_outputs", "text.format", "strict tools")
"""The columns, by the parameters that carried the constraint."""

SCHEMA, TEXT, BEHAVIOUR, BAD = "JSON schema", "Other forms", "Behaviour", "Bad constraints"
GROUPS = (SCHEMA, TEXT, BEHAVIOUR, BAD)
"""The parts of the map. In the last one a refusal is what is wanted."""

_ANY = "any schema"
_BAD = r"(?:invalid.*|dangling-reference|unsatisfiable|json-object-word|survives)"
# Requirement → group and feature; the first that matches in full counts.
_PLACES: tuple[tuple[str, str, str], ...] = (
    (r"responses\.text-format\.json-object|chat\.json-object\.enforced", TEXT, "JSON object"),
    (r"(?:chat\.json-schema|guided\.json|vllm\.structured-outputs\.json)\.enforced", SCHEMA, _ANY),
    (r"responses\.text-format|chat\.tools\.strict", SCHEMA, _ANY),
    (r"(?:responses\.text-format|chat\.tools\.strict)\.(invalid-schema)", BAD, r"\1"),
    (r"(?:chat\.json-schema|responses\.text-format|chat\.tools\.strict)\.(.+)", SCHEMA, r"\1"),
    (r"vllm\.guided-removed", TEXT, "choice: enforced"),
    (r"telnyx\.chat\.guided-invalid|vllm\.structured-outputs\.invalid", BAD, "invalid regex"),
    (r"(?:guided|vllm\.structured-outputs)\.choice\.empty", BAD, "no choices"),
    (r"(?:guided|vllm\.structured-outputs)\.conflict", BAD, "two at once"),
    (r"(?:chat\.guided|guided|vllm\.structured-outputs)\.survives", BAD, "no server error"),
    (r"(?:guided|vllm\.structured-outputs)\.(regex|choice|grammar)\.(.+)", TEXT, r"\1: \2"),
    (rf"chat\.guided\.({_BAD})", BAD, r"\1"),
    (r"chat\.guided\.(.+)", BEHAVIOUR, r"\1"),
)
# Where the request of a verdict cannot be read, its id tells the column.
_BY_ID = {
    "guided.": "guided_*", "telnyx.chat.guided": "guided_*", "vllm.guided": "guided_*", "vllm.": "structured_outputs",
    "responses.": "text.format", "chat.tools.": "strict tools",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of one feature in one spelling: `said` in two words, and the requirement that says more."""

    requirement: str
    outcome: Outcome
    said: str


@dataclass(frozen=True, slots=True)
class MapRow:
    """One feature, with a cell for each column of its map; None where it was not asked in that spelling."""

    feature: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class FeatureMap:
    """The map of one run. `columns` are the spellings that were asked; `groups` keep the order of the registry."""

    columns: tuple[str, ...]
    groups: tuple[tuple[str, tuple[MapRow, ...]], ...]


def place(requirement: str) -> tuple[str, str] | None:
    """The group and the feature that a requirement stands for; None for one that is not of the map."""
    for pattern, group, feature in _PLACES:
        if found := re.fullmatch(pattern, requirement):
            return group, found.expand(feature).replace("enforced", "plain")
    return None


def spelling(requirement: str, asked: Iterable[Exchange]) -> str:
    """The column of a verdict: the parameter that carried the constraint, told from the requests."""
    for exchange in asked:
        if found := _parameter(exchange):
            return found
    return next((column for start, column in _BY_ID.items() if requirement.startswith(start)), SPELLINGS[0])


def _parameter(exchange: Exchange) -> str:
    try:
        body: Any = json.loads(exchange.request.body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(body, dict):
        return ""
    signs = {
        "structured_outputs": "structured_outputs" in body,
        "guided_*": any(key.startswith("guided_") for key in body),
        "response_format": "response_format" in body,
        "text.format": isinstance(body.get("text"), dict),
        "strict tools": '"strict"' in json.dumps(body.get("tools")),
    }
    return next((column for column, there in signs.items() if there), "")


def feature_map(
    verdicts: Mapping[str, Verdict], cases: Mapping[str, Sequence[Verdict]], exchanges: Mapping[str, Exchange]
) -> FeatureMap | None:
    """The map of the combined verdicts of a run, in their order; None when none of them is of the map.

    `cases` are the verdicts that each was combined from.
    """
    found: dict[tuple[str, str], dict[str, Cell]] = {}
    for name, verdict in verdicts.items():
        where = place(name)
        if where is None:
            continue
        asked = [exchanges[each] for each in verdict.exchanges if each in exchanges]
        said = _said(verdict, exchanges, where[0]) + _where(cases.get(name, ()), verdict)
        found.setdefault(where, {})[spelling(name, asked)] = Cell(name, verdict.outcome, said)
    if not found:
        return None
    columns = tuple(each for each in SPELLINGS if any(each in cells for cells in found.values()))
    groups = []
    for group in GROUPS:
        rows = tuple(
            MapRow(feature, tuple(cells.get(column) for column in columns))
            for (its_group, feature), cells in found.items()
            if its_group == group
        )
        groups += [(group, rows)] if rows else []
    return FeatureMap(columns, tuple(groups))


_WORDS = {
    Outcome.PASS: "enforced",
    Outcome.UNSUPPORTED: "refused cleanly",
    Outcome.NOT_APPLICABLE: "not promised",
    Outcome.ERROR: "suite failed",
    Outcome.INCONCLUSIVE: "not judged",
}


def _said(verdict: Verdict, exchanges: Mapping[str, Exchange], group: str) -> str:
    if verdict.outcome in (Outcome.FAIL, Outcome.WARN):
        finding = verdict.findings[0] if verdict.findings else None
        exchange = exchanges.get(finding.exchange) if finding else None
        return _broken(exchange.status if exchange else 200, group)
    if verdict.outcome is Outcome.PASS and group == BAD:
        return "no 5xx" if verdict.requirement.endswith("survives") else "refused cleanly"
    if verdict.outcome is Outcome.PASS and group == BEHAVIOUR:
        return "holds"
    return _WORDS[verdict.outcome]


def _broken(status: int | None, group: str) -> str:
    if status is None:
        return "no answer"
    if status >= 500:
        return f"server error {status}"
    if status >= 400:
        return "refused, though promised"
    return {BAD: "accepted", BEHAVIOUR: "does not hold"}.get(group, "not enforced")


def _where(cases: Sequence[Verdict], whole: Verdict) -> str:
    """Which transport broke it, where the other did not."""
    broken = [case.case for case in cases if case.outcome is whole.outcome]
    if whole.outcome not in (Outcome.FAIL, Outcome.WARN) or len(broken) == len(cases):
        return ""
    return " in streams" if all("sse" in case for case in broken) else " when not streamed"
