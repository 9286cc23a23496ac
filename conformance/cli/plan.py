"""`conformance plan`: what a run would send, found out by sending it to the reference endpoint instead."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import typer

from conformance.cli import options
from conformance.options import OPTIONS, Layer, Surface, TargetOptions, environment


@options.from_table(Surface.PLAN)
def plan(said: Layer) -> None:
    """Say what a run would cost: requests, and output tokens at most. Nothing is sent to a target.

    The probes are staged against the built-in reference endpoint, so the figures are counted, not declared. A target that
    breaks generated cases is asked some 40 requests more, to find the smallest body that breaks.
    """
    from conformance.checks.index import checks
    from conformance.cli.run import known, reference_target
    from conformance.config.resolve import with_settings
    from conformance.config.user_document import with_document
    from conformance.contract.packs import use_packs
    from conformance.engine.cost import output_bound
    from conformance.plugin.runner import audit
    from conformance.record import read_run

    planned = environment(os.environ, {name: OPTIONS[name] for name in OPTIONS if Surface.PLAN in OPTIONS[name].on})
    chosen = TargetOptions.merged(said, planned)
    only, spec = chosen["only"] or [], chosen["spec"]
    use_packs(chosen["pack"] or ())
    known(only)
    checks()
    with (
        ExitStack() as stack,
        tempfile.TemporaryDirectory() as folder,
        reference_target(chosen["profile"]) as reference,
    ):
        directory = Path(folder) / "run"
        target = replace(with_settings(reference, chosen), model="reference-1")
        if spec is not None:
            target = replace(target, profile=with_document(target.profile, spec, stack))
        audit(target, directory, only=only)
        run = read_run(directory / "run.ndjson")
    exchanges = run.exchanges.values()
    requirements = {verdict.requirement for verdict in run.verdicts}
    tokens = sum(output_bound(exchange.request) for exchange in exchanges)
    typer.echo(f"{len(requirements)} requirements, {len(run.exchanges)} requests, {tokens:,} output tokens at most")
    areas: dict[str, list[int]] = {}
    for exchange in exchanges:
        row = areas.setdefault(exchange.probe.partition("[")[0], [0, 0])
        row[0] += 1
        row[1] += output_bound(exchange.request)
    width = max(map(len, areas), default=0)
    for name, (count, bound) in sorted(areas.items(), key=lambda item: -item[1][1]):
        typer.echo(f"  {name:{width}}  {count:3} requests  {bound:5} tokens")
