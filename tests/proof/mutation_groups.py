"""What is mutated, and which tests are to notice: a group is a few files with the tests of just these."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.proof.mutant_fork import ROOT
from tests.proof.mutators import Mutation, mutations

SEED = 20_260_101


@dataclass(frozen=True, slots=True)
class Group:
    """Files and tests, as patterns from the root. `warm` loads what none of these files is part of, once for all."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    warm: Callable[[], object] = lambda: None


def _contract() -> None:
    """Importing and reading the contract takes longer than judging a few exchanges by it."""
    import conformance.recordings
    import conformance.reply  # noqa: F401 - loaded, not used
    from conformance.contract import load_registry, load_schemas

    load_registry()
    load_schemas()


_PURE = ("curl", "decoding", "exchange", "json_data", "limits", "redact", "retry", "sse")

GROUPS: dict[str, Group] = {
    "verdict": Group(("conformance/verdict/*.py",), ("tests/verdict/test_*.py",)),
    "wire": Group(
        tuple(f"conformance/wire/{name}.py" for name in (*_PURE, "spellings", "wide")),  # what redact is made of
        tuple(f"tests/wire/test_{name}*.py" for name in _PURE),
    ),
    "transport": Group(
        tuple(
            f"conformance/wire/{name}.py"
            for name in ("attempt", "failures", "head", "http_client", "messages", "websocket")
        ),
        ("tests/wire/test_transport*.py", "tests/wire/test_websocket*.py"),
    ),
    "invariants": Group(
        (
            "conformance/checks/invariants/[a-z]*.py",
            *(
                f"conformance/checks/{name}.py"
                for name in ("judgement", "response_grammar", "response_parts", "schema")
            ),
            *(f"conformance/reply/{name}.py" for name in ("reading", "response_views", "views")),
        ),
        tuple(
            f"tests/checks/test_{name}.py"
            for name in (
                "invariant*",
                "right_exchanges",
                "chat_*",
                "refusals",
                "http_answers",
                "response_*",
                "telnyx_answers",
                "framing",
                "rate_limits",
                "views",
                "schema",
            )
        ),
        _contract,
    ),
}


def files_of(group: str) -> list[Path]:
    """The files of a group that have anything to mutate."""
    return [file for file in _found(GROUPS[group].files) if not file.name.startswith("test_")]


def held_by(group: str) -> list[str]:
    """The test files of a group, from the root."""
    return [str(file.relative_to(ROOT)) for file in _found(GROUPS[group].tests)]


def _found(patterns: Sequence[str]) -> list[Path]:
    return sorted({file for pattern in patterns for file in ROOT.glob(pattern)})


def chosen(group: str, sample: int | None = None, seed: int = SEED) -> list[tuple[Path, Mutation]]:
    """All mutants of a group, or a sample that is the same every time."""
    found = [(file, each) for file in files_of(group) for each in mutations(file.read_text(encoding="utf-8"))]
    if sample is None or sample >= len(found):
        return found
    return sorted(random.Random(seed).sample(found, sample), key=lambda pair: (pair[0], pair[1]))  # noqa: S311 - a sample
