"""Writes docs/hostile.md: how an audit of each hostile behaviour ends, then the attacks replayed by hand (`replayed.md`).

python -m tests.hostile.table                          print it python -m tests.hostile.table --write docs/hostile.md
write the page python -m tests.hostile.table --only NAME …            these behaviours only
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from conformance.verdict import ExitCode
from tests.hostile.behaviours import BEHAVIOURS
from tests.hostile.running import LIMITS, Cost, measured

HEAD = f"""# Hostile targets

This page shows how audits of misbehaving endpoints end. `python -m tests.hostile.table --write docs/hostile.md` writes
this page. The command fails if the suite itself fails while it audits a misbehaving endpoint (outcome `error` or exit
code 3). Some targets in `tests/hostile` (`any-wire-1`, `any-content-1`, …) show several hostile behaviours: each of
their responses misbehaves in a different way. Audits of endpoints that misbehave in several ways must end within a
short time, write valid reports, and have no outcome `error`. Text from the target must not be able to control a
terminal, or to run as a script in `report.html`.

Each behaviour is implemented as a raw socket server, which `python -m tests.hostile.server NAME` starts. The server
answers the first requests correctly and misbehaves afterwards. A server whose behaviour is marked "(first)" misbehaves
from the first request on. The audits for this page have small limits: {LIMITS.read_s:g} s without data, and
{LIMITS.total_s:g} s and {LIMITS.max_bytes:,} bytes for a response. Because the limits are much smaller than the
default limits, all audits for this page together take only minutes. By default, a response is limited to 30 s without
data, 60 s in all, and 4 MiB. If a few areas of requirements are enough to test a hostile behaviour, the audit of this
behaviour judges only these areas. The columns `s` and `MB` show the time and the memory of the whole process; an audit
of a correct endpoint takes about 250 MB.

The exit codes mean: 0 conforms, 1 requirements violated, 4 too few requirements judged, 5 target unreachable
or died, 6 credentials rejected.
"""

ROWS = """
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
    """The page, each behaviour measured in a separate process."""
    rows, loads = [], [os.getloadavg()[0]]
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            cost = measured(name, Path(folder) / "run")
        assert not cost.by_outcome["error"], f"{name}: our own fault"
        assert cost.exit_code != ExitCode.HARNESS_ERROR, f"{name}: {cost.says}"
        rows.append(row(name, cost))
        loads.append(os.getloadavg()[0])
        print(rows[-1], file=sys.stderr, flush=True)  # noqa: T201 - progress of a command
    return page(rows, loads)


def page(rows: Sequence[str], loads: Sequence[float]) -> str:
    """The page of these rows, with the load of the machine while they were measured."""
    load = f"{min(loads):.0f} to {max(loads):.0f}"
    machine = f"The audits of the listed behaviours ran on {os.cpu_count()} processors with a load average of {load}."
    busy = " On an idle machine, audits take less time than in the table." if max(loads) > 4 else ""
    text = HEAD + f"\n{machine}{busy}\n" + ROWS + "\n".join(rows) + "\n"
    return text + "\n" + REPLAYED.read_text(encoding="utf-8")


def main() -> None:
    """Print or write the page."""
    parser = argparse.ArgumentParser(description="What the suite makes of hostile targets.")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--only", nargs="*", choices=sorted(BEHAVIOURS))
    chosen = parser.parse_args()
    text = table(chosen.only or BEHAVIOURS)
    if chosen.write:
        chosen.write.write_text(text, encoding="utf-8")
    else:
        print(text)  # noqa: T201 - the command's own output


if __name__ == "__main__":
    main()
