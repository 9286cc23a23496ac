"""Performs one audit on a Dask worker, for the client (`conformance.cli.dask_client`)."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import NamedTuple

from conformance.options import Given, Layer, TargetError

_LOOK_S = 0.2


class WorkerReports(NamedTuple):
    """The result of an audit on a worker: its exit code, and the files of its run folder or the reason why it has none."""

    code: int
    files: dict[str, bytes]
    why: str = ""


def perform(ticket: str, job: str, earlier: bytes) -> WorkerReports:
    """Audit the target that the job describes, and return the files of the run folder.

    `earlier` is the run file of an interrupted run, which the audit resumes; b"" if there is none. The audit has a
    separate process, which ends with this worker.
    """
    from conformance.machines.job import read_job
    from conformance.machines.work import held
    from conformance.verdict import ExitCode

    with held(ticket, earlier) as folder:
        try:
            code, why = _performed(ticket, read_job(job), folder)
        except TargetError as error:
            code, why = ExitCode.USAGE, str(error)
        files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        return WorkerReports(int(code), files, why)


def _performed(ticket: str, options: Layer, folder: Path) -> tuple[int, str]:
    from conformance.cli.audit_process import AT_ONCE, AuditProcess
    from conformance.cli.several_files import is_begun, is_finished
    from conformance.machines.job import of_the_worker
    from conformance.machines.work import is_over
    from conformance.verdict import ExitCode

    finished = is_finished(folder, lambda: None)
    if finished is not None:
        return finished, ""
    where = "resume" if is_begun(folder) else "output"
    layer = {**options, "quiet": Given(True, "--quiet"), where: Given(str(folder), f"--{where}")}
    process = AuditProcess(layer, of_the_worker(os.environ.items()), orphan=AT_ONCE)
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_LOOK_S):
            if is_over(ticket):
                process.interrupt()
                return

    threading.Thread(target=watch, name="conformance-watch", daemon=True).start()
    try:
        result = process.result()
    finally:
        ended.set()
    if result is None:
        return ExitCode.HARNESS_ERROR, "The process of the audit crashed on the worker."
    code, written = result
    return code, "" if written else " ".join(process.errors[-1:])
