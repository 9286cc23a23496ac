"""Client libraries that fail under a fault of an endpoint, as measured with real clients."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.contract.located import Located, load_yaml
from conformance.specs import SPECS


@dataclass(frozen=True, slots=True)
class ClientFault:
    """One fault of an endpoint, and the client libraries that fail if an endpoint has this fault.

    `shows` lists pairs of a requirement and a symptom. The symptom is an id, such as `field-usage`, or a kind of
    symptom, such as `rejected`. An endpoint has the fault if the endpoint violates the requirement and shows the
    symptom of every pair in `shows`. `tested` lists the clients that were tested with the fault, and `fail` those of
    them that raise an exception, hang, or return a wrong result.
    """

    fault: str
    shows: tuple[tuple[str, str], ...]
    fail: tuple[str, ...]
    tested: tuple[str, ...]


@cache
def load_client_faults(specs: Path = SPECS) -> tuple[ClientFault, ...]:
    """Return the faults of endpoints in `openai/clients.yaml`. Raises `SpecError` if `clients.yaml` is malformed."""
    document = load_yaml(specs / "openai" / "clients.yaml")
    document.mapping((), allowed=("tested", "faults"), required=("tested", "faults"), what="the clients file")
    clients = tuple(document.at(("tested",)))
    return tuple(_fault(document, place, clients) for place in range(len(document.at(("faults",)))))


def _fault(document: Located, place: int, clients: tuple[str, ...]) -> ClientFault:
    here = ("faults", place)
    fields = ("fault", "shows", "fail")
    document.mapping(here, allowed=(*fields, "untested"), required=fields, what="a fault")
    shows = tuple((name, document.text(*here, "shows", name)) for name in document.at((*here, "shows")))
    fail, untested = (document.texts(*here, name) for name in ("fail", "untested"))
    unknown = sorted({*fail, *untested} - set(clients)) or sorted(set(fail) & set(untested))
    if unknown:
        raise document.error(f"{unknown[0]} is no client in 'tested', or fails untested", *here, "fail")
    tested = tuple(name for name in clients if name not in untested)
    return ClientFault(document.text(*here, "fault"), shows, fail, tested)
