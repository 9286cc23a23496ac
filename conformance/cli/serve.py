"""Implements `conformance serve`, which runs the reference endpoint, optionally with named faults."""

from __future__ import annotations

from typing import Annotated

import typer

from conformance.cli import options


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 8000,
    mutant: Annotated[list[str] | None, typer.Option("--mutant", help="Add this fault. Repeatable.")] = None,
    mutants: Annotated[bool, typer.Option("--mutants", help="List all mutants (faults).")] = False,
    profile: options.Profile = None,
    pack: options.Packs = None,
    latency: Annotated[float, typer.Option(min=0, help="Seconds before each response.")] = 0.0,
    token_latency: Annotated[float, typer.Option(min=0, help="Seconds before each token.")] = 0.0,
) -> None:
    """Serve the reference endpoint: OpenAI's API under /v1, and the additional paths of the packs in --profile and --pack."""
    from difflib import get_close_matches

    from conformance.cli.endpoints import base_path_of, endpoint_of, load_mutants, owners_of
    from conformance.config.profile import load_profile
    from conformance.config.target import TargetError
    from conformance.contract.packs import given_packs, packs
    from conformance.reference.mutants import MUTANTS

    options.use_packs(pack)
    load_mutants(packs())
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

    contracts = load_profile(profile).contracts if profile else ()
    owners = owners_of(mutant or ())
    wanted = [
        each
        for each in packs()
        if each.name in contracts or str(each.folder) in given_packs() or (each in owners and not profile)
    ]
    settings = Settings(latency_s=latency, token_latency_s=token_latency)
    served = endpoint_of(wanted, mutant or (), settings)
    paths = dict.fromkeys(["/v1", *(base_path_of([each]) for each in wanted)])
    where = ", ".join(f"http://127.0.0.1:{port}{path}" for path in paths)
    said = f"Reference endpoint: {where}, key {settings.api_key}"
    try:
        serve_forever(port=port, endpoint=served, begun=lambda: typer.echo(said))
    except OSError as error:
        raise TargetError(f"Port {port} cannot be opened ({error.strerror}). Choose another with --port") from None
