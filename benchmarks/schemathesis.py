"""Compares generated cases with `schemathesis run` on the same contract and the same wrong endpoints.

    python -m benchmarks.schemathesis [--mutants NAME …] [--examples 40]

schemathesis is given what makes it affordable here: the request schema of what the profile promises, a hook that pins the
length of right bodies, its coverage and fuzzing phases, the checks that judge bodies, no shrinking, and a fixed seed. What a tool reports
against the right endpoint is a false failure; a mutant counts as found when anything is reported more often. Ours are the
generated requirements, with the response schema and server errors that schemathesis judges, too. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.counting import counted
from conformance.auditing.runner import audit
from conformance.checks.generated.cases import contracts_of
from conformance.checks.generated.shapes import render
from conformance.config import Depth, Target, load_profile
from conformance.contract import load_document
from conformance.contract.openapi import prune
from conformance.reference.mutants import MUTANTS, endpoint_with
from conformance.verdict import Outcome

# What both are asked: which bodies of the chat operation are taken, and which are refused.
JUDGED = ("generated.valid-accepted", "generated.valid-no-server-error", "generated.invalid")
ONLY = (*JUDGED, "chat.response.schema", "http.no-server-error")
POINTS = "generated.invalid.points"  # what a refusal says is not compared
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "negative_data_rejection,positive_data_acceptance"
)
# What a user writes to make the tool affordable: short answers.
HOOKS = """
import schemathesis

@schemathesis.hook
def map_body(context, body):
    if isinstance(body, dict):
        limit = body.get("max_tokens", 8)
        if isinstance(limit, (int, float)) and not isinstance(limit, bool) and float(limit).is_integer():
            body["max_tokens"] = min(int(limit), 8)
    return body
"""
EXTRA = ("content-array", "logprobs-legacy-shape", "optional-parameters-crash", "types-coerced", "turns-must-alternate")


@dataclass(frozen=True, slots=True)
class Result:
    """What one tool reported against one endpoint, and what that cost."""

    reported: Mapping[str, int]
    requests: int
    output_tokens: int
    seconds: float


def ours(mutants: tuple[str, ...], depth: Depth) -> Result:
    """The generated requirements of a run."""
    with counted(endpoint_with(*mutants)) as (server, spent), tempfile.TemporaryDirectory() as folder:
        target = Target(
            url=server.url, profile=load_profile("openai"), key=server.api_key, model="reference-1", depth=depth
        )
        started = time.monotonic()
        audited = audit(target, Path(folder) / "run", only=ONLY)
        seconds = time.monotonic() - started
        broken = {v.requirement for v in audited.verdicts if v.outcome in (Outcome.FAIL, Outcome.WARN)} - {POINTS}
        return Result(dict.fromkeys(broken, 1), spent.requests, spent.output_tokens, seconds)


def schemathesis(mutants: tuple[str, ...], examples: int) -> Result:
    """`schemathesis run`, in a separate process."""
    with counted(endpoint_with(*mutants)) as (server, spent), tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "openapi.json").write_text(json.dumps(document()), encoding="utf-8")
        (home / "hooks.py").write_text(HOOKS, encoding="utf-8")
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": folder}
        command = [sys.executable, "-m", "schemathesis.cli", "run", "openapi.json", "--url", server.url]
        command += ["-H", f"Authorization: Bearer {server.api_key}", "--phases", "examples,coverage,fuzzing"]
        command += ["-n", str(examples), "--seed", "1", "--no-shrink", "--checks", CHECKS, "--continue-on-failure"]
        command += ["--generation-deterministic", "--request-timeout", "30"]
        command += ["--report", "json", "--report-json-path", "out.json", "--suppress-health-check", "all"]
        started = time.monotonic()
        done = subprocess.run(  # noqa: S603 - our own command
            command, cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=600
        )
        seconds = time.monotonic() - started
        if not (home / "out.json").is_file():
            raise RuntimeError(f"schemathesis wrote no report:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        report = json.loads((home / "out.json").read_text(encoding="utf-8"))
        reported: Counter[str] = Counter()
        for each in report["failures"]:
            reported[f"{each.get('code', each.get('type'))} {each['title']}"] += int(each.get("count", 1))
        return Result(reported, spent.requests, spent.output_tokens, seconds)


def more(result: Result, right: Result) -> bool:
    """Whether anything is reported more often than against the right endpoint: the kindest reading for either tool."""
    return any(count > right.reported.get(name, 0) for name, count in result.reported.items())


def document() -> dict[str, Any]:
    """OpenAI's chat operation with the request schema of what the profile promises."""
    data = prune(load_document("openai").data, ["post /chat/completions"])
    operation = data["paths"]["/chat/completions"]["post"]
    contracts = contracts_of(load_profile("openai"), "reference-1")
    schema = render((contracts.narrowed.promised,))
    right = {"model": "reference-1", "messages": [{"role": "user", "content": "Hi"}]}
    for name, value in schema["properties"].items():
        if contracts.valid({**right, name: None}):
            schema["properties"][name] = {"anyOf": [value, {"type": "null"}]}
    for closed in list(inner(schema["properties"])):
        closed.pop("additionalProperties", None)  # OpenAI's objects are open, save the body itself
        members = closed.get("properties", {})
        if "role" in members:  # the live API accepts a message without content, or with null
            closed["required"] = [name for name in closed["required"] if name != "content"]
            members["content"] = {"anyOf": [members["content"], {"type": "null"}]}
        members.pop("name", None)  # a null name is forbidden, and nobody refuses it
    # Its coverage phase knows no hooks: what it must not vary is said, or left out.
    schema["properties"] |= {
        "model": {"enum": ["reference-1"]},
        "max_tokens": {"type": ["integer", "null"], "minimum": 1},
    }
    del schema["properties"]["stream"]
    operation["requestBody"]["content"]["application/json"]["schema"] = schema
    data["servers"] = [{"url": "/"}]
    return data


def inner(node: Any) -> Iterator[dict[str, Any]]:
    """Every mapping inside of a value."""
    if isinstance(node, dict):
        yield node
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from inner(value)


def main() -> int:
    """Run both against every endpoint and print the table."""
    declared = [name for name, m in MUTANTS.items() if any(each.startswith(JUDGED) for each in m.breaks - {POINTS})]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", nargs="+", default=[*declared, *EXTRA])
    parser.add_argument("--examples", type=int, default=40)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)  # an endpoint that fails at a fault does as it was made to
    right = (ours((), Depth.QUICK), ours((), Depth.STANDARD), schemathesis((), options.examples))
    rows = []
    totals = [0, 0, 0]
    for name in options.mutants:
        results = (ours((name,), Depth.QUICK), ours((name,), Depth.STANDARD), schemathesis((name,), options.examples))
        found = [more(result, base) for result, base in zip(results, right, strict=True)]
        totals = [total + hit for total, hit in zip(totals, found, strict=True)]
        rows.append(f"| {name} | " + " | ".join("found" if hit else "no" for hit in found) + " |")
    sys.stdout.write("| endpoint | ours, quick | ours, standard | schemathesis run |\n| --- | --- | --- | --- |\n")
    sys.stdout.write("\n".join(rows) + "\n")
    lines = {
        f"**found, of {len(options.mutants)}**": [str(total) for total in totals],
        "false failures against the right endpoint": [str(sum(each.reported.values())) for each in right],
        "requests": [f"{each.requests:,}" for each in right],
        "output tokens": [f"{each.output_tokens:,}" for each in right],
        "wall time": [f"{each.seconds:.1f} s" for each in right],
    }
    sys.stdout.writelines(f"| {name} | {' | '.join(values)} |\n" for name, values in lines.items())
    for failure, count in sorted(right[2].reported.items()):
        sys.stdout.write(f"\nschemathesis against the right endpoint: {failure}, {count} times\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
