"""The store of many runs: immutable run files, tables that are derived from the runs, and queries of the tables."""

from conformance.store.errors import StoreError

__all__ = ["StoreError"]
