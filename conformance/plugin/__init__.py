"""The pytest plugin: `pytest --pyargs conformance.checks --target URL` audits a target.

Loaded in every pytest run of an environment that has this package, so it does nothing, and imports nothing heavy,
until `--target` is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

OPTION_GROUP = "openai-conformance"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options; each has the same meaning as in `conformance run`."""
    group = parser.getgroup(OPTION_GROUP, "conformance of an OpenAI-compatible endpoint")
    group.addoption(
        "--target", metavar="URL", help="base URL of the endpoint to audit, or a name from conformance.toml"
    )
    group.addoption("--target-model", metavar="ID", help="model to ask for (default: the first the target lists)")
    group.addoption("--target-profile", metavar="NAME", help="openai, telnyx, vllm, or a profile file")
    group.addoption("--target-key-env", metavar="NAME", help="environment variable that holds the key")
    group.addoption("--target-config", metavar="FILE", help="TOML file with targets (default: conformance.toml)")
    group.addoption("--target-concurrency", metavar="N", type=int, help="requests in flight at once (default 8)")
    group.addoption("--target-depth", metavar="DEPTH", help="quick (default), standard or deep: how much is asked")
    group.addoption("--target-deep", action="store_true", help="short for --target-depth deep")
    group.addoption(
        "--target-seed", metavar="N", type=int, help="seed of generated cases; the same seed, the same cases"
    )
    group.addoption("--target-spec", metavar="FILE", help="the target's own OpenAPI document, to generate and judge by")
    group.addoption("--target-output", metavar="DIR", help="write run.ndjson and the reports there")
    group.addoption("--requirement", metavar="ID", action="append", default=[], help="only this requirement or area")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker always, the machinery only for a run against a target."""
    config.addinivalue_line("markers", "requirement(id): the requirement that a test proves")
    config.addinivalue_line(
        "markers", "standard: many requests, only for targets that are tested beyond the quick look"
    )
    config.addinivalue_line("markers", "deep: long or many requests, only for targets that are tested in depth")
    if config.getoption("--target", default=None) is not None:
        from conformance.plugin.audit import install

        install(config)
