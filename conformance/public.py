"""Defines the functions of the suite's public Python API.

The functions of the public Python API do not import pytest and change no global state of the caller's process.

Any number of audits may run at once, in threads or in `asyncio.to_thread`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from conformance.acceptance import Gated
from conformance.acceptance.from_options import gate_from
from conformance.auditing import conduct
from conformance.auditing.audited import Audited
from conformance.config import Target, load_profile
from conformance.config.authorities import check_certificates
from conformance.config.resolve import resolve
from conformance.config.user_document import with_document
from conformance.contract import Requirement, load_registry
from conformance.errors import HarnessError
from conformance.judging.foreign import judge_to
from conformance.judging.recorded_target import recorded_target
from conformance.options import OPTIONS, Given, Surface, TargetError, TargetOptions
from conformance.options.gate_options import GATE
from conformance.record import Run, read_run, recorded_run, redacted_run
from conformance.report.model import build_model
from conformance.verdict import ExitCode
from conformance.wire import Redactor

_OPTIONS = {name for name, option in OPTIONS.items() if Surface.TOML in option.on and Surface.PYTEST in option.on}
_OPTIONS -= {"target", "pack"}
_KEY = "CONFORMANCE_API_KEY"


@dataclass(frozen=True, slots=True)
class GateDecision:
    """The decision of a gate about one run.

    `exit_code` is the exit code of `conformance run` with the same gate. `failing` lists the requirements that make the
    gate fail. `refused` lists the settings in which the run differs from the baseline; such a run is not compared.
    `counts` has the numbers of accepted, new, fixed, expired and stale entries. `statuses` has the status of each
    broken requirement, such as `accepted` or `new`.
    """

    exit_code: ExitCode
    failing: tuple[str, ...]
    refused: tuple[str, ...]
    counts: Mapping[str, int]
    statuses: Mapping[str, str]

    @property
    def passes(self) -> bool:
        """Whether the run passes the gate: the run was complete enough, and nothing makes the gate fail."""
        return self.exit_code is ExitCode.CONFORMS


def audit(
    target: str,
    *,
    key: str | None = None,
    only: Sequence[str] = (),
    output: str | Path | None = None,
    **options: Any,
) -> Run:
    """Audit the endpoint at the base URL `target` and return the run.

    `key` is the API key. `only` limits the run to the given ids of requirements or areas. The run file is kept in the
    folder `output`, which must not contain an earlier run. `options` are named as in conformance.toml
    (docs/options.md), with underscores: `model`, `profile`, `headers`, `concurrency`, `max_seconds`, `depth`, … The
    environment and conformance.toml are ignored, except for the variables that `key_env` and `second_key_env`
    name. Raises `ConformanceError` if the target cannot be tested with the given options; the target's behaviour never raises an
    exception. After a `KeyboardInterrupt`, the run file in `output` has everything measured so far.
    """
    started = time.monotonic()
    with ExitStack() as stack:
        tested = _target(target, key, options, stack)
        folder = stack.enter_context(_folder(output))
        audited = conduct.audit(tested, folder, only=list(only), started=started)
        return _run(audited, folder, only)


def judge(
    path: str | Path, *, only: Sequence[str] = (), profile: str | None = None, output: str | Path | None = None
) -> Run:
    """Judge recorded traffic again without sending requests, and return the run with its new verdicts.

    `path` is a run file or its folder, a HAR file, a VCR cassette, or a file of JSON lines. `profile` replaces the
    profile of the run; `only` and `output` have the same meaning as for `audit`. Raises `ConformanceError` if the
    recording cannot be judged.
    """
    file = Path(path) / "run.ndjson" if Path(path).is_dir() else Path(path)
    recorded = recorded_run(file)
    with _folder(output) as folder:
        if recorded is None:
            if only:
                raise TargetError(f"only needs a run file, and {file} is a foreign recording")
            chosen = load_profile(profile or "openai")
            run_file = folder / "run.ndjson"
            contracts, documented = chosen.contracts, chosen.documents
            return judge_to(file, load_registry(), run_file, contracts=contracts, documented=documented)
        target = recorded_target(recorded.header, file.parent, load_profile(profile) if profile else None)
        wanted = list(only) or [str(name) for name in recorded.header.settings.get("only") or ()]
        return _run(conduct.judge(recorded, file, target, folder, only=wanted), folder, wanted)


def gate(run: Run, *, waivers: Sequence[str | Path] = (), **options: str) -> GateDecision:
    """Decide whether a run passes a gate, as `conformance report RUN --waivers FILE` does.

    `waivers` are waivers files, one of which may be a baseline. `options` are named as in conformance.toml: `fail_on`,
    `expired`, `stale`, `flaky` and `edition`. Raises `ConformanceError` if a file or option is invalid, or if the
    options describe no gate.
    """
    known = [option.name for option in GATE if option.name != "waivers"]
    unknown = sorted(options.keys() - set(known))
    if unknown:
        raise TargetError(f"no such option: {unknown[0]}. There are {', '.join(sorted(known))}")
    given = {name: Given(OPTIONS[name].read(value, name, typed=True), name) for name, value in options.items()}
    registry = load_registry()
    today = datetime.now(UTC).date()
    decider = gate_from(TargetOptions.merged(given, environ={}), list(map(Path, waivers)), registry, today)
    if decider is None:
        raise TargetError("Options are missing for the gate. Give waivers, fail_on or edition")
    model = build_model(redacted_run(run, Redactor()), registry, decider)
    gated = model.gated or Gated(decider.policy)
    statuses = {name: str(status) for name, status in gated.acceptance.by_requirement.items()}
    return GateDecision(model.exit_code, gated.failing, gated.refused, gated.acceptance.counts, statuses)


def load_requirements() -> Mapping[str, Requirement]:
    """Return the requirements of OpenAI's contract and of every installed pack, by id."""
    return dict(load_registry())


def _target(url: str, key: str | None, options: Mapping[str, Any], stack: ExitStack) -> Target:
    unknown = sorted(options.keys() - _OPTIONS)
    if unknown:
        raise TargetError(f"no such option: {unknown[0]}. There are {', '.join(sorted(_OPTIONS))}")
    if "://" not in url:
        raise TargetError(f"{url!r} is not a URL. Give a base URL like http://localhost:8000/v1")
    if key is not None and {"key_env", "key_file", "key_cmd"} & options.keys():
        raise TargetError(
            "key excludes key_env, key_file and key_cmd, because each of them provides the key. Give one of them"
        )
    layer: dict[str, Given] = {"target": Given(url, "target")}
    for name, value in options.items():
        if value is not None:
            layer[name] = Given(OPTIONS[name].read(value, name, typed=True), name)
    names = [options[name] for name in ("key_env", "second_key_env") if isinstance(options.get(name), str)]
    environ = {name: os.environ[name] for name in names if name in os.environ}
    if key is not None:
        layer["key_env"], environ[_KEY] = Given(_KEY, "key"), key
    chosen = TargetOptions.merged(layer, environ=environ)
    target = resolve(chosen)
    check_certificates(target)
    if chosen["spec"] is None:
        return target
    return replace(target, profile=with_document(target.profile, chosen["spec"], stack), spec=chosen["spec"])


@contextmanager
def _folder(output: str | Path | None) -> Iterator[Path]:
    """The folder of a run: the one that was given, or one for the time of the block."""
    if output is not None:
        yield Path(output)
        return
    with TemporaryDirectory(prefix="conformance-") as folder:
        yield Path(folder)


def _run(audited: Audited, folder: Path, only: Sequence[str]) -> Run:
    if audited.trouble:
        raise HarnessError(audited.trouble)
    if audited.interrupted:
        raise KeyboardInterrupt
    if not audited.verdicts and not audited.unusable:
        raise TargetError(f"only {' '.join(only)}: nothing that it selects applies to this target at this depth")
    return read_run(folder / "run.ndjson")
