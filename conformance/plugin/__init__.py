"""The pytest plugin, with which `pytest --pyargs conformance.checks --target URL` audits a target.

If the package `openai-conformance` is installed, pytest loads the plugin in every run. If a run of pytest has no option
`--target`, the plugin does nothing and imports no large modules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

OPTION_GROUP = "openai-conformance"
NO_TARGET = (
    "These checks need an endpoint to test. Name it with --target http://localhost:8000/v1, and put its key into"
    " CONFORMANCE_API_KEY"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the suite's options to pytest; each has the same meaning as for `conformance run`."""
    from conformance.plugin.options import add_options

    group = parser.getgroup(OPTION_GROUP, "conformance of an OpenAI-compatible endpoint")
    add_options(group)


def pytest_configure(config: pytest.Config) -> None:
    """Register the suite's marker in every run, and the hooks only in a run with a target."""
    config.addinivalue_line("markers", "requirement(id): the requirement that a test proves")
    config.addinivalue_line(
        "markers", "standard: many requests, only for targets that are tested beyond the quick look"
    )
    config.addinivalue_line("markers", "deep: long or many requests, only for targets that are tested in depth")
    if config.getoption("--target", default=None) is not None:
        from conformance.plugin.audit import install

        install(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Reject the suite's checks in a pytest session without a target, because each check would fail."""
    if config.pluginmanager.has_plugin("conformance-audit") or config.option.collectonly:
        return
    if any(type(each).__module__.startswith("conformance.plugin.") for each in config.pluginmanager.get_plugins()):
        return  # an audit that brings its target itself
    if any(hasattr(getattr(item, "function", None), "conformance_declaration") for item in items):
        import pytest

        raise pytest.UsageError(NO_TARGET)
