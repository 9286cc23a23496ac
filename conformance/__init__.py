"""Conformance and contract testing for LLM inference endpoints that claim to be OpenAI-compatible.

The names in `__all__` are the public API; docs/api.md shows how to use them. Names that are not in `__all__` are
private and may change at any time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.contract import Requirement, SpecError, UnknownName
    from conformance.errors import ConformanceError, HarnessError
    from conformance.options import TargetError
    from conformance.public import GateDecision, audit, gate, judge, load_requirements
    from conformance.record import Run, RunFileError
    from conformance.recordings import RecordingError
    from conformance.verdict import Ending, ExitCode, Finding, Level, Outcome, Reason, Verdict

__version__ = "0.1.0"

__all__ = [
    "ConformanceError",
    "Ending",
    "ExitCode",
    "Finding",
    "GateDecision",
    "HarnessError",
    "Level",
    "Outcome",
    "Reason",
    "RecordingError",
    "Requirement",
    "Run",
    "RunFileError",
    "SpecError",
    "TargetError",
    "UnknownName",
    "Verdict",
    "__version__",
    "audit",
    "gate",
    "judge",
    "load_requirements",
]

_HOMES = {
    **dict.fromkeys(("GateDecision", "audit", "gate", "judge", "load_requirements"), "public"),
    **dict.fromkeys(("Ending", "ExitCode", "Finding", "Level", "Outcome", "Reason", "Verdict"), "verdict"),
    **dict.fromkeys(("ConformanceError", "HarnessError"), "errors"),
    **dict.fromkeys(("Requirement", "SpecError", "UnknownName"), "contract"),
    **dict.fromkeys(("Run", "RunFileError"), "record"),
    "RecordingError": "recordings",
    "TargetError": "options",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import conformance` is fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'conformance' has no attribute {name!r}")
    return getattr(import_module(f"conformance.{_HOMES[name]}"), name)
