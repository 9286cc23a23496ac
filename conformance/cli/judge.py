"""Implements `conformance judge`, which judges recorded traffic without sending requests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.cli import gate, options

if TYPE_CHECKING:
    from conformance.acceptance import QualityGate
    from conformance.record import RedactedRun


def judge(
    file: Annotated[
        Path,
        typer.Argument(
            help="A run file or its folder, a zip file of `conformance share`, HAR, VCR cassette, or JSON lines (also .gz)."
        ),
    ],
    output: options.Output = None,
    profile: options.Profile = None,
    only: options.Only = None,
    spec: options.Spec = None,
    pack: options.Packs = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing.")] = False,
    waivers: gate.Waivers = None,
    fail_on: gate.FailOnFlag = None,
    expired: gate.Expired = None,
    stale: gate.Stale = None,
    flaky: gate.Flaky = None,
    edition: gate.EditionFlag = None,
) -> None:
    """Judge recorded traffic without sending requests.

    A run file is judged with all checks, because it has the exchanges of every probe. Recordings by other programs are
    judged only with invariants, because they have no probes. The exit codes have the same meaning as for `conformance
    run`.
    """
    from datetime import UTC, datetime

    from conformance.checks.index import checks
    from conformance.config.target import folder_name
    from conformance.record import recorded_run

    options.use_packs(pack)
    checks()
    decider = gate.gate_of(
        gate.gate_options(waivers=waivers, fail_on=fail_on, expired=expired, stale=stale, flaky=flaky, edition=edition)
    )
    file = file / "run.ndjson" if file.is_dir() else file
    folder = output or Path("reports") / folder_name(file.stem) / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    with _unpacked(file) as readable:
        recorded = recorded_run(readable)
        if recorded is not None:
            raise typer.Exit(_judge_run(recorded, readable, folder, profile, only or [], spec, decider, quiet=quiet))
        if only or spec:
            raise typer.BadParameter(f"--only and --spec need a run file, and {file} is a foreign recording")
        raise typer.Exit(_judge_recording(readable, folder, profile or "openai", decider, quiet=quiet))


@contextmanager
def _unpacked(file: Path) -> Iterator[Path]:
    """Yield the file; for a zip file of `conformance share`, yield a temporary copy of the run file in it."""
    from tempfile import TemporaryDirectory

    from conformance.recordings.zipped import is_zip, run_file_in

    if not (file.is_file() and is_zip(file)):
        yield file
        return
    with TemporaryDirectory(prefix="conformance-") as folder:
        copy = Path(folder) / "run.ndjson"
        with copy.open("xb") as to:
            to.writelines(run_file_in(file))
        yield copy


def _judge_recording(file: Path, folder: Path, profile: str, decider: QualityGate | None, *, quiet: bool) -> int:
    """Judge each exchange of a foreign recording with the invariants; return the exit code."""
    from conformance.cli.report import show
    from conformance.config.profile import load_profile
    from conformance.contract.registry import load_registry
    from conformance.judging.foreign import judge_to

    chosen = load_profile(profile)
    file_of_run = folder / "run.ndjson"
    run = judge_to(file, load_registry(), file_of_run, contracts=chosen.contracts, documented=chosen.documents)
    return show(run, folder, quiet=quiet, decider=decider)


def _judge_run(
    recorded: RedactedRun,
    file: Path,
    folder: Path,
    profile: str | None,
    only: list[str],
    spec: str | None,
    decider: QualityGate | None,
    *,
    quiet: bool,
) -> int:
    """Replay the run in a file and judge it again; return the exit code."""
    from conformance.auditing.conduct import judge as judge_again
    from conformance.cli.run import directory_of, shown
    from conformance.cli.selection import known
    from conformance.config.profile import load_profile
    from conformance.config.user_document import with_document
    from conformance.judging.recorded_target import recorded_target

    with ExitStack() as stack:
        chosen = load_profile(profile) if profile else None
        target = recorded_target(recorded.header, file.parent, chosen, documented=spec is not None)
        if spec is not None:
            target = replace(target, profile=with_document(target.profile, spec, stack), spec=spec)
        wanted = only or [str(name) for name in recorded.header.settings.get("only") or ()]
        known(wanted)
        directory_of(folder, target)
        audited = judge_again(recorded, file, target, folder, only=wanted)
        return shown(audited, target, folder, wanted, quiet=quiet, json=False, decider=decider)
