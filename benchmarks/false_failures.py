"""Generated cases against the right endpoint, with many seeds: every failure is one of ours.

    python -m benchmarks.false_failures [--depth deep] [--seeds 20] [--profiles openai telnyx]

Prints for each profile the cases sent and what failed; the exit code is 1 when anything did.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from conformance.checks import Broken, Inconclusive, NotApplicable
from conformance.checks.generated import test_generated as checks
from conformance.checks.generated import test_generated_operations as operations
from conformance.checks.generated.fault import KINDS
from conformance.cli.endpoints import endpoint_of, packs_of, url_of
from conformance.config import Depth, Target, load_profile
from conformance.engine import Engine, ProbeKey, Transport
from conformance.reference.serve import ReferenceServer
from conformance.reply import NotAnswered
from conformance.wire import Exchange

OTHERS = ("responses", "completions", "embeddings")
TELNYX_LACKS = ("completions", "embeddings")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one seed sent and cost, and what failed."""

    valid: int
    faults: int
    output_tokens: int
    failures: tuple[str, ...]


def with_seed(name: str, seed: int, depth: Depth) -> Outcome:
    """All generated cases of one seed, sent to the reference endpoint and judged as in a run."""
    profile = load_profile(name)
    recorded: list[Exchange] = []
    with ReferenceServer(endpoint_of(packs_of(profile.contracts))) as server:
        url = url_of(server, profile.contracts)
        target = Target(
            url=url, profile=profile, key=server.api_key, model="reference-1", depth=depth, deep=True, seed=seed
        )
        with Engine(target, recorded.append) as engine:
            valid = engine.result(ProbeKey("generated_valid", Transport.JSON))
            invalid = engine.result(ProbeKey("generated_invalid", Transport.JSON))
            others = [staged for name in OTHERS if (staged := of(engine, name, target)) is not None]
            tokens = engine.spent.output_tokens
    right = len(valid.sent) + sum(len(each.sent) for each in others)
    wrong = len(invalid.sent) + sum(len(each.faults) for each in others)
    judged = [*failures(valid, invalid, target), *(said for each in others for said in other_failures(each, target))]
    return Outcome(right, wrong, tokens, tuple(judged))


def of(engine: Engine, operation: str, target: Target) -> operations.Operation | None:
    """What another operation than chat answered; None where the profile has none of it."""
    if operation in TELNYX_LACKS and "telnyx" in target.profile.contracts:
        return None
    staged: operations.Operation = engine.result(ProbeKey(f"generated_{operation}", Transport.JSON))
    return staged


def other_failures(staged: operations.Operation, target: Target) -> Iterator[str]:
    """What both checks of another operation say that is no pass."""
    yield from said_by([(operations.expect_answered, (staged, target))])
    yield from said_by([(operations.expect_faults_refused, (staged, target))])


def failures(valid: checks.ValidSent, invalid: checks.FaultsSent, target: Target) -> Iterator[str]:
    """What every check says that is no pass, in a line each."""
    judged: list[tuple[Callable[..., None], tuple[Any, ...]]] = [
        (checks.test_a_body_that_keeps_the_schema_is_not_refused, (valid, target)),
        (checks.test_a_body_that_keeps_the_schema_causes_no_server_error, (valid, target)),
        *((checks.refused(kind), (invalid, target)) for kind in dict.fromkeys(KINDS.values())),
        (checks.test_a_refusal_says_where_the_fault_is, (invalid, target)),
    ]
    yield from said_by(judged)


def said_by(judged: list[tuple[Callable[..., None], tuple[Any, ...]]]) -> Iterator[str]:
    """What checks say that is no pass."""
    for check, given in judged:
        try:
            check(*given)
        except NotApplicable:
            continue
        except Broken as broken:
            yield from (f"{each.cause}: {each.expected}, got {each.observed}" for each in broken.findings)
        except (Inconclusive, NotAnswered) as unclear:
            yield f"not judged: {unclear}"


def main() -> int:
    """Run and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--depth", type=Depth, default=Depth.DEEP)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--profiles", nargs="+", default=["openai", "telnyx"])
    options = parser.parse_args()
    wrong = 0
    for name in options.profiles:
        started = time.monotonic()
        found = [with_seed(name, seed, options.depth) for seed in range(1, options.seeds + 1)]
        failed = [failure for each in found for failure in each.failures]
        wrong += len(failed)
        tokens = max(each.output_tokens for each in found)
        sys.stdout.write(
            f"{name}: {options.seeds} seeds at {options.depth}, {sum(each.valid for each in found)} right bodies, "
            f"{sum(each.faults for each in found)} faults, {tokens} output tokens for one seed at most, "
            f"{len(failed)} false failures, {time.monotonic() - started:.0f} s\n"
        )
        sys.stdout.writelines(f"  {failure}\n" for failure in dict.fromkeys(failed))
        sys.stdout.flush()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
