"""The published kill matrix: Markdown of which mutant fails which requirement, with the mutation score. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.contract import Registry
from conformance.reference.mutants import MUTANTS

from .cells import Cell
from .declared import names, registered, waiting


@dataclass(frozen=True, slots=True)
class Score:
    """Mutants that can be seen, and those that were: by a requirement that they declare."""

    mutants: int
    killed: int

    @property
    def percent(self) -> float:
        """The mutation score, 0 to 100."""
        return 100 * self.killed / max(self.mutants, 1)


def score_of(cells: Sequence[Cell], registry: Registry) -> Score:
    """The score over the mutants that declare a registered requirement; the others wait for one."""
    seen = [(cell, MUTANTS[cell.mutants[0]]) for cell in cells if len(cell.mutants) == 1]
    ready = [(cell, mutant) for cell, mutant in seen if registered(mutant.breaks, registry)]
    return Score(len(ready), sum(bool(cell.killed_by & mutant.breaks) for cell, mutant in ready))


_REACHED = (
    "",
    "This page was made with `--deep --reached`: at the addresses of all three contracts, and without asking what a mutant",
    "cannot change, since the requests of that requirement run nothing that it replaces (see [proof.md](proof.md)).",
)


def table(cells: Sequence[Cell], registry: Registry, *, reached: bool = False) -> str:
    """The whole page; `reached` says that each mutant was judged by the requirements that it can reach alone."""
    single = [cell for cell in cells if len(cell.mutants) == 1]
    score = score_of(single, registry)
    killers = {
        requirement.id: sorted(
            c.mutants[0] for c in single if requirement.id in c.killed_by & names(MUTANTS[c.mutants[0]])
        )
        for requirement in registry.values()
    }
    judged = registered(killers, registry)
    lines = [
        "# Kill matrix",
        "",
        "Every requirement has a check, and every check must be able to fail. A mutant is the reference endpoint with one",
        "documented fault; `python -m tests.proof.matrix --write docs/kill-matrix.md` audits each one with all requirements",
        "and writes this page. `nox -s kill` fails when a mutant breaks anything else than it declares, when a requirement",
        "it declares does not see it, when a requirement has no mutant, or when the endpoint without a mutant does not pass.",
        *(_REACHED if reached else ()),
        "",
        f"- mutants: {score.mutants}; seen by a requirement they declare: {score.killed} (mutation score {score.percent:.1f} %)",
        f"- requirements: {len(judged)}; failed by at least one mutant: {sum(bool(killers[name]) for name in judged)}",
        "",
        "## By requirement",
        "",
        "| requirement | level | mutants that fail it |",
        "|---|---|---|",
        *(
            f"| `{r.id}` | {r.level} | {', '.join(f'`{name}`' for name in killers[r.id]) or r.excluded or '—'} |"
            for r in registry.values()
        ),
        "",
        "## By mutant",
        "",
        "| mutant | what is wrong | fails | may fail | seen in the wild |",
        "|---|---|---|---|---|",
        *(_mutant_row(cell, registry) for cell in single),
        *_waiting(registry),
    ]
    return "\n".join(lines) + "\n"


def _mutant_row(cell: Cell, registry: Registry) -> str:
    mutant = MUTANTS[cell.mutants[0]]
    fails = ", ".join(f"`{name}`" for name in sorted(registered(mutant.breaks, registry))) or "waits, see below"
    may = ", ".join(f"`{name}`" for name in sorted(registered(mutant.also, registry)))
    return f"| `{mutant.name}` | {_cell(mutant.summary)} | {fails} | {may} | {_cell(mutant.source)} |"


def _waiting(registry: Registry) -> Iterator[str]:
    pending = waiting(registry)
    if pending:
        yield from ("", "## Waiting for a requirement", "", "| mutant | requirements to come |", "|---|---|")
        for name, ids in pending.items():
            yield f"| `{name}` | {', '.join(f'`{each}`' for each in ids)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
