"""Implements `conformance document`, which writes the document about one or several audits for a manager."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conformance.cli import options


def document(
    runs: Annotated[list[Path], typer.Argument(help="The run.ndjson of each audit, or its folder.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")] = Path("document.html"),
    pack: options.Packs = None,
) -> None:
    """Write one HTML page about one or several audits: two printed pages for a manager, then all findings by cause.

    The page has the verdict per capability, what breaks, what to ask the vendor, cost and latency, method and limits.
    """
    from os.path import relpath

    from conformance.contract.registry import load_registry
    from conformance.options import TargetError
    from conformance.record import read_run
    from conformance.record.whole_file import write_whole
    from conformance.report.document_html import document_html
    from conformance.report.model import build_model

    options.use_packs(pack)
    registry = load_registry()
    folders = [path if path.is_dir() else path.parent for path in runs]
    models = [build_model(read_run(path / "run.ndjson" if path.is_dir() else path), registry) for path in runs]
    links = [relpath(folder, output.parent) if (folder / "report.html").is_file() else "" for folder in folders]
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_whole(output, document_html(models, links))
    except OSError as error:
        raise TargetError(f"{output} cannot be written ({error.strerror}). Choose another file with --output") from None
