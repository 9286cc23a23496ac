"""Parts are the components of the reference endpoint.

A subclass of a part (a component of the reference endpoint) can replace the part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import get_type_hints

from conformance.reference.settings import Settings
from conformance.reference.store import Store


class Part:
    """A component of the reference endpoint, with one task.

    A part declares each other part of the endpoint that it needs as an annotated attribute, such as `http: Http`. The
    endpoint sets the attributes that a part declares. If a subclass of a part needs further parts, the subclass also
    declares attributes for them.
    """

    settings: Settings
    store: Store

    def __init__(self, settings: Settings, store: Store) -> None:
        """Made by the endpoint. `store` is what all parts of one endpoint remember."""
        self.settings, self.store = settings, store

    def ready(self) -> None:
        """The endpoint calls `ready` once, when all parts are connected."""


Kind = type[Part]
"""A class of parts: one that the endpoint is made of, or a subclass that replaces it."""


def kind_of(replacement: Kind, kinds: Iterable[Kind]) -> Kind:
    """Return the class in `kinds` that `replacement` equals or inherits from.

    Raises `TypeError` if `replacement` inherits from no class in `kinds`.

    """
    for kind in kinds:
        if issubclass(replacement, kind):
            return kind
    raise TypeError(f"{replacement.__name__} replaces no part of the endpoint: make it a subclass of one.")


def with_new(kinds: Iterable[Kind], classes: Iterable[Kind]) -> tuple[Kind, ...]:
    """Return the classes in `kinds`, and each class in `classes` that inherits from no class in `kinds`.

    If `classes` has both a class and a subclass of it, the subclass is left out.
    """
    known = tuple(kinds)
    strange = [each for each in dict.fromkeys(classes) if not issubclass(each, known)]
    return (
        *known,
        *(each for each in strange if not any(each is not one and issubclass(each, one) for one in strange)),
    )


def assembled(
    kinds: Iterable[Kind], replacements: Iterable[Kind], settings: Settings, store: Store
) -> Mapping[Kind, Part]:
    """Create one part of each class in `kinds`, or of the class that replaces it, and connect the parts.

    Several classes that replace the same class are combined by multiple inheritance: the first of them takes
    precedence, and its `super()` is the second of them.
    """
    kinds = tuple(kinds)
    chosen: dict[Kind, list[Kind]] = {kind: [] for kind in kinds}
    for replacement in replacements:
        chosen[kind_of(replacement, kinds)].append(replacement)
    parts = {kind: _joined(own or [kind])(settings, store) for kind, own in chosen.items()}
    for part in parts.values():
        for name, kind in needs(type(part)).items():
            setattr(part, name, parts[kind_of(kind, kinds)])
    for part in parts.values():
        part.ready()
    return parts


def _joined(classes: list[Kind]) -> Kind:
    """One class of all. One that another of them is a subclass of is there already."""
    last = [
        cls for cls in dict.fromkeys(classes) if not any(each is not cls and issubclass(each, cls) for each in classes)
    ]
    return last[0] if len(last) == 1 else type("_".join(cls.__name__ for cls in last), tuple(last), {})


def needs(cls: type) -> dict[str, Kind]:
    """Return the names and classes of the parts that a class declares as annotated attributes."""
    return {
        name: hint for name, hint in get_type_hints(cls).items() if isinstance(hint, type) and issubclass(hint, Part)
    }
