"""Implements `conformance run --resume`: loads the interrupted run, and checks that it tested the given target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.config.retrieval import SETTINGS
from conformance.config.target import Target
from conformance.options import Given, Layer, TargetError

if TYPE_CHECKING:
    from conformance.record import RedactedRun

_KEPT = ("name", "only", "depth", "seed", "repeat", "context_window", "gentle", "key_header", "key_form", *SETTINGS)


def interrupted(folder: Path) -> RedactedRun:
    """Return the interrupted run in the folder.

    Raises `TargetError` if the run is complete, and `RunFileError` if the folder contains no run.
    """
    from conformance.record import read_run

    run = read_run(folder / "run.ndjson")
    if run.complete and not run.interrupted:
        raise TargetError(f"The run in {folder} is complete. `conformance report {folder}` writes its reports again")
    if run.header.settings.get("key") == "from REFERENCE_KEY":
        raise TargetError(f"The run in {folder} was of the built-in reference endpoint, which is gone. Run it anew")
    return run


def document_of(run: RedactedRun) -> str | None:
    """Return the value that the option `--spec` had when the run was started.

    Raises `TargetError` if the URL in `--spec` contained a credential, because the run file does not store credentials.
    """
    from conformance.wire import REDACTED

    spec = str(run.header.settings.get("spec") or "")
    if REDACTED in spec:
        raise TargetError(f"The run was begun with --spec {spec}, whose credential was not kept. Give --spec again")
    return spec or None


def meant_by_user(run: RedactedRun, target: Target, folder: Path) -> None:
    """Raise `TargetError` if the seal in the run file does not prove that the recorded URL may receive the API key."""
    from conformance.config.seal import is_sealed, sent_secrets

    if sent_secrets(target) and not is_sealed(target, run.header.seal):
        raise TargetError(
            f"The run file in {folder} does not prove that it was begun with this key and this URL, so the key is not"
            f" sent to {run.header.target.url}. If that is the target you mean, name it:"
            f" conformance run {run.header.target.url} --resume {folder}"
        )


def settings_of(run: RedactedRun, said: Layer) -> tuple[Layer, Layer]:
    """Return the settings and the URL of a run to resume; `said` has the options given on the command line.

    Raises `TargetError` under the same conditions as `document_of`.
    """
    settings, target = run.header.settings, run.header.target
    before = {"model": target.model, "profile": target.profile, **{name: settings.get(name) for name in _KEPT}}
    before["spec"] = document_of(run) if "spec" not in said else None
    layer = {name: Given(value, "--resume") for name, value in before.items() if value not in (None, "", [])}
    return layer, {"target": Given(target.url, "--resume")}


def same_target(run: RedactedRun, target: Target, folder: Path) -> None:
    """Raise `TargetError` if the target is not the target that the interrupted run tested.

    Recorded responses of one target must not be used as evidence about another target.
    """
    redactor = target.redactor
    before, now = run.header.target, redactor.url(target.url)
    if before.url != now:
        raise TargetError(f"{folder} holds a run of {before.url}, not of {now}. Leave the URL out to go on with it")
    if before.profile != target.profile.name:
        raise TargetError(f"{folder} holds a run with --profile {before.profile}. Give the same profile")
    spec = run.header.settings.get("spec") or ""
    if redactor.url(target.spec) != spec:
        raise TargetError(
            f"{folder} holds a run {f'with --spec {spec}' if spec else 'without --spec'}. Leave --spec out"
        )
    second = bool(run.header.settings.get("second_key"))
    if second != bool(target.second_key):
        raise TargetError(
            f"{folder} holds a run {'with' if second else 'without'} --second-key-env."
            f" {'Give --second-key-env again' if second else 'Leave --second-key-env out'}"
        )
    if target.model and before.model not in ("", redactor.text(target.model)):
        raise TargetError(f"{folder} holds a run of the model {before.model!r}. Leave --model out to go on with it")
