"""The page of docs/mutation.md: the score of each group of mutants, and every one that no test noticed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.proof.mutation import Tried

HEAD = """# Mutation testing

What judges is itself judged: one operator, constant or condition of it is made another, and a test must fail. Made by
`python -m nox -s mutation`, which takes a sample with a fixed seed; `python -m tests.proof.mutation --all` tries every one.
Left alone are annotations, decorators, imports and words for people (`tests/proof/mutators.py`). The kill matrix
(`docs/kill-matrix.md`) is the other direction: there the endpoint is wrong and the judge right.

| group | mutants | tried | killed | survived | score |
|---|--:|--:|--:|--:|--:|
"""


def page(done: Mapping[str, Sequence[Tried]], totals: Mapping[str, int]) -> str:
    """The page. `totals` are the mutants that each group has, tried or not."""
    rows = [_row(group, totals[group], tried) for group, tried in done.items()]
    everything = [each for tried in done.values() for each in tried]
    rows.append(_row("**all**", sum(totals.values()), everything))
    survivors = [each for each in everything if each.fate == "survived"]
    lines = ["", "## Survivors", "", "| where | what | why nothing fails |", "|---|---|---|"]
    for each in survivors:
        why = EQUIVALENT.get((each.file, each.mutation.what), "")
        lines.append(f"| `{each.file}:{each.mutation.line}` | {each.mutation.what} | {why} |")
    return HEAD + "\n".join([*rows, *(lines if survivors else ["", "No mutant survived."])]) + "\n"


def _row(group: str, total: int, tried: Sequence[Tried]) -> str:
    survived = sum(each.fate == "survived" for each in tried)
    killed = len(tried) - survived
    return f"| {group} | {total} | {len(tried)} | {killed} | {survived} | {killed / max(len(tried), 1):.0%} |"


# Survivors that were looked at: (file, what) → why the mutant judges as the original does.
EQUIVALENT: dict[tuple[str, str], str] = {}
