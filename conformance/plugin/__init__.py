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
    from conformance.plugin.options import add_options

    group = parser.getgroup(OPTION_GROUP, "conformance of an OpenAI-compatible endpoint")
    add_options(group)


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
