"""What all tests share: Hypothesis examples that are equal in each run, a browser tab, and short names.

No test depends on the size of a terminal: the workers of pytest-xdist have a `COLUMNS` that a plain session lacks.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from chromium import Tab

settings.register_profile(
    "tests",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("tests")

for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)

LONGEST = 200
"""Characters of a parameter in the name of a test."""


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Name a test by a text's size where the text is long: each worker sends all names."""
    return f"{argname}-of-{len(val)}" if isinstance(val, str | bytes) and len(val) > LONGEST else None


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    """Provide a tab of a new browser for the tests of one module."""
    from chromium import chromium  # most tests need no browser

    with chromium() as opened:
        yield opened
