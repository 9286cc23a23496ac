"""`conformance serve`: the reference endpoint, right or wrong in named ways."""

from __future__ import annotations

from typing import Annotated

import typer


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 8000,
    mutant: Annotated[
        list[str] | None, typer.Option("--mutant", help="Make it wrong in this way; may be repeated.")
    ] = None,
    mutants: Annotated[bool, typer.Option("--mutants", help="List the ways in which it can be wrong.")] = False,
    latency: Annotated[float, typer.Option(min=0, help="Seconds before each answer.")] = 0.0,
    token_latency: Annotated[float, typer.Option(min=0, help="Seconds before each token.")] = 0.0,
) -> None:
    """Serve the reference endpoint: OpenAI's API under /v1, Telnyx's under /v2/ai/openai."""
    from difflib import get_close_matches

    from conformance.config.target import TargetError
    from conformance.reference.mutants import MUTANTS, endpoint_with

    if mutants:
        width = max(map(len, MUTANTS))
        for name, found in sorted(MUTANTS.items()):
            typer.echo(f"{name:{width}}  {(found.cls.__doc__ or '').splitlines()[0]}")
        return
    for name in mutant or ():
        if name not in MUTANTS:
            near = get_close_matches(name, MUTANTS, n=3)
            hint = f"Did you mean {', '.join(near)}?" if near else "`conformance serve --mutants` lists them."
            raise TargetError(f"no mutant {name!r}. {hint}")
    from conformance.reference import Settings
    from conformance.reference.serve import serve as serve_forever

    settings = Settings(latency_s=latency, token_latency_s=token_latency)
    typer.echo(f"Reference endpoint: http://127.0.0.1:{port}/v1 (Telnyx: /v2/ai/openai), key sk-reference")
    serve_forever(port=port, endpoint=endpoint_with(*(mutant or ()), settings=settings))
