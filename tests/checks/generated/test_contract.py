"""Keys, statuses and media types by the target's own document, in whole audits of right and wrong endpoints."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.auditing.runner import audit
from conformance.config import Depth, Target, load_profile
from conformance.record import Run, read_run
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer


def audited(folder: Path, only: str, *mutants: str, key: bool = True) -> Run:
    """The run of one requirement at standard depth."""
    with ReferenceServer(endpoint_with(*mutants)) as server:
        target = Target(
            url=server.url,
            profile=load_profile("openai"),
            key=server.api_key if key else None,
            model="reference-1",
            depth=Depth.STANDARD,
        )
        audit(target, folder / "run", only=[only])
    return read_run(folder / "run" / "run.ndjson")


@pytest.mark.parametrize(
    ("mutant", "cause", "named"),
    [
        ("auth-embeddings-open", "the body is looked at before the key", "post /embeddings"),
        ("auth-conversations-open", "answered without a key", "post /conversations"),
    ],
)
def test_an_operation_that_is_open_is_named_and_nothing_is_left_behind(
    mutant: str, cause: str, named: str, tmp_path: Path
) -> None:
    """Without generating a token; and what an unauthenticated request creates is deleted again."""
    run = audited(tmp_path, "contract.secured", mutant)
    (verdict,) = run.verdicts
    (finding,) = verdict.findings
    assert finding.cause == cause
    assert named in finding.expected
    assert run.footer is not None
    assert run.footer.summary["left_behind"] == []
    keyless = [each for each in run.exchanges.values() if each.probe.startswith("keyless_operations")]
    assert len(keyless) > 20
    assert not [each for each in keyless if each.request.url.endswith("/chat/completions") and each.status == 200]


def test_a_target_without_keys_is_not_asked(tmp_path: Path) -> None:
    """Nothing is sent for it, and it is not applicable."""
    run = audited(tmp_path, "contract.secured", "auth-missing", key=False)
    assert [str(verdict.outcome) for verdict in run.verdicts] == ["not-applicable"]
    assert not [each for each in run.exchanges.values() if each.probe.startswith("keyless")]


def test_every_exchange_of_the_run_is_held_to_the_document(tmp_path: Path) -> None:
    """Asked alone, too: what shows each operation is staged for it; one finding says what is not described."""
    run = audited(tmp_path, "contract.status", "conversation-created-201")
    (verdict,) = run.verdicts
    assert verdict.seen > 10
    assert [finding.cause for finding in verdict.findings] == ["201 is not described for post /conversations"]
