"""Options that several commands share, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conformance.target.target import TargetError

Url = Annotated[
    str | None,
    typer.Argument(
        metavar="[URL]",
        help="Base URL as an OpenAI SDK takes it (http://localhost:8000/v1), or a name from conformance.toml."
        " Without it, the built-in reference endpoint.",
        show_default=False,
    ),
]
Model = Annotated[str | None, typer.Option(help="Model to ask for. Default: the first that /models lists.")]
Profile = Annotated[str | None, typer.Option(help="openai (default), telnyx, vllm, or a profile's YAML file.")]
KeyEnv = Annotated[
    str | None, typer.Option(help="Environment variable that holds the key. Default: CONFORMANCE_API_KEY.")
]
KeyFile = Annotated[str | None, typer.Option(help="File that holds the key.")]
NoKey = Annotated[bool, typer.Option("--no-key", help="Send no key, even if one is set.")]
Config = Annotated[str | None, typer.Option(help="TOML file with targets. Default: conformance.toml here.")]
Header = Annotated[list[str] | None, typer.Option("--header", help="Header to send with every request: 'Name: value'.")]
Only = Annotated[
    list[str] | None, typer.Option("--only", help="Only this requirement or area (chat.stop); may be repeated.")
]
Depth = Annotated[
    str | None,
    typer.Option(
        metavar="quick|standard|deep",
        help="How much is asked: quick (default), standard (some 160 generated cases), deep (all there are, and what"
        " is long or many: large schemas, hundreds of choices).",
        show_default=False,
    ),
]
Deep = Annotated[bool, typer.Option("--deep", help="Short for --depth deep.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Seed of the generated cases; the same seed, the same cases.")]
Case = Annotated[
    str | None,
    typer.Option(
        metavar="ID", help="Repeat one generated case of an earlier run: its id, or its file RUN/cases/ID.json."
    ),
]
Spec = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|URL",
        help="The target's own OpenAPI document: requests are generated from it, and every response is judged by it, too.",
    ),
]
Output = Annotated[Path | None, typer.Option(help="Folder for the run and its reports. Default: reports/TARGET/TIME.")]


def headers_of(lines: list[str] | None) -> tuple[tuple[str, str], ...]:
    """Header lines as pairs. Raises `TargetError` for a line that is none."""
    pairs = []
    for number, line in enumerate(lines or (), 1):
        name, colon, value = line.partition(":")
        if not colon or not name.strip() or any(c in line for c in "\r\n\0"):
            # The line itself may be a credential.
            raise TargetError(f"--header (number {number}) is not of the form 'Name: value', on one line")
        pairs.append((name.strip().lower(), value.strip()))
    return tuple(pairs)
