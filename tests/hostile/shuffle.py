"""A pytest plugin that puts the checks of an audit into a random order, which is in HOSTILE_ORDER."""

from __future__ import annotations

import os
import random

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Shuffle, after the audit has sorted."""
    random.Random(os.environ["HOSTILE_ORDER"]).shuffle(items)  # noqa: S311 - the same order for the same word
