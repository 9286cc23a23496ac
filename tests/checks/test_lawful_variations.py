"""Endpoints that do nothing wrong and little as the reference endpoint does it: no check fails any of them."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from conformance.auditing.runner import audit
from conformance.config import Target, load_profile
from conformance.reference.endpoint import Endpoint
from conformance.reference.part import Kind
from conformance.reference.serve import ReferenceServer
from conformance.verdict import Outcome, combine
from tests.proof.variations import VARIATIONS, chance

ROUNDS = int(os.environ.get("LAWFUL_ROUNDS", "1"))
"""Audits of each variation. `nox -s lawful` makes 200."""


@pytest.mark.parametrize("variation", VARIATIONS, ids=lambda variation: variation[0].__name__)
def test_no_check_fails_what_is_lawful(variation: tuple[Kind, ...], tmp_path: Path) -> None:
    """What cannot be judged is inconclusive, what is refused unsupported; the rest passes."""
    for round in range(ROUNDS):
        judged_fairly(variation, round, tmp_path / f"run-{round}")


def judged_fairly(variation: tuple[Kind, ...], round: int, folder: Path) -> None:
    """One audit, without a failure."""
    chance.begin(round)
    with ReferenceServer(Endpoint(replaced=variation)) as server:
        target = Target(url=server.url, profile=load_profile("openai"), key=server.api_key, model="reference-1")
        audited = audit(target, folder, only=["chat", "completions"])
    verdicts = combine(audited.verdicts)
    wrong = {name: each for name, each in verdicts.items() if each.outcome in (Outcome.FAIL, Outcome.ERROR)}
    assert not wrong, [(round, name, each.detail, each.findings[:1]) for name, each in wrong.items()]
    assert Counter(each.outcome for each in verdicts.values())[Outcome.PASS] > len(verdicts) / 4
    shutil.rmtree(folder)
