"""Settings of Hypothesis for all tests: the same examples for everybody, and no limit that a busy machine exceeds."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "tests",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("tests")
