"""Writes docs/hostile.md: how an audit of each hostile behaviour ends, then the attacks replayed by hand (`replayed.md`).

python -m tests.hostile.table                          print it
python -m tests.hostile.table --write docs/hostile.md  write the page
python -m tests.hostile.table --only NAME …            these behaviours only
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.hostile.behaviours import BEHAVIOURS
from tests.hostile.running import LIMITS, Cost, measured

HEAD = f"""# Hostile targets

What an audit makes of an endpoint that misbehaves. Made by `python -m tests.hostile.table --write docs/hostile.md`;
which fails when any of them comes to the outcome `error`, our own fault. `tests/hostile` meets them together, in audits
where each request meets another one (`any-wire-1`, `any-content-1`, …), and asserts that those end soon, with valid reports,
nothing that reaches a terminal or runs in a page, and no outcome `error`.

Each behaviour is a raw socket server (`python -m tests.hostile.server NAME` serves one). It answers the first look
right, unless it says "first", and misbehaves from then on. So that the table takes minutes and not hours, the limits are
small here: {LIMITS.read_s:g} s of silence, {LIMITS.total_s:g} s and {LIMITS.max_bytes:,} bytes for an answer, where the
everyday limits are 30 s, 60 s and 4 MiB; and where the point needs no more, only some areas are audited. Seconds and
memory are those of the whole process; the suite itself, against a right endpoint, takes about 150 MB.

Exit codes: 0 conforms, 1 requirements broken, 4 too little could be judged, 5 unreachable or died, 6 credentials rejected.

| behaviour | what the target does | exit | fail | warn | inconclusive | pass | s | MB |
|---|---|--:|--:|--:|--:|--:|--:|--:|
"""

REPLAYED = Path(__file__).with_name("replayed.md")
"""Attacks that are not repeated by this command, with what they measured."""


def row(name: str, cost: Cost) -> str:
    """One line of the table."""
    behaviour, count = BEHAVIOURS[name], cost.by_outcome
    says = behaviour.says.splitlines()[0].replace("|", "\\|")
    when = " (first)" if behaviour.first else ""
    numbers = [count["fail"], count["warn"], count["inconclusive"], count["pass"]]
    cells = [f"`{name}`{when}", says, cost.exit_code, *numbers, f"{cost.seconds:.1f}", f"{cost.peak_mb:.0f}"]
    return f"| {' | '.join(map(str, cells))} |"


def table(names: Iterable[str]) -> str:
    """The page, each behaviour measured in a process of its own."""
    rows = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            cost = measured(name, Path(folder) / "run")
        assert not cost.by_outcome["error"], f"{name}: our own fault"
        rows.append(row(name, cost))
        print(rows[-1], file=sys.stderr, flush=True)  # noqa: T201 - progress of a command
    return HEAD + "\n".join(rows) + "\n"


def main() -> None:
    """Print or write the page."""
    parser = argparse.ArgumentParser(description="What the suite makes of hostile targets.")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--only", nargs="*", choices=sorted(BEHAVIOURS))
    chosen = parser.parse_args()
    page = table(chosen.only or BEHAVIOURS) + "\n" + REPLAYED.read_text(encoding="utf-8")
    if chosen.write:
        chosen.write.write_text(page, encoding="utf-8")
    else:
        print(page)  # noqa: T201 - the command's own output


if __name__ == "__main__":
    main()
