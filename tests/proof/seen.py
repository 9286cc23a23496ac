"""`seen.ndjson`: which mutant breaks which requirement, which probes show it, and by which code that was seen.

One line for each requirement, `{"requirement": id, "code": fingerprint}`, then one for each mutant, `{"mutant": name,
"code": fingerprint, "whole": true, "shows": {requirement: [probe, …]}}`; a probe is named as in run files, with its transport.
`whole` says that every requirement judged the mutant. Otherwise only those that it declares did, and other probes may show it too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from conformance.reference.mutants import MUTANTS

from . import fingerprint
from .cells import Cell, Task
from .declared import names

FILE = Path(__file__).with_name("seen.ndjson")

Shows = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Code:
    """The fingerprints of all checks and mutants of one tree."""

    requirements: Mapping[str, str] = field(default_factory=dict)
    mutants: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def now(cls) -> Code:
        """Those of this tree."""
        return cls(fingerprint.of_requirements(), fingerprint.of_mutants())


@dataclass(frozen=True, slots=True)
class Seen:
    """What the file says: by which code, what each mutant shows, and the mutants that every requirement judged."""

    code: Code = field(default_factory=Code)
    shows: Mapping[str, Shows] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()

    def with_cells(self, cells: Iterable[Cell], now: Code) -> Seen:
        """The same with what these cells of single mutants saw. What is gone from the tree is left out.

        A fingerprint is renewed where what it stands for was judged: a mutant by all that it declares, a requirement at all
        mutants that declare it.
        """
        single = {cell.mutants[0]: cell for cell in cells if len(cell.mutants) == 1}
        kept, old = self.code.requirements, self.code.mutants
        code = Code(
            {name: new if _judged(name, single) else kept.get(name, "") for name, new in now.requirements.items()},
            {name: new if name in single else old.get(name, "") for name, new in now.mutants.items()},
        )
        shows = {name: single[name].shows if name in single else self.shows.get(name, {}) for name in now.mutants}
        known = {name: {r: each[r] for r in sorted(each) if r in now.requirements} for name, each in shows.items()}
        whole = {name for name in now.mutants if (single[name].only is None if name in single else name in self.whole)}
        return Seen(code, known, frozenset(whole))


def _judged(requirement: str, cells: Mapping[str, Cell]) -> bool:
    """Whether every mutant that declares a requirement was judged by it."""
    declaring = [name for name, mutant in MUTANTS.items() if requirement in names(mutant)]
    return all(name in cells and requirement in cells[name].outcomes for name in declaring)


def read(file: Path = FILE) -> Seen:
    """The file's content; of no file, nothing."""
    if not file.exists():
        return Seen()
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    mutants = [row for row in rows if "mutant" in row]
    code = Code(
        {row["requirement"]: row["code"] for row in rows if "requirement" in row},
        {row["mutant"]: row["code"] for row in mutants},
    )
    shows = {row["mutant"]: {r: tuple(p) for r, p in row["shows"].items()} for row in mutants}
    return Seen(code, shows, frozenset(row["mutant"] for row in mutants if row["whole"]))


def write(seen: Seen, file: Path = FILE) -> None:
    """Write the file, by name, so that one change is one line."""
    rows: list[dict[str, object]] = [
        {"requirement": name, "code": code} for name, code in sorted(seen.code.requirements.items())
    ]
    rows += [
        {"mutant": name, "code": code, "whole": name in seen.whole, "shows": dict(seen.shows[name])}
        for name, code in sorted(seen.code.mutants.items())
    ]
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


def changed(before: Code, now: Code) -> list[Task]:
    """What must be judged again: a changed mutant by everything, one that declares a changed requirement by all it declares.

    By all, since the probes of one requirement may show what breaks an invariant that is declared next to it.
    """
    requirements = {name for name, code in now.requirements.items() if before.requirements.get(name) != code}
    tasks: list[Task] = []
    for name, code in sorted(now.mutants.items()):
        if before.mutants.get(name) != code:
            tasks.append(((name,), None))
        elif names(MUTANTS[name]) & requirements:
            tasks.append(((name,), names(MUTANTS[name])))
    return tasks


def bounded(tasks: Iterable[Task], most: int, sample: Iterable[str] = ()) -> list[Task]:
    """These tasks, but at most so many mutants judged by everything: the others by what they declare.

    Where there is room for more, mutants of the sample are judged by everything, too.
    """
    planned: dict[str, frozenset[str] | None] = {mutants[0]: only for mutants, only in tasks}
    full = [name for name, only in planned.items() if only is None]
    for name in full[most:]:
        planned[name] = names(MUTANTS[name])
    planned |= dict.fromkeys([*sample][: max(0, most - len(full))], None)
    return [((name,), only) for name, only in planned.items()]
