"""`conformance judge`: judge recorded traffic, without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conformance.cli import options


def judge(
    file: Annotated[Path, typer.Argument(help="A run file, HAR, VCR cassette, or JSON lines (also .gz).")],
    output: options.Output = None,
    profile: options.Profile = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing.")] = False,
) -> None:
    """Judge recorded traffic with all invariants. Exit codes as for `run`."""
    from datetime import UTC, datetime

    from conformance.checks.offline import judge_to
    from conformance.cli.report import show
    from conformance.contract.registry import load_registry
    from conformance.target.profile import load_profile

    chosen = load_profile(profile or "openai")
    folder = output or Path("reports") / file.stem / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")

    file_of_run, contracts = folder / "run.ndjson", chosen.contracts
    run = judge_to(file, load_registry(), file_of_run, contracts=contracts, documented=chosen.documents)
    raise typer.Exit(show(run, folder, quiet=quiet))
