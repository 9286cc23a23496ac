"""Implements `run --all --dask`: performs each audit on a Dask worker, and writes its files on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from conformance.cli.conductor import Finished
from conformance.cli.dask_worker import WorkerReports, perform
from conformance.cli.say import fault
from conformance.errors import ConformanceError
from conformance.fleet import FleetAudit, FleetLayout
from conformance.machines.cluster import ClusterLost, cluster
from conformance.machines.copies import RunCopy
from conformance.machines.job import job_text
from conformance.machines.pool import RemoteAudit, WorkerPool
from conformance.options import OPTIONS, Given, Layer, TargetError, TargetOptions, environment

if TYPE_CHECKING:
    from conformance.cli.run import Prepared

Prepare = Callable[[Layer, ExitStack], "Prepared"]


def without_key(prepare: Prepare) -> Prepare:
    """Return a variant of the function `prepare` that needs no API key, because only workers have API keys."""

    def prepared(layer: Layer, stack: ExitStack) -> Prepared:
        without = {"no_key": Given(True, "--dask"), "second_key_env": Given(None, "--dask")}
        return prepare({**layer, **without}, stack)

    return prepared


@dataclass(frozen=True, slots=True)
class DaskAudits:
    """Performs audits on Dask workers. `jobs` has the text of each job, by the name of its audit."""

    pool: WorkerPool
    layout: FleetLayout
    audits: Mapping[Path, FleetAudit]
    prepare: Prepare
    threads: int
    """The number of audits that the workers perform at once, when the client connected."""

    def audit(self, layer: Layer) -> Finished:
        """Perform one audit on a worker. The method raises no exception, because it runs in a separate thread."""
        from conformance.verdict import ExitCode

        try:
            return self._audit(layer)
        except ConformanceError as error:
            return Finished(ExitCode.USAGE, None, str(error))
        except Exception as error:  # noqa: BLE001 - the other audits continue
            return Finished(ExitCode.HARNESS_ERROR, None, f"{type(error).__name__}: {error}")

    def _audit(self, layer: Layer) -> Finished:
        """Perform one audit on a worker. Raises `TargetError` if an option has a secret."""
        from conformance.verdict import ExitCode

        folder = Path((layer.get("output") or layer["resume"]).value)
        audit = self.audits[folder]
        with ExitStack() as stack:
            ready = self.prepare(layer, stack)
            job = job_text(_options(audit, layer), ready.target.secrets)
            decider = ready.decider
        order = RemoteAudit(audit.name, audit.region, job, RunCopy(folder / "run.ndjson"))
        reports = self._reports(order, folder)
        if isinstance(reports, Finished):
            return reports
        if not reports.files:
            return Finished(reports.code, None, reports.why)
        _write(folder, reports.files)
        code = reports.code
        if decider is not None and "report.json" in reports.files and code != ExitCode.INTERRUPTED:
            from conformance.cli.report import show
            from conformance.record import read_run

            code = show(read_run(folder / "run.ndjson"), folder, quiet=True, decider=decider, judged=False)
        if "alluredir" in layer and "report.json" in reports.files:
            from conformance.cli.allure import write_results

            write_results(folder, Path(layer["alluredir"].value), decider)
        return Finished(code, folder, reports.why)

    def _reports(self, order: RemoteAudit, folder: Path) -> WorkerReports | Finished:
        """Perform an audit until it ends. A worker ends an audit early if the client was silent for a long time."""
        from conformance.verdict import ExitCode

        while True:
            try:
                returned = self.pool.audit(order)
            except ClusterLost:
                return Finished(ExitCode.INTERRUPTED, _if_made(folder), "The Dask scheduler was lost.")
            if returned.trouble:
                code = ExitCode.NOTHING_JUDGED if returned.unserved else ExitCode.HARNESS_ERROR
                code = ExitCode.INTERRUPTED if self.pool.stopping else code
                return Finished(code, _if_made(folder), returned.trouble)
            reports: WorkerReports = returned.result
            if reports.code != ExitCode.INTERRUPTED or self.pool.stopping:
                return reports
            _write(folder, {name: data for name, data in reports.files.items() if name == "run.ndjson"})


@contextmanager
def on_dask(
    address: str, side_by_side: int, layout: FleetLayout, audits: Mapping[Path, FleetAudit], prepare: Prepare
) -> Iterator[DaskAudits]:
    """Connect to the Dask scheduler at `address` during the `with` block.

    Raises `TargetError` if no scheduler is at `address`.

    A cluster that runs on this machine performs `side_by_side` audits at the same time. `audits` has each audit by its
    folder. If the scheduler is lost, the user is told how to continue.
    """
    with cluster(address, side_by_side) as found:
        threads = sum(each.threads for each in found.workers())
        with WorkerPool(found, perform) as pool:
            yield DaskAudits(pool, layout, audits, prepare, threads)
        if pool.gone is not None:
            fault(
                f"The Dask scheduler at {address} was lost ({pool.gone}). {layout.root} has all answers up to then. Run"
                f" the same command again with --resume {layout.root} instead of --output"
            )


def _options(audit: FleetAudit, layer: Layer) -> Layer:
    """Return all options of an audit, without those that only the client needs."""
    from_environment = {key: given for key, given in environment(os.environ).items() if not OPTIONS[key].secret}
    merged = TargetOptions.merged(layer, from_environment, audit.options, environ={}).given
    return {**merged, "target": Given(audit.url, "The target"), "name": Given(audit.target, "The target")}


def _if_made(folder: Path) -> Path | None:
    return folder if folder.is_dir() else None


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a run folder. Raises `TargetError` if that fails."""
    try:
        for name, data in files.items():
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts:
                raise TargetError(f"A Dask worker returned a file {name!r} outside the run folder")
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            beside = file.with_name(f".{file.name}.new")
            beside.write_bytes(data)
            beside.replace(file)
    except OSError as error:
        raise TargetError(f"The files of the audit cannot be written to {folder} ({error.strerror})") from None
