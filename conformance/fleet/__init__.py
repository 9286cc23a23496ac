"""Several audits as one: which audits `conformance.toml` describes, their limits, and the layout of their output folder."""

from conformance.fleet.audits import FleetAudit, audit_from_dict, audit_to_dict, list_audits
from conformance.fleet.layout import FleetLayout
from conformance.fleet.limits import AuditBudget, FleetLimits, fleet_limits

__all__ = [
    "AuditBudget",
    "FleetAudit",
    "FleetLayout",
    "FleetLimits",
    "audit_from_dict",
    "audit_to_dict",
    "fleet_limits",
    "list_audits",
]
