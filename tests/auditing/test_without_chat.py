"""A target without chat completions is audited by its other operations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.auditing.runner import audit
from conformance.config import Target, load_profile
from conformance.reference.serve import ReferenceServer
from conformance.verdict import Outcome, combine

ASKED = ("completions.schema", "embeddings.schema", "chat.response.schema", "chat.stored.retrieve")


def audited(folder: Path, model: str, **paths: str) -> tuple[dict[str, Outcome], str]:
    """The outcome of each requirement for this model, and why the target could not be tested."""
    with ReferenceServer() as server:
        profile = load_profile("openai")
        profile = replace(profile, paths={**profile.paths, **paths})
        target = Target(url=server.url, profile=profile, key=server.api_key, model=model)
        found = audit(target, folder, only=ASKED)
    return {name: verdict.outcome for name, verdict in combine(found.verdicts).items()}, str(found.unusable or "")


@pytest.mark.parametrize(("model", "offered"), [("reference-1", "completions"), ("reference-embed", "embeddings")])
def test_one_other_operation_is_enough(tmp_path: Path, model: str, offered: str) -> None:
    """Requirements of chat do not apply then."""
    outcomes, unusable = audited(tmp_path, model, chat="/nowhere", stored_chat="/nowhere/{completion_id}")
    assert not unusable
    assert outcomes[f"{offered}.schema"] is Outcome.PASS
    assert outcomes["chat.response.schema"] is Outcome.NOT_APPLICABLE
    assert outcomes["chat.stored.retrieve"] is Outcome.NOT_APPLICABLE


def test_without_any_operation_the_target_is_unusable(tmp_path: Path) -> None:
    """The base URL is wrong."""
    _, unusable = audited(tmp_path, "reference-1", chat="/nowhere", completions="/nothing", embeddings="/nil")
    assert "no chat completions there" in unusable
