"""What the user chose for a run: options, and perhaps a saved case to send again or an interrupted run to resume."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.auditing.resume import interrupted, meant_by_user, same_target, settings_of
from conformance.config import Depth, Target, TargetError
from conformance.config.resolve import gather
from conformance.config.saved_case import SavedCase, find_case
from conformance.contract import load_schemas
from conformance.options import Given, Layer, TargetOptions
from conformance.record import RedactedRun
from conformance.wire import parse_json

_REQUESTS = {"responses": "CreateResponse", "completions": "CreateCompletionRequest"}
"""The schema of an operation's requests, by the second word of a requirement id; chat's for all others."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The options of a run as the user chose them.

    `earlier` is the interrupted run to resume, and `folder` is the folder of that run. `case` is the generated case to
    repeat.
    """

    options: TargetOptions
    case: SavedCase | None = None
    folder: Path | None = None
    earlier: RedactedRun | None = None
    tested: Layer | None = None

    def check(self, target: Target) -> None:
        """Raise `TargetError` if the resumed run tested another target, or if the target must not receive the key."""
        if self.earlier is None or self.folder is None:
            return
        same_target(self.earlier, target, self.folder)
        if self.options.given["target"] in (self.tested or {}).values():
            meant_by_user(self.earlier, target, self.folder)


def choose(said: Layer, environ: Mapping[str, str]) -> Chosen:
    """Combine the command line (`said`), the environment and conformance.toml into the options of a run.

    Raises `TargetError` or `RunFileError` if the options are invalid.
    """
    folder = Path(said["resume"].value) if "resume" in said else None
    if folder is not None and "output" in said:
        raise TargetError(f"{said['resume'].said} continues in its own folder. Leave {said['output'].said} out")
    earlier = interrupted(folder) if folder is not None else None
    case = find_case(said["case"].value) if "case" in said else None
    if case is not None:
        _check(case)
    before, tested = settings_of(earlier, said) if earlier else ({}, {})
    options = gather(_selection(case), said, _depth(case), before, environ=environ, weakest=tested)
    return Chosen(options, case, folder, earlier, tested)


def _selection(case: SavedCase | None) -> Layer:
    """Return the selection for a repeated case: only that case is sent."""
    if case is None:
        return {}
    return {"only": Given([case.requirement], "--case"), "seed": Given(case.seed, "--case")}


def _depth(case: SavedCase | None) -> Layer:
    """Return the depth for a repeated case, because some requirements do not apply to a quick run."""
    return {} if case is None else {"depth": Given(str(Depth.STANDARD), "--case")}


def _check(case: SavedCase) -> None:
    """Raise `TargetError` for a case without a fault whose body is invalid, because a user may have edited its file."""
    if case.keyword:
        return
    schema = _REQUESTS.get(case.requirement.split(".")[1], "CreateChatCompletionRequest")
    errors = load_schemas().errors(schema, parse_json(case.body))
    if errors:
        raise TargetError(
            f"the body of case {case.id} has no fault by its file, and breaks {schema} at {errors[0].pointer or '/'}: "
            f"{errors[0].message}. Take the case as the run wrote it"
        )
