"""The rows of the table of options that distribute audits over several machines."""

from __future__ import annotations

from conformance.options.option import Kind, Option, Surface

MACHINES = (
    Option(
        "shard",
        "Audit only one part of --all, such as 2/8. All targets of one host are in the same part. `conformance merge`"
        " merges the folders of all parts.",
        metavar="NUMBER/COUNT",
        default_text="all targets",
        on=frozenset({Surface.RUN}),
        reference=False,
    ),
    Option(
        "shards",
        "With --all: print which target belongs to which of this many shards.",
        kind=Kind.WHOLE,
        metavar="COUNT",
        least=1,
        most=100_000,
        on=frozenset({Surface.PLAN}),
        reference=False,
    ),
    Option(
        "dask",
        "Perform the audits of --all on the workers of a Dask cluster: the address of its scheduler, such as"
        " tcp://scheduler:8786, or local for a cluster on this machine. Requires the extra dask.",
        metavar="ADDRESS|local",
        default_text="perform them on this machine without Dask",
        on=frozenset({Surface.RUN}),
        reference=False,
    ),
)
"""Shards, and Dask."""
