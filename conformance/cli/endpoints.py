"""Adds packs to the reference endpoint: their reference behaviour, their mutants, and the paths of their contracts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.config.retrieval import Retrieval, read_retrieval
from conformance.contract.errors import SpecError
from conformance.contract.pack import Pack
from conformance.contract.pack_code import import_part
from conformance.contract.packs import packs

if TYPE_CHECKING:
    from conformance.reference import Endpoint, PackReference, ReferenceServer, Settings
    from conformance.reference.part import Kind


def packs_of(contracts: Iterable[str]) -> list[Pack]:
    """Return the packs of the given contracts, in the same order."""
    known = {pack.name: pack for pack in packs()}
    return [known[name] for name in contracts if name in known]


def reference_of(pack: Pack) -> PackReference:
    """Return the reference behaviour that a pack adds to the reference endpoint.

    Raises `SpecError` if the pack's module defines no reference behaviour.
    """
    from conformance.reference import PackReference

    if not pack.has("reference"):
        return PackReference()
    module = import_part(pack, "reference")
    found = getattr(module, "REFERENCE", None)
    if not isinstance(found, PackReference):
        raise SpecError(f"pack {pack.name}: REFERENCE must be a PackReference", Path(str(module.__file__)))
    return found


def load_mutants(known: Iterable[Pack]) -> None:
    """Register the mutants that the given packs define.

    Raises `SpecError` if a module with mutants cannot be imported.
    """
    for pack in known:
        if pack.has("mutants"):
            import_part(pack, "mutants")


def owners_of(mutants: Iterable[str]) -> list[Pack]:
    """Return the packs that define the given mutants. Raises the same `SpecError` as `load_mutants`."""
    from conformance.reference.mutants import MUTANTS

    load_mutants(packs())
    homes = {MUTANTS[name].cls.__module__ for name in mutants if name in MUTANTS}
    return [pack for pack in packs() if pack.package and any(home.startswith(f"{pack.package}.") for home in homes)]


def endpoint_of(known: Sequence[Pack], mutants: Sequence[str] = (), settings: Settings | None = None) -> Endpoint:
    """Return the reference endpoint with the reference behaviour of the given packs and the faults of the named mutants.

    Raises `SpecError` if the reference behaviour of a pack cannot be added to the endpoint.
    """
    from conformance.reference import Settings
    from conformance.reference.mutants import endpoint_with

    settings = settings or Settings()
    parts: list[Kind] = []
    others = [pack for pack in (owners_of(mutants) if mutants else ()) if pack not in known]
    for pack in (*known, *others):
        added = reference_of(pack)
        parts += added.parts
        if pack in others:
            continue  # its settings may make the contract another one
        try:
            settings = replace(settings, **added.settings)
            endpoint_with(settings=settings, parts=parts)
        except TypeError as error:
            raise SpecError(f"pack {pack.name}: its reference endpoint cannot be made: {error}", pack.file) from None
    return endpoint_with(*mutants, settings=settings, parts=parts)


def bucket_of(contracts: Iterable[str]) -> Retrieval | None:
    """Return the storage bucket with which retrieval is tested on the reference endpoint; None if there is none."""
    options = {name: value for pack in packs_of(contracts) for name, value in reference_of(pack).options.items()}
    return read_retrieval(options.get)


def url_of(server: ReferenceServer, contracts: Iterable[str]) -> str:
    """Return the base URL at which a server serves the last contract in `contracts`."""
    return server.origin + base_path_of(packs_of(contracts))


def base_path_of(known: Sequence[Pack]) -> str:
    """Return the path of the base URL at which the last of the given packs is served."""
    paths = [reference_of(pack).base_path for pack in known]
    return paths[-1] if paths else "/v1"
