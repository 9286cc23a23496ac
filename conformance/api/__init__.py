"""The operations of the API, in one table that everything else reads."""

from conformance.api.operations import CORE, OPERATIONS, Kept, Operation, by_route, operation_at

__all__ = ["CORE", "OPERATIONS", "Kept", "Operation", "by_route", "operation_at"]
