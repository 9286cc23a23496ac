"""The order of probes by their worth is that of the kill matrix, and a smoke run shows what it is said to show."""

from __future__ import annotations

import pytest

from conformance.auditing.worth import FILE
from conformance.config.depth import SMOKE_REQUESTS

from .worth import AT, PAGE, Worth, all_profiles, page, text

SMOKE_SHARE, AT_100_SHARE = 0.48, 0.64


@pytest.fixture(scope="module")
def worths() -> dict[str, Worth]:
    """The orders of all profiles, computed from the kill matrix."""
    return all_profiles()


def test_the_file_and_the_page_are_current(worths: dict[str, Worth]) -> None:
    """The order was computed from the kill matrix and the counted requests as they are now."""
    assert FILE.read_text("utf-8") == text(worths), "run python -m nox -s worth"
    assert PAGE.read_text("utf-8") == page(worths), "run python -m nox -s worth"


def test_few_requests_show_most_mutants(worths: dict[str, Worth]) -> None:
    """The first requests show most; more requests never show less."""
    own = worths["openai"]
    assert own.shown(SMOKE_REQUESTS) >= SMOKE_SHARE * own.reach
    assert own.shown(100) >= AT_100_SHARE * own.reach
    for each in worths.values():
        shown = [each.shown(requests) for requests in AT]
        assert shown == sorted(shown)
