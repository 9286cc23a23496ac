"""A target without an optional API: everything about it is unsupported, after one request for each API."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.auditing.runner import audit
from conformance.cli.endpoints import endpoint_of, packs_of, url_of
from conformance.config import Target, load_profile
from conformance.record import read_run
from conformance.reference import ReferenceServer
from conformance.verdict import Outcome


@pytest.mark.parametrize(
    ("profile", "outcomes"), [("openai", {Outcome.UNSUPPORTED}), ("telnyx", {Outcome.FAIL, Outcome.INCONCLUSIVE})]
)
def test_a_missing_api_is_asked_once(tmp_path: Path, profile: str, outcomes: set[Outcome]) -> None:
    """Unsupported where it is optional. Where it is promised, one requirement is broken and the others are not judged."""
    known = load_profile(profile)
    paths = {name: f"/nowhere/{name}" if name.startswith("response") else path for name, path in known.paths.items()}
    with ReferenceServer(endpoint_of(packs_of(known.contracts))) as server:
        url = url_of(server, known.contracts)
        target = Target(url=url, profile=replace(known, paths=paths), key=server.api_key, model="reference-1")
        audited = audit(target, tmp_path, only=["responses.stream", "responses.object", "responses.answer"])
    assert {verdict.outcome for verdict in audited.verdicts} == outcomes
    broken = {verdict.requirement for verdict in audited.verdicts if verdict.outcome is Outcome.FAIL}
    assert broken == ({"responses.answer"} if Outcome.FAIL in outcomes else set())
    assert len(audited.verdicts) > 20
    asked = [
        exchange for exchange in read_run(tmp_path / "run.ndjson").exchanges.values() if exchange.probe != "preflight"
    ]
    assert len(asked) == 1
