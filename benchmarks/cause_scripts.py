"""Whether the script of each mutant's first cause shows the fault: it exits 1 at the mutant, and never 1 at the right endpoint.

    python -m benchmarks.cause_scripts --runs FOLDER [--part 0.1]

FOLDER has the runs that `benchmarks.causes` keeps. At the right endpoint, a script exits 0 if it can prove that the
requirement is met (`shown`), and 2 if the verdict is open (`open`). Prints every mutant that does not count as `shown`. Faults that no status,
field, text or event order of one answer shows are excluded: crashes, data of another request, times and WebSockets.
"""

from __future__ import annotations

import argparse
import logging
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.cause_runs import contract_of, file_of, kept_run, stratified
from conformance.causes import SymptomKind, find_causes, reproduce
from conformance.cli.endpoints import endpoint_of, packs_of, url_of
from conformance.config import load_profile
from conformance.contract import load_registry
from conformance.reference.serve import ReferenceServer
from conformance.reference.settings import Settings
from conformance.verdict import combine

EXCLUDED = (SymptomKind.CRASH, SymptomKind.MIXED_UP, SymptomKind.TIME)
SAID = {(1, 0): "shown", (1, 2): "open"}
"""What a script says, by its exit codes at the mutant and at the right endpoint."""


def settings_of(contract: str) -> Settings:
    """The settings under which the mutants of a contract were audited."""
    return Settings(image_objects=contract == "telnyx")


def run_script(script: str, names: tuple[str, ...], contract: str) -> int:
    """The exit code of a script at the reference endpoint with these mutants."""
    with (
        ReferenceServer(
            endpoint_of(packs_of(load_profile(contract).contracts), names, settings_of(contract))
        ) as server,
        tempfile.TemporaryDirectory() as made,
    ):
        file = Path(made) / "reproduce.py"
        file.write_text(script, encoding="utf-8")
        url = url_of(server, load_profile(contract).contracts)
        environment = {**os.environ, "OPENAI_API_KEY": server.api_key}
        command = [sys.executable, "-S", "-E", str(file), url]
        return subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False).returncode  # noqa: S603


def tried(folder: Path, name: str) -> str:
    """`shown`, `open`, `none` where there is no script, or the exit codes that are wrong."""
    run = kept_run(folder, (name,))
    causes = find_causes(combine(run.verdicts).values(), load_registry(), run.exchanges)
    if not causes:
        return "no cause"
    made = reproduce(causes[0], run.exchanges, run.header.target.url)
    if not made.script:
        exchange = run.exchanges.get(causes[0].exchange)
        socket = exchange is not None and exchange.request.on_socket
        excluded = "WebSocket" if socket else causes[0].symptom.kind if causes[0].symptom.kind in EXCLUDED else ""
        return f"excluded: {excluded}" if excluded else f"none: {made.sentence}"
    contract = contract_of((name,))
    codes = (run_script(made.script, (name,), contract), run_script(made.script, (), contract))
    return SAID.get(codes) or f"exit codes {codes[0]} at the mutant, {codes[1]} at the right endpoint"


def main() -> int:
    """Try, print, and return 0 when 90 % of the faults are shown."""
    logging.disable(logging.CRITICAL)
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cause_scripts", description=__doc__)
    parser.add_argument("--runs", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--part", type=float, default=1.0)
    options = parser.parse_args()
    found: Counter[str] = Counter()
    for (name,) in stratified(options.part):
        if not file_of(options.runs, (name,)).is_file():
            continue
        said = tried(options.runs, name)
        found[said.partition(":")[0]] += 1
        if said != "shown":
            sys.stdout.write(f"{name}: {said}\n")
            sys.stdout.flush()
    total = sum(found.values()) - found["no cause"] - found["excluded"]
    shown = sum(found[said] for said in SAID.values())
    sys.stdout.write(f"{shown} of {total} faults are shown by their script ({dict(found)})\n")
    return 0 if shown >= 0.9 * total else 1


if __name__ == "__main__":
    sys.exit(main())
