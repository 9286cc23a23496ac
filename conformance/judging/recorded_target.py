"""Recreates the target of a recorded run for a replay.

In a replay, probes send the same requests to the recreated target that they sent in the recorded run. The target that
is recreated for a replay has no credentials.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from conformance.config import Budget, Pace, Profile, Target, TargetError, load_profile
from conformance.config.depth import SEED, Depth
from conformance.config.retrieval import read_retrieval
from conformance.config.saved_case import FOLDER, find_case
from conformance.config.target import BEARER_HEADER
from conformance.record import Header

STAND_IN = "key-of-a-recorded-run"
"""Replaces the credential, which no recording contains."""
SECOND_STAND_IN = "key-of-another-account"
"""Replaces the key of another account."""
AT_ONCE = 1024
"""Concurrent requests; none is sent."""


def recorded_target(
    header: Header, folder: Path, profile: Profile | None = None, *, documented: bool = False
) -> Target:
    """Return the target of the run in the given folder.

    If `profile` is given, it replaces the profile that is named in the run. `documented` says whether the caller
    supplies the target's OpenAPI document. Raises `TargetError` if the profile is unknown, or if the run used `--spec`
    and the caller does not supply the document.
    """
    settings = header.settings
    if profile is None:
        profile = load_profile(str(settings.get("profile_file") or header.target.profile))
    if settings.get("spec") and not documented:
        raise TargetError(f"The run was judged by the document {settings['spec']}. Name it again with --spec")
    depth = Depth(str(settings.get("depth") or Depth.QUICK))
    target = Target(
        url=header.target.url,
        profile=profile,
        model=header.target.model or None,
        key=None if settings.get("key") in (None, "none") else STAND_IN,
        second_key=SECOND_STAND_IN if settings.get("second_key") else None,
        key_header=str(settings.get("key_header") or BEARER_HEADER),
        key_form=str(settings.get("key_form") or ""),
        name=str(settings.get("name") or ""),
        headers=tuple((name, "") for name in _names(settings.get("headers"))),
        deep=depth is Depth.DEEP,
        depth=depth,
        seed=int(settings.get("seed", SEED)),
        gentle=bool(settings.get("gentle")),
        repeat=int(settings.get("repeat", 1)),
        context_window=int(settings.get("context_window", 0)),
        spec=str(settings.get("spec") or ""),
        retrieval=read_retrieval(settings.get),
        pace=Pace(AT_ONCE),
        budget=Budget(settings.get("max_requests")),
    )
    case = settings.get("case")
    return replace(target, case=find_case(str(folder / FOLDER / f"{case}.json"))) if case else target


def _names(value: object) -> Collection[str]:
    return [str(name) for name in value] if isinstance(value, list) else ()


def without_credentials(target: Target) -> Target:
    """Return the target without API key, certificates and proxy, for the judging process, which sends nothing."""
    return replace(
        target,
        key=STAND_IN if target.key else None,
        second_key=SECOND_STAND_IN if target.second_key else None,
        tokens=None,
        headers=tuple((name, "") for name, _ in target.headers),
        ca_file=None,
        client_cert=None,
        client_key=None,
        proxy=None,
        spec="",
        pace=Pace(AT_ONCE),
        budget=Budget(target.budget.requests),
        wait_ready=0.0,
    )
