"""The rows of the table of options that distribute audits over several machines."""

from __future__ import annotations

from conformance.options.option import Kind, Option, Surface

MACHINES = (
    Option(
        "shard",
        "Audit only one shard of the targets, such as 2/8, with --all. All targets of one host are in the same shard."
        " `conformance merge` merges the output folders of all shards.",
        metavar="NUMBER/COUNT",
        default_text="all targets",
        on=frozenset({Surface.RUN}),
        reference=False,
    ),
    Option(
        "shards",
        "Number of shards. With --all and --shards, the command prints the shard of each target.",
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
        " tcp://scheduler:8786, or local for a cluster on this machine. The option --dask requires the extra dask.",
        metavar="ADDRESS|local",
        default_text="perform them on this machine without Dask",
        on=frozenset({Surface.RUN}),
        reference=False,
    ),
)
"""Shards, and Dask."""
