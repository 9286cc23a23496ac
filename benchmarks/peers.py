"""Runs other conformance suites and this one on the same target: seconds, requests, tokens, and faults seen.

    python -m benchmarks.peers 'NAME=COMMAND with {url} {key} {model} {folder}' … [--mutants 30] [--seed 1] [--clean 3]

The target is the reference endpoint in this process; each suite runs in processes of its own. First each suite runs
several times at the endpoint without a fault. Then each suite runs once at each of a random sample of mutants of
OpenAI's contract. A fault counts as seen if the exit code, or a line of the output that mentions a failure, is one that
no run without a fault had, twice in a row. Numbers and ids in lines are ignored. `{folder}` is a new folder for each run. The key is
also in the environment variables CONFORMANCE_API_KEY and OPENAI_API_KEY. Prints a row of a Markdown table for each suite.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.counting import counted
from conformance.cli.endpoints import load_mutants
from conformance.reference.endpoint import Endpoint
from conformance.reference.mutants import MUTANTS, endpoint_with

MODEL = "reference-1"
OWN = f"conformance={sys.executable} -m conformance run {{url}} --output {{folder}}/run"
TIMEOUT_S = 600
_TELLS = re.compile(r"fail|error|warn|invalid|missing|mismatch|unexpected|expected|broken|[✗✘✕❌]", re.IGNORECASE)
_VARIES = re.compile(r"\b[0-9a-f]{6,}\b|\b(?:chatcmpl|resp|msg|call|req)[-_]\w+|\d+(?:[.,:]\d+)*")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of a suite did: requests and output tokens at the endpoint, seconds, exit code and telling lines."""

    requests: int
    output_tokens: int
    seconds: float
    cpu_s: float
    exit_code: int
    lines: frozenset[str]


def run(command: str, endpoint: Endpoint) -> Outcome:
    """Run a suite once at this endpoint."""
    with counted(endpoint) as (server, spent), tempfile.TemporaryDirectory() as folder:
        given = {"url": server.url, "key": server.api_key, "model": MODEL, "folder": folder}
        words = [word.format(**given) for word in shlex.split(command)]
        environment = os.environ | dict.fromkeys(("CONFORMANCE_API_KEY", "OPENAI_API_KEY"), server.api_key)
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        try:
            done = subprocess.run(words, capture_output=True, timeout=TIMEOUT_S, env=environment, cwd=folder)  # noqa: S603, PLW1510
            code, said = done.returncode, done.stdout + b"\n" + done.stderr
        except subprocess.TimeoutExpired as late:
            code, said = -1, (late.stdout or b"") + b"\n" + (late.stderr or b"")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    text = said.decode(errors="replace").replace(folder, "").replace(given["url"], "")
    lines = frozenset(_VARIES.sub("#", line).strip() for line in text.splitlines() if _TELLS.search(line))
    return Outcome(spent.requests, spent.output_tokens, time.monotonic() - began, cpu, code, lines)


def differs(outcome: Outcome, clean: Sequence[Outcome]) -> frozenset[str]:
    """Return the exit code and the telling lines of a run that no run without a fault had."""
    usual = frozenset[str]().union(*(each.lines for each in clean))
    codes = frozenset({f"exit code {outcome.exit_code}"}) - {f"exit code {each.exit_code}" for each in clean}
    return codes | (outcome.lines - usual)


def is_seen(command: str, mutant: str, clean: Sequence[Outcome]) -> bool:
    """Return whether two runs at a mutant differ from the runs without a fault in the same way."""
    first = differs(run(command, endpoint_with(mutant)), clean)
    return bool(first) and not first.isdisjoint(differs(run(command, endpoint_with(mutant)), clean))


def sample(number: int, seed: int) -> list[str]:
    """Return the names of random mutants that break requirements of OpenAI's contract alone."""
    load_mutants(())
    return random.Random(seed).sample(sorted(MUTANTS), number)  # noqa: S311 - no secret depends on it


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tools", nargs="*")
    parser.add_argument("--mutants", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clean", type=int, default=3)
    options = parser.parse_args()
    names = sample(options.mutants, options.seed)
    sys.stdout.write(f"mutants: {', '.join(names)}\n")
    sys.stdout.write(
        "| suite | seconds | seconds of the processor | requests | output tokens | exit code | faults seen |\n"
    )
    sys.stdout.write("|---|--:|--:|--:|--:|--:|--:|\n")
    for tool in (OWN, *options.tools):
        name, _, command = tool.partition("=")
        clean = [run(command, Endpoint()) for _ in range(options.clean)]
        seen = [each for each in names if is_seen(command, each, clean)]
        least = min(clean, key=lambda each: each.seconds)
        sys.stdout.write(
            f"| {name} | {least.seconds:.1f} | {min(each.cpu_s for each in clean):.1f} | {least.requests} |"
            f" {least.output_tokens} | {least.exit_code} | {len(seen)} of {len(names)} |\n"
        )
        sys.stdout.flush()
        sys.stderr.write(f"{name} saw: {', '.join(seen)}\n")


if __name__ == "__main__":
    main()
