"""The reference endpoint keeps the contracts next to OpenAI's, too: the checks of each pass on it, in this process.

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

RIGHT = {Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.UNSUPPORTED}


@pytest.mark.parametrize("contract", ["telnyx", "vllm"])
def test_the_reference_keeps_the_contract(contract: str, tmp_path: Path) -> None:
    """Every requirement of the contract alone: nothing fails, nearly all pass."""
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
        audited = audit(target, tmp_path / "run", only=own)
    assert not audited.trouble
    verdicts = combine(audited.verdicts)
    wrong = {name: (str(v.outcome), v.detail) for name, v in verdicts.items() if name in own and v.outcome not in RIGHT}
    assert not wrong
    passed = [name for name in own if name in verdicts and verdicts[name].outcome is Outcome.PASS]
    assert len(passed) > 0.8 * len(own)
