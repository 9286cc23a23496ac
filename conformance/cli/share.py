"""Implements `conformance share`, which writes a zip file about one cause, for a bug report or for disputing a verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.cli import options

if TYPE_CHECKING:
    from conformance.causes import Cause, Reproduction
    from conformance.report.model import ReportModel


def share(
    run: Annotated[Path, typer.Argument(help="run.ndjson, or the folder that holds it.")],
    cause: Annotated[str, typer.Argument(help="A cause: its place in the report (1), its key, or a requirement.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The zip file (default: CAUSE.zip). It must not exist.")
    ] = None,
    script: Annotated[bool, typer.Option("--script", help="Print the script on stdout, and write no file.")] = False,
    pack: options.Packs = None,
) -> None:
    """Write a zip file about a cause: redacted exchanges, a script that reproduces the fault, and version numbers."""
    from conformance.causes import reproduce
    from conformance.config.target import TargetError
    from conformance.contract.registry import load_registry
    from conformance.record import read_run
    from conformance.report.model import build_model
    from conformance.report.wording import repeating

    options.use_packs(pack)
    model = build_model(read_run(run / "run.ndjson" if run.is_dir() else run), load_registry())
    chosen = _chosen(model, cause)
    made = reproduce(
        chosen,
        model.exchanges,
        model.url,
        model.key_env or "OPENAI_API_KEY",
        requirement=cause if cause in chosen.requirements else "",
        options=repeating(model),
    )
    if script:
        if not made.script:
            raise TargetError(f"There is no script for {chosen.key}. {made.sentence}")
        typer.echo(made.script, nl=False)
        return
    file = output or Path(f"{chosen.key}.zip")
    try:
        _write(file, model, chosen, made)
    except FileExistsError:
        raise TargetError(f"{file} exists. Name another file with --output") from None
    except OSError as error:
        raise TargetError(f"{file} cannot be written ({error.strerror})") from None
    typer.echo(str(file))


def _chosen(model: ReportModel, wanted: str) -> Cause:
    from conformance.config.target import TargetError

    if wanted.isdigit() and 0 < int(wanted) <= len(model.causes):
        return model.causes[int(wanted) - 1]
    found = next((cause for cause in model.causes if wanted == cause.key or wanted in cause.requirements), None)
    if found is None:
        known = ", ".join(cause.key for cause in model.causes[:10]) or "none"
        raise TargetError(f"The run has no cause {wanted!r}. It has: {known}")
    return found


def _write(file: Path, model: ReportModel, cause: Cause, made: Reproduction) -> None:
    import json
    import zipfile

    from conformance.record import exchange_to_dict
    from conformance.report.safe_text import visible

    exchanges = [
        model.exchanges[name] for name in dict.fromkeys((cause.exchange, *cause.evidence)) if name in model.exchanges
    ]
    texts = {
        "README.md": _readme(model, cause, made),
        "exchanges.ndjson": "".join(f"{json.dumps(exchange_to_dict(each))}\n" for each in exchanges),
        "requests.sh": "\n\n".join(made.commands) + "\n",
    }
    if made.script:
        texts["reproduce.py"] = made.script
    with zipfile.ZipFile(file, "x", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(f"{cause.key}/{name}", text if name == "exchanges.ndjson" else visible(text))


def _readme(model: ReportModel, cause: Cause, made: Reproduction) -> str:
    how = (
        "`reproduce.py` exits with 1 while the fault is there."
        if made.script
        else f"{made.sentence} See `requests.sh`."
    )
    return f"""# {cause.title}

- Expected: {cause.finding.expected}
- Got: {cause.finding.observed}
- Where: {cause.finding.where or "the response"}, exchange {cause.exchange}
- Seen: on {cause.share}
- Breaks: {", ".join(cause.requirements)}
- Impact: {cause.impact}
- Fix: {cause.fix}

{how} `exchanges.ndjson` has the requests and responses that show it, without secrets.

Target: {model.url}, model {model.model}, profile {model.profile}, audited {model.started} by {model.suite_name} {model.suite_version}.
"""
