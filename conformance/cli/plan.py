"""Implements `conformance plan`, which estimates the requests, time and cost of a run."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from conformance.cli import options
from conformance.options import Layer, Surface, TargetOptions

if TYPE_CHECKING:
    from conformance.auditing.confirmations import Confirmations
    from conformance.auditing.counted import Asked
    from conformance.auditing.request_plan import RequestPlan
    from conformance.config import Target

_MILLION = 1_000_000


@options.from_table(Surface.PLAN)
def plan(said: Layer) -> None:
    """Print the estimated cost of a run: requests, tokens, time and money. The command sends no requests to a target.

    The estimated cost is based on the requests that each probe sends to the reference endpoint. The requests that confirm
    failures are estimated from measured failure rates, and printed separately. To find the smallest generated body that
    fails, a run sends about 40 more requests. With --spec or --pack, the command first counts the requests at the
    reference endpoint, which takes longer.
    """
    from conformance.auditing.confirmations import confirmations
    from conformance.auditing.counted import is_counted
    from conformance.auditing.request_plan import request_plan
    from conformance.cli.selection import known, selection_of
    from conformance.config.resolve import gather
    from conformance.contract.packs import use_packs
    from conformance.contract.registry import load_registry

    if "all" in said or "shards" in said:
        _plan_shards(said)
        return
    chosen = gather(said, environ=os.environ)
    only = selection_of(chosen)
    use_packs(chosen["pack"] or ())
    known(only)
    target = _target(chosen)
    counted = not chosen["spec"] and is_counted(target.profile.name)
    found = request_plan(target, load_registry(), only) if counted else _counted_now(chosen, only)
    for line in _lines(found, confirmations(target, load_registry(), only), target, chosen):
        typer.echo(line)


def _plan_shards(said: Layer) -> None:
    """Print the shard of each target in conformance.toml."""
    from conformance.cli.say import harmless
    from conformance.cli.several import tables_of_all
    from conformance.cli.sharding import plan_lines
    from conformance.config.target import TargetError

    if "all" not in said or "shards" not in said:
        raise TargetError(
            "--all and --shards must be used together. To plan the cost of one target, name it without --all"
        )
    for line in plan_lines(tables_of_all(said), said["shards"].value):
        typer.echo(harmless(line))


def _target(chosen: TargetOptions) -> Target:
    """Return a target with the chosen profile and settings; nothing is sent to it."""
    from conformance.config.profile import load_profile
    from conformance.config.resolve import with_settings
    from conformance.config.target import Target

    profile = load_profile(chosen["profile"] or "openai")
    return with_settings(Target(url="http://plan.invalid/v1", profile=profile, key=None), chosen)


def _lines(found: RequestPlan, confirming: Confirmations, target: Target, chosen: TargetOptions) -> list[str]:
    everything, most = found.all, confirming.most
    lines = [
        f"{found.requirements} requirements, {everything.requests} requests, about {everything.input_tokens:,} input tokens,"
        f" {everything.output_tokens:,} output tokens at most",
        f"to confirm failures: on average up to {_few(confirming.expected)} more requests if the target has no faults, and at most"
        f" {most.requests:,} ({most.input_tokens:,} input tokens, {most.output_tokens:,} output tokens)",
        f"time  {_time(everything.requests, target)}",
        f"cost  {_cost(everything, most, chosen['price_in'], chosen['price_out'])}",
        "",
    ]
    width = max(map(len, found.areas), default=0)
    lines.append(f"{'area':{width}}  requests   input  output")
    for name, part in sorted(found.areas.items(), key=lambda item: -item[1].requests):
        lines.append(f"{name:{width}}  {part.requests:8,}  {part.input_tokens:6,}  {part.output_tokens:6,}")
    return lines


def _few(number: float) -> str:
    return f"{number:.0f}" if number >= 1 else f"{number:.1f}".removesuffix(".0")


def _time(requests: int, target: Target) -> str:
    """Return the duration for each second that the target needs per request."""
    from conformance.report.wording import duration

    at_once = target.pace.concurrency
    said = f"about {duration(float(requests) / at_once)} for each second that a request takes ({at_once} at once)"
    if target.pace.rate is not None:
        said += f", and not less than {duration(requests / target.pace.rate)} at {target.pace.rate:g} requests a second"
    return said


def _cost(asked: Asked, confirming: Asked, price_in: float | None, price_out: float | None) -> str:
    if price_in is None and price_out is None:
        return (
            "give --price-in and --price-out, for a million tokens each (or price_in and price_out in conformance.toml)"
        )
    cost, more = (
        (each.input_tokens * (price_in or 0) + each.output_tokens * (price_out or 0)) / _MILLION
        for each in (asked, confirming)
    )
    return (
        f"about {cost:.4f} at most, and at most {more:.4f} more to confirm failures,"
        f" at {price_in or 0:g} and {price_out or 0:g} for a million input and output tokens"
    )


def _counted_now(chosen: TargetOptions, only: list[str]) -> RequestPlan:
    """Return the plan of a run with the target's OpenAPI document, counted at the reference endpoint."""
    from conformance.auditing.conduct import audit
    from conformance.auditing.counted import Asked
    from conformance.auditing.request_plan import RequestPlan
    from conformance.checks.index import checks
    from conformance.cli.run import reference_target
    from conformance.config.resolve import with_settings
    from conformance.config.user_document import with_document
    from conformance.contract.registry import load_registry
    from conformance.engine.cost import output_bound
    from conformance.record import read_run

    checks()
    with (
        ExitStack() as stack,
        tempfile.TemporaryDirectory() as folder,
        reference_target(chosen["profile"]) as reference,
    ):
        directory = Path(folder) / "run"
        target = replace(with_settings(reference, chosen), model="reference-1")
        if chosen["spec"]:
            target = replace(target, profile=with_document(target.profile, chosen["spec"], stack))
        audit(target, directory, only=only)
        run = read_run(directory / "run.ndjson")
    registry, areas = load_registry(), dict[str, Asked]()
    first: dict[str, str] = {}
    for verdict in run.verdicts:
        for name in verdict.exchanges:
            first.setdefault(name, registry[verdict.requirement].area if verdict.requirement in registry else "other")
    for exchange in run.exchanges.values():
        area = first.get(exchange.id, exchange.probe.partition("[")[0])
        asked = Asked(1, len(exchange.request.body) // 4, output_bound(exchange.request))
        areas[area] = areas.get(area, Asked()) + asked
    return RequestPlan(len({verdict.requirement for verdict in run.verdicts}), areas)
