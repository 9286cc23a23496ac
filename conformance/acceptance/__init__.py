"""Decides by waivers and baselines which violations a team accepts, and whether the other violations fail the gate.

The modules of the package `conformance.acceptance` read files, and have no other side effects.
"""

from conformance.acceptance.accept import Acceptance, Ruling, Status, accept, worst_status
from conformance.acceptance.configuration import Configuration
from conformance.acceptance.gate import Gated, QualityGate
from conformance.acceptance.policy import FailOn, Policy, Reaction
from conformance.acceptance.violation import Violation, violations_of
from conformance.acceptance.waiver import Origin, Waiver
from conformance.acceptance.waivers_file import WaiversFile, read_waivers

__all__ = [
    "Acceptance",
    "Configuration",
    "FailOn",
    "Gated",
    "Origin",
    "Policy",
    "QualityGate",
    "Reaction",
    "Ruling",
    "Status",
    "Violation",
    "Waiver",
    "WaiversFile",
    "accept",
    "read_waivers",
    "violations_of",
    "worst_status",
]
