"""What Telnyx's SDK offers beyond the two reference pages is optional: absent is "not offered", and faulty is found."""

from __future__ import annotations

from pathlib import Path

from conformance.auditing.runner import audit
from conformance.cli.endpoints import endpoint_of, packs_of, url_of
from conformance.config import Target, load_profile
from conformance.reference import Settings
from conformance.reference.serve import ReferenceServer
from conformance.verdict import Outcome, combine

BROKEN = (Outcome.FAIL, Outcome.WARN)
FEATURES = {
    "json_schema": ("chat.json-schema.enforced", "json-schema-not-enforced"),
    "reasoning_effort": ("chat.reasoning.counted", "reasoning-not-counted"),
    "service_tier": ("chat.response.service-tier", "service-tier-unknown"),
    "embeddings": ("embeddings.order", "embedding-order"),
}
"""For each optional feature, a requirement that applies if the feature is offered, and a mutant that breaks it."""


def outcomes(folder: Path, *mutants: str, offered: bool) -> dict[str, Outcome]:
    """The outcome of each requirement on the reference endpoint in Telnyx's dialect."""
    profile = load_profile("telnyx")
    served = endpoint_of(packs_of(profile.contracts), mutants, Settings(sdk_features=offered))
    with ReferenceServer(served) as server:
        target = Target(url=url_of(server, profile.contracts), profile=profile, key=server.api_key, model="reference-1")
        audited = audit(target, folder / "run", only=[name for name, _ in FEATURES.values()])
    assert not audited.trouble
    return {name: verdict.outcome for name, verdict in combine(audited.verdicts).items()}


def test_the_pages_do_not_promise_these_features() -> None:
    """A target that rejects them violates nothing."""
    assert not set(FEATURES) & set(load_profile("telnyx").promised)


def test_a_feature_that_is_absent_is_not_offered(tmp_path: Path) -> None:
    found = outcomes(tmp_path, offered=False)
    assert not [name for name, outcome in found.items() if outcome in BROKEN]
    assert found["embeddings.order"] is Outcome.UNSUPPORTED


def test_a_feature_that_is_offered_is_judged(tmp_path: Path) -> None:
    found = outcomes(tmp_path, offered=True)
    assert {name: found[name] for name, _ in FEATURES.values()} == dict.fromkeys(found, Outcome.PASS)


def test_a_feature_that_is_offered_and_broken_is_found(tmp_path: Path) -> None:
    """The four mutants change different parts, so one endpoint can have them all."""
    found = outcomes(tmp_path, *(mutant for _, mutant in FEATURES.values()), offered=True)
    assert [name for name, _ in FEATURES.values() if found[name] not in BROKEN] == []
