"""The same target gets the same verdict for the same requirement: however often, however fast, in whatever order."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from conformance.plugin.runner import audit
from conformance.record import read_run
from conformance.reference.serve import ReferenceServer
from conformance.verdict import Outcome, combine
from tests.hostile.running import target_at

pytestmark = pytest.mark.alone


def verdicts(folder: Path, concurrency: int = 16, only: tuple[str, ...] = ()) -> dict[str, str]:
    """The outcome of each requirement on the reference endpoint, without limits that a busy machine would meet."""
    from conformance.wire import Limits

    with ReferenceServer() as server:
        target = target_at(server.url, limits=Limits(), concurrency=concurrency, key=server.api_key)
        audited = audit(target, folder, only=only)
    assert not audited.trouble
    assert read_run(folder / "run.ndjson").complete
    return {name: str(verdict.outcome) for name, verdict in combine(audited.verdicts).items()}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The verdicts of one whole audit."""
    found = verdicts(tmp_path_factory.mktemp("first") / "run")
    assert len(found) > 100
    assert str(Outcome.ERROR) not in found.values()
    return found


@pytest.mark.parametrize("concurrency", [1, 4])
def test_concurrency_changes_no_verdict(concurrency: int, first: dict[str, str], tmp_path: Path) -> None:
    """One at a time, or four, or sixteen."""
    assert verdicts(tmp_path / "run", concurrency) == first


def test_the_order_of_tests_changes_no_verdict(
    first: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checks are pure: which one looks first does not matter."""
    monkeypatch.setenv("PYTEST_PLUGINS", "tests.hostile.shuffle")
    monkeypatch.setenv("HOSTILE_ORDER", "7")
    found = verdicts(tmp_path / "run")
    assert found == first
    assert list(found) != list(first)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_subset_gets_the_verdicts_of_the_whole(seed: int, first: dict[str, str], tmp_path: Path) -> None:
    """Each requirement is judged alone or among others the same."""
    chosen = sorted(random.Random(seed).sample(sorted(first), 12))  # noqa: S311 - any subset will do
    found = verdicts(tmp_path / "run", only=tuple(chosen))
    assert {name: found[name] for name in chosen} == {name: first[name] for name in chosen}
