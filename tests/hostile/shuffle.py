"""Lets audits of this process judge their checks in a random order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

from conformance.auditing import runner
from conformance.auditing.plan import Plan, plan


@contextmanager
def shuffled(order: int) -> Iterator[None]:
    """Shuffle the checks of each audit in the block; the same number gives the same order, and 0 the suite's own."""

    def any_order(*words: Any) -> Plan:
        planned = plan(*words)
        cases = list(planned.in_order)
        random.Random(str(order)).shuffle(cases)  # noqa: S311 - the same order for the same number
        return replace(planned, in_order=tuple(cases))

    with mock.patch.object(runner, "plan", any_order if order else plan):
        yield
