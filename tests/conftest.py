"""What all tests share: examples of Hypothesis that are the same for everybody, without time limits, and short names.

No test depends on the size of a terminal: the workers of pytest-xdist have a `COLUMNS` that a plain session lacks.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

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
