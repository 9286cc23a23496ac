"""Regular expressions and lists of choices: the same test cases for each contract that has parameters for them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from conformance.checks import ByName, deep, probe, requirement, uses
from conformance.checks.constraints import Choice, Constraint, Dialect, Regex
from conformance.checks.families import put_check
from conformance.checks.scenarios.guided.asking import POEM, Asked, ask, expect_obeyed
from conformance.checks.scenarios.guided.conftest import PLAIN
from conformance.engine.clients import Chat


@dataclass(frozen=True, slots=True)
class ConstraintCase:
    """One test case: a constraint, a dictated text that violates it, and the last part of the requirement's id."""

    name: str
    constraint: Constraint
    dictated: str = POEM
    both: bool = False  # in both transports
    deep: bool = False


def say(text: str) -> str:
    """Return a prompt that tells the model to answer with exactly the given text, which the constraint forbids."""
    return f"Answer with exactly this and nothing else: {text}"


REFERENCE_CODE = Regex(r"ref-[0-9]{4}-[A-F]{3}")
THREE = Choice(("quixotic-plover", "brass lanternfish", "onyx 77"))
CASES = (
    ConstraintCase("json.enforced", PLAIN, both=True),
    ConstraintCase("regex.enforced", REFERENCE_CODE, both=True),
    ConstraintCase("regex.syntax", Regex(r"(zq|xv)[^a-z0-9\s]{2}[0-9]{1,3}k?w+?[QZ]"), say("zq12 is the sea")),
    ConstraintCase("regex.anchors", Regex(r"^kv-[0-9]{3}$"), say("the code is kv-123."), deep=True),
    ConstraintCase("regex.escapes", Regex(r"v1\.0\+\(zq\)\[7\]\\"), say("v1a0 zq 7")),
    ConstraintCase("regex.unicode", Regex(r"größe-[αβγ]{2}-漢"), say("grosse-ab-k")),
    ConstraintCase("choice.enforced", THREE, both=True),
    ConstraintCase("choice.single", Choice(("Zorblaxian Qi",)), say("zorblaxian qi"), deep=True),
    ConstraintCase("choice.prefixes", Choice(("zor", "zorblax", "zorblaxian")), say("zorblaxia")),
    ConstraintCase("choice.quoting", Choice(('  "zq"\nkw ', "it's\tx\\y")), say("zq kw, it is")),
    ConstraintCase(
        "choice.many", Choice(tuple(f"kv {i * 7919 % 9973:04d}" for i in range(400))), say("kv 12"), deep=True
    ),
)


def staged(name: str, case: ConstraintCase, dialect: Dialect) -> Any:
    """Create the probe that sends one test case in one dialect."""

    async def asked(chat: Chat) -> Asked:
        return await ask(chat, dialect, case.constraint, case.dictated)

    asked.__name__ = name
    asked.__doc__ = f"{case.name}, asked by {dialect.name}."
    return probe(transports=("json", "sse") if case.both else ("json",))(asked)


def checked(name: str, case: ConstraintCase, contract: str, *, long: bool) -> Callable[[ByName], None]:
    """Create the check of one test case for one contract."""

    @requirement(f"{contract}.{case.name}")
    @uses(name)
    def test(request: ByName) -> None:
        expect_obeyed(request.getfixturevalue(name))

    test.__name__ = f"test_{name}"
    test.__doc__ = f"{case.name}: the answer has the form, whatever the prompt dictates."
    return deep(test) if long else test


def put_patterns(module: str, contract: str, dialect: Dialect, *, long: Collection[str] = ()) -> None:
    """Add a check for each test case to a module.

    The requirement's id consists of `contract` and the name of the test case. Test cases run only at depth `deep` if
    they are named in `long`, or marked as `deep`.
    """
    for case in CASES:
        name = f"{contract}_{case.name}".replace(".", "_").replace("-", "_")
        check = checked(name, case, contract, long=case.deep or case.name in long)
        put_check(module, check, staged(name, case, dialect))
