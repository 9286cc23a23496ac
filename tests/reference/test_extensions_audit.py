"""The reference endpoint meets every requirement of every profile at depth deep, in this process.

The kill matrix shows the same, and which mutant fails each of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.auditing.runner import audit
from conformance.cli.endpoints import bucket_of, endpoint_of, packs_of, url_of
from conformance.config import Target, load_profile
from conformance.contract import load_registry
from conformance.reference.serve import ReferenceServer
from conformance.verdict import Outcome, combine

BROKEN = {Outcome.WARN, Outcome.FAIL, Outcome.ERROR}


@pytest.mark.parametrize("contract", ["openai", "telnyx", "vllm"])
def test_the_reference_meets_every_requirement_at_depth_deep(contract: str, tmp_path: Path) -> None:
    """No requirement of any contract of the profile fails, and nearly all requirements of its own contract pass."""
    own = [requirement.id for requirement in load_registry().values() if requirement.contract == contract]
    contracts = load_profile(contract).contracts
    with ReferenceServer(endpoint_of(packs_of(contracts))) as server:
        url = url_of(server, contracts)
        bucket = bucket_of(contracts)
        target = Target(
            url=url,
            profile=load_profile(contract),
            key=server.api_key,
            second_key=server.second_key,
            model="reference-1",
            deep=True,
            retrieval=bucket,
        )
        audited = audit(target, tmp_path / "run")
    assert not audited.trouble
    verdicts = combine(audited.verdicts)
    broken = {name: (str(v.outcome), v.detail) for name, v in verdicts.items() if v.outcome in BROKEN}
    assert not broken
    passed = [name for name in own if name in verdicts and verdicts[name].outcome is Outcome.PASS]
    assert len(passed) > 0.8 * len(own)
