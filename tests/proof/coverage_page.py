"""The page of docs/code-coverage.md: lines and branches of each room that the tests run; `nox -s coverage` makes it.

python -m tests.proof.coverage_page [--write docs/code-coverage.md] [--fail-under 95]

Reads what `coverage run` left in the current folder (`coverage combine` first).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HEAD = """# Coverage of the code

This page shows how many lines and branches of `conformance/` the tests run. Code that runs in a process started by a
test counts as run by the test. Code that runs only in the kill matrix, and not in the tests, does not count as covered.
`python -m nox -s coverage` writes this page. In the table, the mutants of the reference
endpoint have a separate row, because the tests run only a sample of the mutants.

"""
MUTANTS = "conformance/reference/mutants"
COLUMNS = ("num_statements", "covered_lines", "num_branches", "covered_branches")


def measured() -> Mapping[str, Any]:
    """What coverage found, as its JSON report says it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "coverage.json"
        subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", str(file)], check=True)
        return dict(json.loads(file.read_text(encoding="utf-8")))


def share(count: Mapping[str, int]) -> float:
    """Lines and branches run, in percent of all."""
    there = count["num_statements"] + count["num_branches"]
    return 100 * (count["covered_lines"] + count["covered_branches"]) / there if there else 100.0


def room_of(file: str) -> str:
    """The folder of a file, one below `conformance` (two for `checks` and `reference`, which are large)."""
    parts = Path(file).parts[:-1]
    return "/".join(parts[: 3 if parts[1:2] in (("checks",), ("reference",)) else 2])


def judging_share(found: Mapping[str, Any]) -> float:
    """Lines and branches run of all but the mutants, in percent."""
    count: Counter[str] = Counter()
    for file, data in found["files"].items():
        if room_of(file) != MUTANTS:
            count.update({name: data["summary"][name] for name in COLUMNS})
    return share(count)


def page(found: Mapping[str, Any]) -> str:
    """The page, from coverage's JSON report."""
    rooms: dict[str, Counter[str]] = defaultdict(Counter)
    for file, data in found["files"].items():
        rooms[room_of(file)].update({name: data["summary"][name] for name in COLUMNS})
    total: Counter[str] = Counter()
    for count in rooms.values():
        total.update(count)
    lines = [
        f"The tests run **{judging_share(found):.1f} % of lines and branches** if the code of the mutants is not counted,"
        f" and {share(total):.1f} % if it is counted.",
        "",
    ]
    lines += ["| room | lines | run | branches | taken | % |", "|---|--:|--:|--:|--:|--:|"]
    lines += [_row(f"`{room}`", rooms[room]) for room in sorted(rooms)]
    return HEAD + "\n".join([*lines, _row("**all**", total)]) + "\n"


def _row(name: str, count: Mapping[str, int]) -> str:
    return f"| {name} | {' | '.join(str(count[column]) for column in COLUMNS)} | {share(count):.1f} |"


def main() -> int:
    """Print or write; 1 when it is less than asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", type=Path)
    parser.add_argument("--fail-under", type=float, default=0.0)
    chosen = parser.parse_args()
    found = measured()
    text = page(found)
    if chosen.write:
        chosen.write.write_text(text, encoding="utf-8")
    else:
        print(text)  # noqa: T201 - the command's own output
    return int(judging_share(found) < chosen.fail_under)


if __name__ == "__main__":
    raise SystemExit(main())
