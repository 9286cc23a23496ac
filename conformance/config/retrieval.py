"""The storage bucket with which retrieval is tested: its name, and a fact that only its documents state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.options import TargetError

_NEEDED = ("bucket", "question", "answer")
SETTINGS = tuple(f"retrieval_{name}" for name in (*_NEEDED, "other_bucket"))
"""The options that describe a bucket, which are also the settings in the header of a run file."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """A storage bucket of the target, and a question whose answer only the documents of this bucket state.

    `answer` is a text that a right answer to the question contains. `other_bucket` is a bucket whose documents do not
    state the fact; "" if there is none.
    """

    bucket: str
    question: str
    answer: str
    other_bucket: str = ""

    @property
    def settings(self) -> Mapping[str, str]:
        """The options that describe the storage bucket."""
        values = (self.bucket, self.question, self.answer, self.other_bucket)
        return {name: value for name, value in zip(SETTINGS, values, strict=True) if value}


def read_retrieval(value: Callable[[str], Any], said: Callable[[str], str] = lambda name: name) -> Retrieval | None:
    """Return the storage bucket that the options describe; None if no option describes a bucket.

    `value` returns the value of an option, and `said` returns the name of an option as the user wrote it. Raises
    `TargetError` if only some of the necessary options are set.
    """
    given = {name: str(value(name) or "") for name in SETTINGS}
    if not any(given.values()):
        return None
    missing = [name for name in SETTINGS[: len(_NEEDED)] if not given[name]]
    if missing:
        there = next(name for name in SETTINGS if given[name])
        raise TargetError(f"{said(there)} needs {said(missing[0])}: retrieval is tested with a bucket and a fact in it")
    return Retrieval(*given.values())
