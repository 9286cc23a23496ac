"""The same target gets the same verdict for the same requirement: however often, however fast, in whatever order."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from conformance.auditing.runner import audit
from conformance.record import read_run
from conformance.reference.serve import ReferenceServer
from conformance.verdict import Outcome, Verdict
from tests.compared import differences, results
from tests.hostile.flakes import GATED
from tests.hostile.running import target_at
from tests.hostile.shuffle import shuffled


def verdicts(folder: Path, concurrency: int = 16, only: tuple[str, ...] = ()) -> list[Verdict]:
    """The verdicts of one audit of the reference endpoint, without limits that a busy machine would meet."""
    from conformance.wire import Limits

    with ReferenceServer() as server:
        target = target_at(server.url, limits=Limits(), concurrency=concurrency, key=server.api_key)
        audited = audit(target, folder, only=only)
    assert not audited.trouble
    assert read_run(folder / "run.ndjson").complete
    return list(audited.verdicts)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> list[Verdict]:
    """The verdicts of one whole audit."""
    found = verdicts(tmp_path_factory.mktemp("first") / "run")
    assert len(found) > 100
    assert Outcome.ERROR not in {verdict.outcome for verdict in found}
    return found


def test_the_page_ends_with_the_audits_of_real_servers() -> None:
    """`docs/stability.md` is written by a command that does not repeat these audits."""
    page = Path(__file__).parents[2] / "docs" / "stability.md"
    assert page.read_text(encoding="utf-8").endswith(GATED.read_text(encoding="utf-8"))


def test_concurrency_changes_no_verdict(first: list[Verdict], tmp_path: Path) -> None:
    """One at a time, or sixteen."""
    assert differences(verdicts(tmp_path / "run", 1), first) == {}


def test_the_order_of_checks_changes_no_verdict(first: list[Verdict], tmp_path: Path) -> None:
    """Checks are pure: which one looks first does not matter."""
    with shuffled(7):
        found = verdicts(tmp_path / "run")
    assert differences(found, first) == {}
    assert list(results(found)) != list(results(first))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_subset_gets_the_verdicts_of_the_whole(seed: int, first: list[Verdict], tmp_path: Path) -> None:
    """Each requirement is judged alone or among others the same."""
    chosen = sorted(random.Random(seed).sample(sorted({each.requirement for each in first}), 12))  # noqa: S311 - any subset will do
    found = verdicts(tmp_path / "run", only=tuple(chosen))
    assert differences(*([each for each in run if each.requirement in chosen] for run in (found, first))) == {}
