"""Implements `conformance run`, which audits a target, shows what to fix first, and writes the reports."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from conformance.cli import options
from conformance.cli.conductor import Finished
from conformance.cli.gate import check_before, gate_of
from conformance.cli.selection import known, selection_of
from conformance.cli.several import audit_each, is_several
from conformance.config.target import Target
from conformance.options import Layer, Surface, TargetError, TargetOptions

if TYPE_CHECKING:
    from conformance.acceptance import QualityGate
    from conformance.auditing.audited import Audited
    from conformance.auditing.chosen import Chosen
    from conformance.auditing.standing import Standing
    from conformance.record import RedactedRun


@options.from_table(Surface.RUN, several="target")
def run(said: Layer, targets: Sequence[str]) -> None:
    """Audit a target; without a URL, audit the built-in reference endpoint.

    With several targets or --all, each target is audited. Exit codes: 0 conforms · 1 requirements broken · 2 wrong
    usage · 3 harness error · 4 too little could be judged · 5 target unreachable or died (also when something was
    broken before) · 6 credentials rejected · 130 interrupted.
    """
    if is_several(said, targets):
        raise typer.Exit(audit_each(said, targets, prepare=prepare))
    if "reference" in said:
        raise TargetError("--reference compares several audits. Name several targets, or use --all")
    raise typer.Exit(audit_one(said).code)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that an audit needs to begin: its target, options and gate."""

    target: Target
    decided: Chosen
    decider: QualityGate | None


def prepare(said: Layer, stack: ExitStack) -> Prepared:
    """Return the audit that the options describe; nothing is sent to the target.

    The exit stack deletes temporary files when the audit has ended. Raises `TargetError`, `SpecError` or `RunFileError`
    if the options are invalid.
    """
    from conformance.auditing.chosen import choose
    from conformance.checks.listed import listed_checks
    from conformance.config.authorities import check_certificates
    from conformance.config.user_document import with_document
    from conformance.contract.packs import use_packs

    decided = choose(said, os.environ)
    chosen = decided.options
    use_packs(chosen["pack"] or ())
    target = replace(_target(stack, chosen), case=decided.case)
    if chosen["spec"] is not None:
        target = replace(target, profile=with_document(target.profile, chosen["spec"], stack), spec=chosen["spec"])
    known(selection_of(chosen))
    listed_checks()  # a pack that cannot be imported is reported before anything is sent
    check_certificates(target)
    decided.check(target)
    decider = gate_of(chosen)
    check_before(decider, target, selection_of(chosen))
    return Prepared(target, decided, decider)


def audit_one(said: Layer, *, silent: bool = False) -> Finished:
    """Audit the target that the options describe, write its reports, and print its summary unless `silent`."""
    started = time.monotonic()
    with ExitStack() as stack:
        ready = prepare(said, stack)
        chosen = ready.decided.options
        output = Path(chosen["output"]) if chosen["output"] else None
        directory = ready.decided.folder or directory_of(output, ready.target)
        code = _audit(ready.target, directory, chosen, ready.decided.earlier, started, ready.decider, silent=silent)
        return Finished(code, directory if directory.is_dir() else None)


def _target(stack: ExitStack, chosen: TargetOptions) -> Target:
    """Return the target that the user named, or the built-in reference endpoint while the stack is open."""
    from conformance.config.resolve import not_for_the_reference, resolve, with_settings

    if chosen["target"]:
        return resolve(chosen)
    not_for_the_reference(chosen)
    return with_settings(stack.enter_context(reference_target(chosen["profile"])), chosen)


@contextmanager
def reference_target(profile_name: str | None, mutants: Sequence[str] = ()) -> Iterator[Target]:
    """Serve the reference endpoint with the named mutants during the `with` block, and provide it as a target."""
    from conformance.cli.endpoints import bucket_of, endpoint_of, packs_of, url_of
    from conformance.config.profile import load_profile
    from conformance.reference.serve import ReferenceServer

    profile = load_profile(profile_name or "openai")
    extended = packs_of(profile.contracts)
    with ReferenceServer(endpoint_of(extended, mutants)) as server:
        yield Target(
            url=url_of(server, profile.contracts),
            profile=profile,
            key=server.api_key,
            key_env="REFERENCE_KEY",
            second_key=server.second_key,
            second_key_env="REFERENCE_SECOND_KEY",
            name="reference" if profile.name == "openai" else f"reference-{profile.name}",
            retrieval=bucket_of(profile.contracts),
        )


def directory_of(output: Path | None, target: Target) -> Path:
    """Create the folder of this run, and check that files can be written to it, before the run starts."""
    from datetime import UTC, datetime

    directory = output or Path("reports") / target.slug / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe = directory / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise TargetError(
            f"Cannot write to {directory} ({error.strerror}). Choose another folder with --output"
        ) from None
    if (directory / "run.ndjson").exists():
        raise TargetError(f"{directory} holds a run already. Choose another folder with --output")
    return directory


def _audit(
    target: Target,
    directory: Path,
    chosen: TargetOptions,
    earlier: RedactedRun | None,
    started: float,
    decider: QualityGate | None = None,
    *,
    silent: bool = False,
) -> int:
    """Audit with a progress display, show the result, and return the exit code."""
    from conformance.auditing.conduct import audit
    from conformance.cli.say import fault
    from conformance.verdict import ExitCode

    only, quiet, json = selection_of(chosen), bool(chosen["quiet"]), bool(chosen["json"])
    if target.wait_ready and not quiet:
        sys.stderr.write(f"Waiting up to {target.wait_ready:g} s until the target is ready.\n")
    with _watching(target, only, earlier, quiet=quiet or json) as watch:
        audited = audit(
            target,
            directory,
            started=started,
            meanwhile=lambda: import_module("conformance.report.model"),
            only=only,
            earlier=earlier,
            watch=watch,
        )
    if earlier is None and not chosen["output"] and _never_began(audited, directory):
        _discard(directory)
        fault(audited.ending.said if audited.ending else "interrupted before the first answer; nothing was written")
        return ExitCode.INTERRUPTED if audited.interrupted else audited.exit_code
    silent = silent or quiet
    code = shown(audited, target, directory, only, quiet=silent, json=json and not silent, decider=decider)
    if chosen["alluredir"] and not audited.trouble:
        from conformance.cli.allure import write_results

        write_results(directory, Path(chosen["alluredir"]), decider)
    return code


@contextmanager
def _watching(
    target: Target, only: list[str], earlier: RedactedRun | None, *, quiet: bool
) -> Iterator[Callable[[Standing], None] | None]:
    """Provide the function that shows the progress during the `with` block; None if nothing is shown."""
    if quiet:  # the modules that draw a terminal take long to import
        yield None
        return
    from rich.console import Console

    from conformance.report.progress import Progress

    with Progress(Console(file=sys.stderr)) as progress:
        planned = _planned(target, only, earlier)
        yield lambda t: progress.update(t.done, t.total, t.requests, t.in_flight, t.fails, planned(t), t.failed)


def resume_command(run: RedactedRun, directory: Path) -> str:
    """Return the command line that continues an interrupted run."""
    return shlex.join(["conformance", "run", run.header.target.url, "--resume", str(directory)])


def _never_began(audited: Audited, directory: Path) -> bool:
    """Return whether nothing was measured, because the baseline requests or Ctrl-C ended the run first."""
    from conformance.record import read_run
    from conformance.verdict import Outcome

    if audited.trouble or any(verdict.outcome is not Outcome.INCONCLUSIVE for verdict in audited.verdicts):
        return False
    if audited.ending is not None:
        return not audited.ending.exchanges
    file = directory / "run.ndjson"
    return audited.interrupted and not (file.exists() and read_run(file).exchanges)


def _discard(directory: Path) -> None:
    """Remove the folder that this run created, and parent folders that are empty now."""
    for file in directory.iterdir():
        if file.is_file():
            file.unlink()
    with suppress(OSError):
        for folder in (directory, *directory.parents[:2]):
            folder.rmdir()


def _planned(target: Target, only: list[str], earlier: RedactedRun | None) -> Callable[[Standing], int]:
    """Return a function for the number of requests that the run will send in total, computed on demand.

    Probes may end without sending all their planned requests, for example because the target ignores token limits.
    """

    @cache
    def at_first() -> int:
        from conformance.auditing.request_plan import request_plan
        from conformance.contract.registry import load_registry

        known = len(earlier.exchanges) if earlier is not None else 0
        return max(0, request_plan(target, load_registry(), only).all.requests - known)

    def planned(standing: Standing) -> int:
        from conformance.auditing.request_plan import requests_to_come

        if target.case is not None:
            return 0
        return min(at_first(), standing.requests + requests_to_come(target, standing.unfinished))

    return planned


def shown(
    audited: Audited,
    target: Target,
    directory: Path,
    only: list[str],
    *,
    quiet: bool,
    json: bool,
    decider: QualityGate | None = None,
) -> int:
    """Write the reports of an audit, print its summary, and return the exit code."""
    from conformance.cli.cases import describe_cases
    from conformance.cli.report import show
    from conformance.cli.say import fault
    from conformance.record import RunFileError, read_run
    from conformance.report.safe_text import for_terminal
    from conformance.verdict import Ending, ExitCode

    if audited.trouble:
        typer.echo("conformance: the suite itself failed, please report this:", err=True)
        typer.echo(f"    {for_terminal(audited.trouble[-2000:])}", err=True)
        said = Ending(ExitCode.HARNESS_ERROR, "The suite itself failed, so the run is incomplete.", "Please report it.")
        with suppress(RunFileError, TargetError):  # there may be nothing to report on
            show(read_run(directory / "run.ndjson"), directory, quiet=True, ending=said)
        return audited.exit_code
    if not audited.verdicts and not audited.unusable and not audited.interrupted:
        raise TargetError(
            f"--only {' '.join(only)}: nothing that it selects is tested on a target of profile {target.profile.name} at depth "
            f"{target.depth}. Try --depth deep, or another --profile"
        )
    measured = read_run(directory / "run.ndjson")
    cases = describe_cases(measured, directory, target)
    silent = quiet or bool(audited.unusable)
    code = show(measured, directory, quiet=silent, json=json, more=cases, decider=decider)
    if audited.ending is not None:
        advice = audited.ending.advice.replace("FOLDER", str(directory))
        fault(f"{audited.ending.said} {advice}")
    if audited.interrupted:
        goes_on = f"; `{resume_command(measured, directory)}` resumes it" if target.key_env != "REFERENCE_KEY" else ""
        fault(f"interrupted; what was measured is in {directory}{goes_on}")
        return ExitCode.INTERRUPTED
    return code if decider is not None else audited.exit_code
