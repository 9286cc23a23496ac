"""The store of many runs: immutable run files, tables that are derived from the runs, and questions to these tables."""

from conformance.store.errors import StoreError

__all__ = ["StoreError"]
