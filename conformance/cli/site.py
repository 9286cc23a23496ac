"""Implements `conformance site`, which publishes a store as a static site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conformance.cli import options


def site(
    store: Annotated[Path, typer.Argument(help="The folder of the store.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder of the site.")],
    pack: options.Packs = None,
) -> None:
    """Publish a store as a static site: an overview, a page for each target and requirement, badges and data.

    The site needs no server. A change between two audits is shown only after a second audit confirmed it. Publish the
    site only where every reader is allowed to know the URLs and names of the targets.
    """
    from conformance.contract.areas import load_areas
    from conformance.contract.registry import load_registry
    from conformance.site.publish import publish
    from conformance.store.layout import StoreLayout

    options.use_packs(pack)
    made = publish(
        StoreLayout(store), output, load_registry(), load_areas(), lambda name: typer.echo(f"report: {name}", err=True)
    )
    typer.echo(f"{output}: {len(made.targets)} targets, {len(made.requirements)} requirements")
