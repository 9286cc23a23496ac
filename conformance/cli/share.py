"""Implements `conformance share`, which writes a zip file about one cause, for a bug report or for disputing a verdict."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.cli import options

if TYPE_CHECKING:
    from conformance.causes import Cause, Reproduction
    from conformance.record import RedactedRun
    from conformance.report.model import ReportModel


_MOST = 20


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
    recorded = read_run(run / "run.ndjson" if run.is_dir() else run)
    model = build_model(recorded, load_registry())
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
        _write(file, recorded, model, chosen, made)
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


def _run_file(recorded: RedactedRun, cause: Cause) -> str:
    """Return a run file that `conformance judge` can judge: it has the exchanges that the checks of a cause read.

    The run file selects the requirements that the cause breaks, but at most `_MOST`. Checks that judge all exchanges read
    only the exchanges that show the fault.
    """
    import json
    from dataclasses import replace

    from conformance.engine import ProbeKey
    from conformance.record import exchange_to_dict
    from conformance.record.codec import footer_to_dict, header_to_dict

    shown = {cause.exchange, *cause.evidence}
    for verdict in recorded.verdicts:
        if verdict.requirement in cause.requirements:
            shown.update(each.exchange for each in verdict.findings)
    chosen = cause.requirements[:_MOST]
    probes = _probes(chosen)
    settings = {**recorded.header.settings, "profile_file": None, "only": list(chosen)}
    header = replace(recorded.header, settings=settings, seal="")
    read = []
    for each in recorded.exchanges.values():
        key = ProbeKey.read(each.probe)
        if each.id in shown or each.probe == "preflight" or (key is not None and key.name in probes):
            read.append(each)
    lines = [{"kind": "header", **header_to_dict(header)}]
    lines += [{"kind": "exchange", **exchange_to_dict(each)} for each in read]
    if recorded.footer is not None:
        summary = {"requests": len(read), "exchanges": len(read), "by_outcome": {}}
        lines.append({"kind": "footer", **footer_to_dict(replace(recorded.footer, summary=summary))})
    return "".join(f"{json.dumps(line)}\n" for line in lines)


def _probes(requirements: Collection[str]) -> set[str]:
    """Return the names of the probes that the checks of some requirements need, with the probes that these need."""
    from conformance.checks.index import by_requirement
    from conformance.engine import probes

    checks = [check for name in requirements if (check := by_requirement().get(name))]
    known = probes()
    needed: set[str] = set()
    asked = [name for check in checks for name in check.probes]
    while asked:
        name = asked.pop()
        if name in known and name not in needed:
            needed.add(name)
            asked += known[name].needs
    return needed


def _write(file: Path, recorded: RedactedRun, model: ReportModel, cause: Cause, made: Reproduction) -> None:
    import zipfile

    from conformance.report.safe_text import visible

    texts = {
        "README.md": _readme(model, cause, made),
        "exchanges.ndjson": _run_file(recorded, cause),
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

{how} `exchanges.ndjson` is a run file with the requests and responses that show it, without secrets. `conformance judge {cause.key}.zip`
judges it again, without sending requests.

Target: {model.url}, model {model.model}, profile {model.profile}, audited {model.started} by {model.suite_name} {model.suite_version}.
"""
