"""Runs probes, and limits the concurrency of requests and the budget of a run.

The engine sends requests and records responses, but does not judge the responses.
"""

from conformance.engine.clients import NoSuchOperation, Unaskable
from conformance.engine.engine import CLEANUP, Engine
from conformance.engine.liveness import Death, TargetDied
from conformance.engine.memory import keeps_state, reusable
from conformance.engine.probe import Probe, ProbeKey, Transport, executions, probes
from conformance.engine.replay import GrowingReplay
from conformance.engine.spending import BudgetExhausted, Interrupted, LimitsIgnored, TokenPlan
from conformance.engine.tape import NotRecorded

__all__ = [
    "CLEANUP",
    "BudgetExhausted",
    "Death",
    "Engine",
    "GrowingReplay",
    "Interrupted",
    "LimitsIgnored",
    "NoSuchOperation",
    "NotRecorded",
    "Probe",
    "ProbeKey",
    "TargetDied",
    "TokenPlan",
    "Transport",
    "Unaskable",
    "executions",
    "keeps_state",
    "probes",
    "reusable",
]
