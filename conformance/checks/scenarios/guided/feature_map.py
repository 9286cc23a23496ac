"""The map of several runs as Markdown: which feature each target enforces, refuses, or accepts and does not enforce.

python -m conformance.checks.scenarios.guided.feature_map RUN_DIR… > map.md
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from conformance.contract import load_registry
from conformance.record import Run, RunFileError, read_run
from conformance.verdict import Outcome, Verdict, combine

AREAS = ("chat.json-object.", "chat.json-schema.", "chat.guided.", "guided.", "vllm.", "telnyx.chat.guided")
NOT_ASKED = "not asked"


def cell(verdict: Verdict | None) -> str:
    """One feature on one target, in words."""
    match verdict:
        case None:
            return NOT_ASKED
        case Verdict(outcome=Outcome.PASS):
            return "enforced"
        case Verdict(outcome=Outcome.FAIL | Outcome.WARN, findings=findings):
            refused = any(finding.where == "status" for finding in findings)
            return "**wrong answer**" if refused else "**accepted and not enforced**"
        case Verdict(outcome=Outcome.UNSUPPORTED):
            return "refused cleanly"
        case Verdict(outcome=Outcome.INCONCLUSIVE, reason=reason):
            return f"inconclusive ({reason})"
    return str(verdict.outcome)


def feature_map(runs: Mapping[str, Run]) -> str:
    """A table with a row for each requirement of these areas that any of the runs judged."""
    verdicts = {name: combine(run.verdicts) for name, run in runs.items()}
    names = [r for r in load_registry() if r.startswith(AREAS) and any(r in found for found in verdicts.values())]
    lines = [f"| feature | {' | '.join(verdicts)} |", f"|---|{'---|' * len(verdicts)}"]
    lines += [f"| {name} | {' | '.join(cell(found.get(name)) for found in verdicts.values())} |" for name in names]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """The command line. Returns 2 when a run cannot be read."""
    if not arguments:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    runs = {}
    for argument in arguments:
        folder = Path(argument)
        try:
            runs[folder.name] = read_run(folder / "run.ndjson" if folder.is_dir() else folder)
        except RunFileError as error:
            sys.stderr.write(f"{error}\n")
            return 2
    sys.stdout.write(feature_map(runs))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
