"""`conformance run`: audit a target, show what to fix first, write the reports."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.cli import options
from conformance.target.depth import SEED, Depth
from conformance.target.target import Budget, Pace, Target, TargetError

if TYPE_CHECKING:
    from conformance.plugin.runner import Audited
    from conformance.record import RedactedRun
    from conformance.target.resolve import Wishes


def run(
    url: options.Url = None,
    model: options.Model = None,
    profile: options.Profile = None,
    key_env: options.KeyEnv = None,
    key_file: options.KeyFile = None,
    no_key: options.NoKey = False,
    config: options.Config = None,
    header: options.Header = None,
    only: options.Only = None,
    output: options.Output = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Requests in flight at once. Default: 8.")
    ] = None,
    rate: Annotated[float | None, typer.Option(min=0.01, help="Requests started per second at most.")] = None,
    max_requests: Annotated[int | None, typer.Option(min=1, help="Stop cleanly after so many requests.")] = None,
    max_output_tokens: Annotated[
        int | None, typer.Option(min=1, help="Stop cleanly after so many output tokens.")
    ] = None,
    max_seconds: Annotated[float | None, typer.Option(min=0.1, help="Stop cleanly after so many seconds.")] = None,
    timeout: Annotated[
        float | None,
        typer.Option(min=0.1, help="Seconds that one request may take, silence included. Default: 60 (30 of silence)."),
    ] = None,
    ca_file: Annotated[
        str | None, typer.Option(help="PEM file of the authority that signed the target's certificate.")
    ] = None,
    allow_plain_http: Annotated[
        bool, typer.Option("--allow-plain-http", help="Send the key over plain http to another host.")
    ] = False,
    depth: options.Depth = None,
    deep: options.Deep = False,
    seed: options.Seed = None,
    case: options.Case = None,
    spec: options.Spec = None,
    alluredir: Annotated[Path | None, typer.Option(help="Also write Allure results to this folder.")] = None,
    resume: Annotated[
        Path | None,
        typer.Option(help="Folder of an interrupted run to go on with; what it measured is not asked again."),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing; the exit code and the reports tell.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print report.json on stdout instead of the summary.")] = False,
) -> None:
    """Audit a target; with no URL, the built-in reference endpoint.

    Exit codes: 0 conforms · 1 requirements broken · 2 wrong usage · 3 harness error · 4 too little could be judged ·
    5 target unreachable or died (also when something was broken before) · 6 credentials rejected · 130 interrupted.
    """
    from conformance.cli.cases import check_case
    from conformance.cli.resume import document_of, interrupted, meant_by_user, same_target
    from conformance.cli.spec import with_document
    from conformance.target.authorities import check_authorities
    from conformance.target.resolve import Wishes, resolve, target_named
    from conformance.target.saved_case import find_case

    started = time.monotonic()
    if resume is not None and output is not None:
        raise TargetError("--resume goes on in its own folder. Leave --output out")
    earlier = interrupted(resume) if resume is not None else None
    before = earlier.header.target if earlier else None
    named_by_file = before is not None and url is None and "CONFORMANCE_TARGET" not in os.environ
    if before and named_by_file:
        url = before.url
    if earlier is not None:
        settings = earlier.header.settings
        only = only or [str(name) for name in settings.get("only") or ()]
        depth = depth or (None if deep else settings.get("depth"))
        seed = seed if seed is not None else settings.get("seed")
        spec = spec or document_of(earlier)
    repeated = find_case(case) if case is not None else None
    if repeated is not None:
        check_case(repeated)
        only = [repeated.requirement]
        seed = repeated.seed
        # Only that case is sent, whatever the depth; but some requirements are not asked of in a quick run.
        depth = depth or (None if deep else Depth.STANDARD)
    wishes = Wishes(
        target=url,
        model=model if model is not None else ((before.model if before else None) or None),
        profile=profile if profile is not None else (before.profile if before else None),
        key_env=key_env,
        key_file=key_file,
        no_key=no_key,
        config=config,
        concurrency=concurrency,
        rate=rate,
        max_requests=max_requests,
        max_output_tokens=max_output_tokens,
        max_seconds=max_seconds,
        timeout=timeout,
        ca_file=ca_file,
        allow_plain_http=allow_plain_http,
        deep=deep,
        depth=depth,
        seed=seed,
        headers=options.headers_of(header),
    )
    with ExitStack() as stack:
        target = resolve(wishes) if target_named(wishes) else _reference(stack, wishes)
        target = replace(target, case=repeated)
        if spec is not None:
            target = replace(target, profile=with_document(target.profile, spec, stack), spec=spec)
        known(only or [])
        check_authorities(target.ca_file)
        if earlier is not None and resume is not None:
            same_target(earlier, target, resume)
            if named_by_file:
                meant_by_user(earlier, target, resume)
        directory = resume or directory_of(output, target)
        code = _audit(target, directory, only or [], alluredir, earlier, started, quiet=quiet, json=json)
    raise typer.Exit(code)


@contextmanager
def reference_target(profile_name: str | None) -> Iterator[Target]:
    """The built-in reference endpoint as a target, on a free port, for the time of the block."""
    from conformance.reference import Endpoint, Settings
    from conformance.reference.serve import ReferenceServer
    from conformance.target.profile import load_profile

    profile = load_profile(profile_name or "openai")
    settings = Settings(extensions="structured_outputs" in profile.promised)
    telnyx = "telnyx" in profile.contracts
    with ReferenceServer(Endpoint(settings)) as server:
        yield Target(
            url=server.telnyx_url if telnyx else server.url,
            profile=profile,
            key=server.api_key,
            key_env="REFERENCE_KEY",
            name="reference" if profile.name == "openai" else f"reference-{profile.name}",
        )


def _reference(stack: ExitStack, wishes: Wishes) -> Target:
    """The reference endpoint with what the user wished for."""
    from conformance.target.resolve import depth_of
    from conformance.wire import Limits

    target = stack.enter_context(reference_target(wishes.profile))
    depth = depth_of(wishes.depth, deep=wishes.deep)
    return replace(
        target,
        model=wishes.model,
        deep=depth is Depth.DEEP,
        depth=depth,
        seed=SEED if wishes.seed is None else wishes.seed,
        limits=target.limits if wishes.timeout is None else Limits.within(wishes.timeout),
        budget=Budget(wishes.max_requests, wishes.max_output_tokens, wishes.max_seconds),
        pace=Pace(wishes.concurrency or 8, wishes.rate),
    )


def directory_of(output: Path | None, target: Target) -> Path:
    """The folder of this run, made now: a run that cannot be written is not begun."""
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


def known(only: list[str]) -> None:
    """Refuse a selection that selects nothing."""
    from conformance.contract.registry import load_registry

    names = [requirement.id for requirement in load_registry().values()]
    for want in only:
        if not any(name == want or name.startswith(f"{want}.") for name in names):
            raise TargetError(f"--only {want}: no such requirement or area. `conformance list` shows them all")


def _audit(
    target: Target,
    directory: Path,
    only: list[str],
    alluredir: Path | None,
    earlier: RedactedRun | None,
    started: float,
    *,
    quiet: bool,
    json: bool,
) -> int:
    """Audit with a progress display, then show how it ended; give the exit code."""
    from rich.console import Console

    from conformance.plugin.supervised import supervised
    from conformance.report.progress import Progress

    with Progress(Console(file=sys.stderr), quiet=quiet or json) as progress:
        audited = supervised(
            target,
            directory,
            started,
            meanwhile=lambda: import_module("conformance.report"),
            only=only,
            alluredir=alluredir,
            earlier=earlier,
            watch=lambda t: progress.update(t.done, t.total, t.requests, t.in_flight, t.fails),
        )
    return shown(audited, target, directory, only, quiet=quiet, json=json)


def shown(audited: Audited, target: Target, directory: Path, only: list[str], *, quiet: bool, json: bool) -> int:
    """Write the reports of an audit, print its summary, and give the exit code."""
    from conformance.cli.cases import show_cases
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
            f"--only {' '.join(only)}: nothing of it is asked of a target of profile {target.profile.name} at depth "
            f"{target.depth}. Try --depth deep, or another --profile"
        )
    measured = read_run(directory / "run.ndjson")
    show(measured, directory, quiet=quiet or bool(audited.unusable), json=json)
    if not quiet and not json:
        show_cases(measured, directory, target)
    if audited.ending is not None:
        advice = audited.ending.advice.replace("FOLDER", str(directory))
        fault(f"{audited.ending.said} {advice}")
    if audited.interrupted:
        fault(f"interrupted; what was measured is in {directory}")
        return ExitCode.INTERRUPTED
    return audited.exit_code
