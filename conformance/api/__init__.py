"""The operations of the API, in one table that all other packages read."""

from conformance.api.operations import CORE, OPERATIONS, Kept, Operation, by_route, operation_at

__all__ = ["CORE", "OPERATIONS", "Kept", "Operation", "by_route", "operation_at"]
