"""The generated cases that a run saved, as a person wants them: the small body, a curl, and how to repeat it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from conformance.config.saved_case import SavedCase
    from conformance.config.target import Target
    from conformance.record import RedactedRun

SHOWN = 5
_BODY = 600


def show_cases(run: RedactedRun, directory: Path, target: Target) -> None:
    """Print the saved cases of a run, the first few in full. The key stays in its environment variable."""
    from conformance.config.saved_case import FOLDER, find_case
    from conformance.report.evidence import bounded_curl
    from conformance.report.safe_text import clip, for_terminal

    files = sorted((directory / FOLDER).glob("*.json"))
    if not files:
        return
    typer.echo(
        f"\nGenerated cases ({target.depth}, seed {target.seed}), saved in {for_terminal(str(directory / FOLDER))}"
    )
    for file in files[:SHOWN]:
        case = find_case(str(file))
        typer.echo(f"\n{for_terminal(case.id)}  {for_terminal(case.requirement)}")
        typer.echo(f"  sent    {for_terminal(clip(case.body, _BODY))}")
        typer.echo(f"  target  {for_terminal(clip(case.observed, _BODY))}")
        exchange = run.exchanges.get(case.exchange)
        if exchange is not None:
            typer.echo("  " + for_terminal(bounded_curl(exchange, target.key_env, 4_000)))
        words = ["conformance", "run", run.header.target.url, *_how(run), "--case", str(file)]
        typer.echo(f"  repeat  {for_terminal(shlex.join(words))}")
    if len(files) > SHOWN:
        typer.echo(f"\n…and {len(files) - SHOWN} more in {for_terminal(str(directory / FOLDER))}")


def _how(run: RedactedRun) -> list[str]:
    """How the target of a run was addressed, where that is not the default: a case that is repeated is to mean the same."""
    settings, profile = run.header.settings, run.header.target.profile
    words = [] if profile == "openai" else ["--profile", str(settings.get("profile_file") or profile)]
    for name in ("key_header", "key_form"):
        words += [f"--{name.replace('_', '-')}", str(settings[name])] if settings.get(name) else []
    return [*words, *(["--spec", str(settings["spec"])] if settings.get("spec") else [])]


REQUESTS = {"responses": "CreateResponse", "completions": "CreateCompletionRequest"}
"""The schema of an operation's requests, by the second word of a requirement; chat's for all others."""


def check_case(case: SavedCase) -> None:
    """Raises `TargetError` for a case without a fault whose body is not right: a user may have edited its file."""
    from conformance.config.target import TargetError
    from conformance.contract import load_schemas
    from conformance.wire import parse_json

    if case.keyword:
        return
    schema = REQUESTS.get(case.requirement.split(".")[1], "CreateChatCompletionRequest")
    errors = load_schemas().errors(schema, parse_json(case.body))
    if errors:
        raise TargetError(
            f"the body of case {case.id} has no fault by its file, and breaks {schema} at {errors[0].pointer or '/'}: "
            f"{errors[0].message}. Take the case as the run wrote it"
        )
