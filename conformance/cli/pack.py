"""Implements `conformance pack`, which creates a pack, checks it, and proves that its checks can fail."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conformance.cli.usage import Commands

app = typer.Typer(
    cls=Commands,
    help="Create, check and prove packs: contracts of vendors. A pack contains code: never run a pack that you do not trust.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Folder = Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder of the pack.", show_default="this folder")]


@app.command("new")
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the contract and of its profile: a-z, 0-9 and -.")
    ],
    title: Annotated[str, typer.Option("--title", help="The vendor's name. Default: NAME, capitalised.")] = "",
) -> None:
    """Create a working pack with one check of each kind in the new folder NAME."""
    from conformance.cli.pack_new import write_pack

    folder = write_pack(name, title or name.replace("-", " ").title(), Path())
    typer.echo(f"wrote {folder}; next: conformance pack check {folder}, conformance pack prove {folder}")


@app.command("check")
def check(folder: Folder = Path()) -> None:
    """Find duplicate ids, missing sources, requirements without a check, and promised features without a requirement.

    The exit code is 0 without problems, 1 with problems, and 2 if the pack cannot be read.
    """
    from conformance.cli.pack_check import problems
    from conformance.cli.say import harmless

    pack, found = problems(folder)
    for each in found:
        typer.echo(harmless(each))
    typer.echo(
        f"{pack.name} {pack.version}: {'no' if not found else len(found)} {'problem' if len(found) == 1 else 'problems'}"
    )
    raise typer.Exit(1 if found else 0)


@app.command("prove")
def prove(folder: Folder = Path()) -> None:
    """Audit the pack's reference endpoint with the pack's requirements: first without a fault, then with each mutant.

    The endpoint without a fault must pass all requirements, and each mutant must violate exactly the requirements that
    it names. The exit code is 0 if the pack is proven, 1 if it is not, and 2 if it cannot be read.
    """
    from conformance.cli.pack_prove import proofs

    good = True
    for proof in proofs(folder):
        good = good and proof.good
        typer.echo(f"{'ok   ' if proof.good else 'WRONG'}  {proof.name}: {proof.said}")
    raise typer.Exit(0 if good else 1)
