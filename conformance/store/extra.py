"""Imports the packages of the extra `store`.

The packages `duckdb` and `zstandard` are imported only when a command of the store runs.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from conformance.store.errors import StoreError


def duckdb() -> Any:
    """Return the module `duckdb`, which reads and writes Parquet.

    Raises `StoreError` if the package `duckdb` is not installed.
    """
    return _imported("duckdb")


def zstandard() -> Any:
    """Return the module `zstandard`, which compresses run files.

    Raises `StoreError` if the package `zstandard` is not installed.
    """
    return _imported("zstandard")


def _imported(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise StoreError(
            f"The store needs the package {name} ({error}). "
            "Install it with the extra `store`: pip install 'openai-conformance[store]'"
        ) from error
