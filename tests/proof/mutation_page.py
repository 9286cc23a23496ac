"""The page of docs/mutation.md: the score of each group of mutants, and every one that no test noticed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tests.proof.equivalent import Equivalent

if TYPE_CHECKING:
    from tests.proof.mutation import Tried

HEAD = """# Mutation testing

What judges is itself judged: one operator, constant or condition of it is made another, and a test must fail. Made by
`python -m nox -s mutation`, which tries every mutant and takes an hour and more on one core; `python -m tests.proof.mutation`
tries a sample. Left alone are annotations, decorators, imports and words for people (`tests/proof/mutators.py`). The kill matrix
([kill-matrix.md](kill-matrix.md)) is the other direction: there the endpoint is wrong and the judge right.

A mutant that no test noticed was looked at. Either it showed a hole in the tests, and a test was added; or it judges as the
original does on every input, and then `tests/proof/equivalent.yaml` says why. The score is the share of killed mutants among
those that are not equivalent. A mutant that never ends is killed.

| group | files | mutants | tried | killed | equivalent | survived | score |
|---|--:|--:|--:|--:|--:|--:|--:|
"""


SLICES = """

This page was made in slices (`--log`): while tests were added, a mutant that was killed once was not tried again unless the
function or class it is in changed.
"""


def page(
    done: Mapping[str, Sequence[Tried]],
    totals: Mapping[str, tuple[int, int]],
    equivalent: Equivalent,
    *,
    slices: bool = False,
) -> str:
    """The page. `totals` are the files of each group and the mutants they have, tried or not; `slices`: not of one run."""
    rows = [_row(group, *totals[group], tried, equivalent) for group, tried in done.items()]
    everything = [each for tried in done.values() for each in tried]
    files, mutants = (sum(each[place] for each in totals.values()) for place in (0, 1))
    rows.append(_row("**all**", files, mutants, everything, equivalent))
    survivors = [each for each in everything if each.survived]
    known = [each for each in survivors if equivalent.why(each.file, each.mutation)]
    unknown = [each for each in survivors if not equivalent.why(each.file, each.mutation)]
    wrong = [each for each in everything if not each.survived and equivalent.why(each.file, each.mutation)]
    parts = [HEAD + "\n".join(rows) + (SLICES.rstrip() if slices else "")]
    if unknown:
        parts.append(_table("Survivors", "No test notices these.", unknown, equivalent))
    if wrong:
        parts.append(_table("Not equivalent", "Said to be equivalent, and a test notices them.", wrong, equivalent))
    if known:
        parts.append(_table("Equivalent", "No test can notice these.", known, equivalent))
    return "\n\n".join(parts) + "\n"


def _table(title: str, says: str, tried: Sequence[Tried], equivalent: Equivalent) -> str:
    lines = [f"## {title}", "", says, "", "| where | what | why nothing changes |", "|---|---|---|"]
    for each in tried:
        why = equivalent.why(each.file, each.mutation).replace("|", "\\|")
        lines.append(f"| `{each.file}:{each.mutation.line}` | {each.mutation.what} | {why} |")
    return "\n".join(lines)


def _row(group: str, files: int, mutants: int, tried: Sequence[Tried], equivalent: Equivalent) -> str:
    killed = sum(not each.survived for each in tried)
    same = sum(each.survived and bool(equivalent.why(each.file, each.mutation)) for each in tried)
    survived = len(tried) - killed - same
    score = f"{killed / max(killed + survived, 1):.1%}"
    return f"| {group} | {files} | {mutants} | {len(tried)} | {killed} | {same} | {survived} | {score} |"
