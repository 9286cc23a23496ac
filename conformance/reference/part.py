"""Parts: the components of the endpoint, each of which a subclass can replace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import get_type_hints

from conformance.reference.settings import Settings
from conformance.reference.store import Store


class Part:
    """A component of the endpoint with one subject.

    Annotated attributes (`http: Http`) declare the other parts that a part needs; the endpoint sets them. A subclass of
    a part may annotate additional parts.
    """

    settings: Settings
    store: Store

    def __init__(self, settings: Settings, store: Store) -> None:
        """Made by the endpoint. `store` is what all parts of one endpoint remember."""
        self.settings, self.store = settings, store

    def ready(self) -> None:
        """Called once, when all parts of the endpoint are connected."""


Kind = type[Part]
"""A class of parts: one that the endpoint is made of, or a subclass that replaces it."""


def kind_of(replacement: Kind, kinds: Iterable[Kind]) -> Kind:
    """Return the kind of part that a class replaces, from the given kinds.

    Raises `TypeError` if the class is not a subclass of any of the given kinds.

    """
    for kind in kinds:
        if issubclass(replacement, kind):
            return kind
    raise TypeError(f"{replacement.__name__} replaces no part of the endpoint: make it a subclass of one.")


def with_new(kinds: Iterable[Kind], classes: Iterable[Kind]) -> tuple[Kind, ...]:
    """Return the kinds, and all classes that are not subclasses of any kind.

    Of a class and its subclass only the class is added.
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
    """Create one object of each kind or its replacement, and set the attributes with the parts that it needs.

    Several replacements of one kind are combined: the first takes precedence, and its `super()` is the next.
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
    """Return the annotated attributes of a class whose types are parts."""
    return {
        name: hint for name, hint in get_type_hints(cls).items() if isinstance(hint, type) and issubclass(hint, Part)
    }
