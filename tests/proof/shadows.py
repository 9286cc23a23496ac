"""Whether a mutant's own method changes anything for the call at hand: asked of a shadow of it, beside the right endpoint."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import cache
from typing import Any, cast

from conformance.reference import dialect
from conformance.reference.endpoint import PARTS
from conformance.reference.mutants import MUTANTS
from conformance.reference.part import Kind, kind_of
from conformance.reference.settings import Settings

# Made once, and known by identity: `dialect is TELNYX`.
_CONSTANTS = {id(value): name for name, value in vars(dialect).items() if isinstance(value, dialect.Dialect)}
_ATOMS = (str, bytes, int, float, bool, type(None))
_OF_EVERY_CLASS = {*vars(type("Empty", (), {})), "__annotations__", "__static_attributes__", "__firstlineno__"}


class Opaque(TypeError):
    """A value of which it cannot be said whether another is the same."""


def form(value: Any) -> Any:
    """What two values have in common only when they are the same in every part, of the same types and in the same order.

    Raises:
        Opaque: the value, or a part of it, is more than data: a generator, an answer, a function.

    """
    kind = type(value)
    if id(value) in _CONSTANTS:
        return kind, _CONSTANTS[id(value)]
    if kind in _ATOMS:
        return kind, repr(value) if kind is float else value
    if kind in (list, tuple):
        return kind, tuple(map(form, value))
    if kind is dict:
        return kind, tuple((form(key), form(each)) for key, each in value.items())
    if kind is frozenset:
        return kind, tuple(sorted(map(form, value), key=repr))
    if isinstance(value, Enum):
        return kind, value.name
    if is_dataclass(value) and not isinstance(value, type):
        return kind, tuple(form(getattr(value, field.name)) for field in fields(value))
    raise Opaque(f"{kind.__name__} is more than data")


def copied(value: Any) -> Any:
    """A copy that shares nothing with data that `form` accepts but what cannot change; that is the same, not a copy."""
    kind = type(value)
    if kind is list:
        return list(map(copied, value))
    if kind is dict:
        return {key: copied(each) for key, each in value.items()}
    if kind is tuple:
        parts = tuple(map(copied, value))
        return value if _same(parts, value) else parts
    if is_dataclass(value) and not isinstance(value, type) and id(value) not in _CONSTANTS:
        old = {field.name: getattr(value, field.name) for field in fields(value)}
        new = {name: copied(each) for name, each in old.items()}
        frozen = cast(Any, value).__dataclass_params__.frozen and _same(new.values(), old.values())
        return value if frozen else replace(cast(Any, value), **new)
    return value


def _same(one: Iterable[Any], other: Iterable[Any]) -> bool:
    return all(here is there for here, there in zip(one, other, strict=True))


KINDS = {kind.__name__: kind for kind in PARTS}


@cache
def replaced_by(name: str) -> frozenset[str]:
    """The attributes of the right endpoint's parts that a mutant has its own of, as `Part.attribute`."""
    return frozenset(
        f"{kind.__name__}.{attribute}"
        for cls in MUTANTS[name].classes
        for kind in [kind_of(cls, PARTS)]
        for own in cls.__mro__
        if own not in kind.__mro__
        for attribute in (vars(own).keys() & {*dir(kind), "__init__"}) - _OF_EVERY_CLASS
    )


@cache
def is_plain(attribute: str) -> bool:
    """Whether an attribute is a method that gives its result at once, so that a call of it can be tried beside."""
    part, _, name = attribute.partition(".")
    method = inspect.getattr_static(KINDS[part], name, None)
    return (
        inspect.isfunction(method)
        and not name.startswith("__")
        and not inspect.isgeneratorfunction(method)
        and not inspect.iscoroutinefunction(method)
        and not inspect.isasyncgenfunction(method)
    )


def token(attribute: str, mutant: str) -> str:
    """How it is noted that a mutant's own `attribute` changes something."""
    return f"{attribute}@{mutant}"


def tokens_of(mutant: str) -> frozenset[str]:
    """What a request must have touched for a mutant to reach it: the attribute, or a call of it that comes out otherwise."""
    return frozenset(token(each, mutant) if is_plain(each) else each for each in replaced_by(mutant))


@cache
def replacing(attribute: str) -> tuple[str, ...]:
    """The mutants that have their own of a method; those that are made otherwise than the right endpoint left out."""
    return tuple(
        name for name in MUTANTS if attribute in replaced_by(name) and not is_made_otherwise(replaced_by(name))
    )


def is_made_otherwise(replaced: Iterable[str]) -> bool:
    """Whether a part is made otherwise than the right endpoint's."""
    return any(each.endswith(".__init__") for each in replaced)


class Call:
    """One call of a right method, and what mutants would have made of the same call."""

    def __init__(self, attribute: str, *arguments: Any, **keywords: Any) -> None:
        """Before the right method is called. Raises `Opaque`."""
        self._attribute = attribute
        self._real = (arguments, keywords)
        self._given = form(self._real)
        self._came: Any = None
        self._came_to: Any = None
        self._asked = 0

    def ended(self, came: Any) -> None:
        """The right method gave this, or raised it. Raises `Opaque`, also where it has changed what it was given."""
        if form(self._real) != self._given:
            raise Opaque("the right method changes what it is given")
        self._came, self._came_to = came, form(came)
        self._keep_copies()

    def _keep_copies(self) -> None:
        self._copies = copied((self._real, self._came))
        self._state = _state(self._copies)

    def altered_by(self, mutant: str, settings: Settings) -> bool:
        """Whether the mutant's own method does anything else than call the right one with the same and pass on what comes.

        It has nothing of the endpoint but its settings: whatever else it looks at counts as doing something else.
        """
        shadow = object.__new__(_shadow_of(mutant, self._attribute))
        own = {"settings": settings, "shadowed": self}
        vars(shadow).update(own)
        self._asked = 0
        (arguments, keywords), came = self._copies
        try:
            found = getattr(shadow, self._attribute.partition(".")[2])(*arguments, **keywords)
            same = not isinstance(came, Exception)
        except Exception as error:  # noqa: BLE001 - whatever it is
            found, same = error, error is came
        if inspect.iscoroutine(found):
            found.close()
        if _state(self._copies) != self._state:
            self._keep_copies()  # for the next mutant
            return True
        return not (same and self._asked == 1 and vars(shadow) == own and (found is came or self._is_as_came(found)))

    def _is_as_came(self, found: Any) -> bool:
        try:
            return bool(form(found) == self._came_to)
        except Opaque:
            return False

    def answer(self, *arguments: Any, **keywords: Any) -> Any:
        """What the right method gave or raised, for the mutant that asks it; `Opaque` where it asks something else."""
        (known, named), came = self._copies
        same = len(arguments) == len(known) and not keywords and not named
        if not (same and _same(arguments, known)) and form((arguments, keywords)) != self._given:
            raise Opaque("the right method is asked something else")
        self._asked += 1
        if isinstance(came, Exception):
            raise came
        return came


def _state(copies: Any) -> Any:
    """What is another as soon as a part of these same objects was changed in place."""
    (arguments, keywords), came = copies
    if any(isinstance(each, Exception) for each in (*arguments, *keywords.values(), came)):
        return form(copies)  # pickle forgets what an exception holds
    return pickle.dumps(copies)


def altering(call: Call | None, came: Any, settings: Settings, mutants: Iterable[str]) -> list[str]:
    """The mutants of these whose own method changes something for a call; where that cannot be said, all."""
    mutants = list(mutants)
    try:
        if call is not None:
            call.ended(came)
            return [mutant for mutant in mutants if call.altered_by(mutant, settings)]
    except Opaque:
        pass
    return mutants


@cache
def _shadow_of(mutant: str, attribute: str) -> Kind:
    """The mutant's part, whose call of the right method gives what was given already."""
    part, _, name = attribute.partition(".")
    kind = KINDS[part]

    def answer(self: Any, *arguments: Any, **keywords: Any) -> Any:
        return self.shadowed.answer(*arguments, **keywords)

    right = type("Right", (kind,), {name: answer})
    own = [cls for cls in MUTANTS[mutant].classes if issubclass(cls, kind)]
    return type("Shadow", (*own, right), {})
