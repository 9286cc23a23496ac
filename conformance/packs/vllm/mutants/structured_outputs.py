"""Mutants of the reference endpoint that break vLLM's `structured_outputs` or accept invalid constraints."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.language_model.constraint import Guide
from conformance.reference.mutants.chat.guided import Forgiving
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


def both(*names: str) -> set[str]:
    """Return the ids of the requirements about Telnyx's syntax and of the same requirements about vLLM's syntax."""
    return {f"{contract}.{name}" for name in names for contract in ("guided", "vllm.structured-outputs")}


class _Turned(Generations):
    """A guide of one kind with its value turned into another."""

    kind = ""

    def turn(self, value: Any) -> Any:
        return value

    def constraint_for(self, request: ChatRequest) -> Guide | None:
        guide = super().constraint_for(request)
        return replace(guide, value=self.turn(guide.value)) if guide and guide.kind == self.kind else guide


@mutant("regex-classes-ignored", breaks=both("regex.syntax"), source="plausible")
class RegexClassesIgnored(_Turned):
    """Character classes in a regular expression match any character."""

    kind = "regex"

    def turn(self, value: str) -> str:
        return re.sub(r"(?<!\\)\[\^?[^\]]+\]", ".", value)


@mutant("regex-anchors-literal", breaks=both("regex.anchors"), source="plausible: grammars have no anchors")
class RegexAnchorsLiteral(_Turned):
    """Anchors in a regular expression are generated as literal characters."""

    kind = "regex"

    def turn(self, value: str) -> str:
        return re.sub(r"\$\Z", r"\\$", re.sub(r"\A\^", r"\\^", value))


@mutant(
    "regex-escapes-lost",
    breaks=both("regex.escapes"),
    source="plausible: unescaped once too often",
)
class RegexEscapesLost(_Turned):
    """Escaped metacharacters in a regular expression match any character."""

    kind = "regex"

    def turn(self, value: str) -> str:
        return re.sub(r"\\[.+()\[\]\\]", ".", value)


@mutant(
    "regex-ascii-only",
    breaks=both("regex.unicode"),
    source="plausible: a grammar of bytes",
)
class RegexAsciiOnly(_Turned):
    """Non-ASCII characters in a regular expression match only a question mark."""

    kind = "regex"

    def turn(self, value: str) -> str:
        return re.sub(r"\[[^\]]*[^\x00-\x7f][^\]]*\]|[^\x00-\x7f]", r"\\?", value)


@mutant("choice-case-insensitive", breaks=both("choice.single"), source="plausible")  # fmt: skip
class ChoiceCaseInsensitive(_Turned):
    """The output is one of the listed choices, but with upper and lower case swapped."""

    kind = "choice"

    def turn(self, value: list[str]) -> list[str]:
        return [item.swapcase() for item in value]


@mutant(
    "choice-cut-short",
    breaks=both("choice.prefixes"),
    source="plausible: a trie that ends at any node",
)
class ChoiceCutShort(_Turned):
    """If a listed choice begins with another listed choice, the output can be the longer choice without its end."""

    kind = "choice"

    def turn(self, value: list[str]) -> list[str]:
        longest = max(value, key=len)
        inner = [item for item in value if item != longest and longest.startswith(item)]
        return [longest[:-1]] if inner else value


@mutant(
    "choice-trimmed",
    breaks=both("choice.quoting"),
    source="plausible: answers are stripped",
)
class ChoiceTrimmed(_Turned):
    """The whitespace in a returned choice is normalised, and removed at the ends."""

    kind = "choice"

    def turn(self, value: list[str]) -> list[str]:
        return [" ".join(item.split()) for item in value]


@mutant("choice-many-unguarded", breaks=both("choice.many"), source="plausible: a limit on the size of grammars")
class ChoiceManyUnguarded(Generations):
    """A list of more than 100 choices is silently ignored."""

    def constraint_for(self, request: ChatRequest) -> Guide | None:
        guide = super().constraint_for(request)
        return None if guide and guide.kind == "choice" and len(guide.value) > 100 else guide


@mutant("structured-grammar-ignored", breaks={"vllm.structured-outputs.grammar.enforced"}, source="plausible")
class StructuredGrammarIgnored(Generations):
    """A grammar in `structured_outputs` is silently ignored."""

    def constraint_for(self, request: ChatRequest) -> Guide | None:
        guide = super().constraint_for(request)
        return None if guide and guide.kind == "grammar" else guide


@mutant("guided-removed-ignored", breaks={"vllm.guided-removed"}, defects=("d150",), source="ogx-ai/ogx#4984")
class GuidedRemovedIgnored(ChatRequests):
    """Under vLLM's contract the `guided_*` parameters are silently ignored."""

    def guide_of(self, body: Json, dialect: Dialect) -> Guide | None:
        if dialect.name == "vllm":
            body = {key: value for key, value in body.items() if not key.startswith("guided_")}
        return super().guide_of(body, dialect)


@mutant("empty-choice-accepted", breaks=both("choice.empty"), source="plausible")
class EmptyChoiceAccepted(Forgiving):
    """An empty list of choices is silently ignored."""

    def check_fields(self, body: Json, dialect: Dialect) -> None:
        super().check_fields({key: value for key, value in body.items() if value != []}, dialect)

    def forgives(self, body: Json, error: ApiError) -> bool:
        return [] in (body.get("guided_choice"), (body.get("structured_outputs") or {}).get("choice"))


@mutant("two-constraints-first-wins", breaks=both("conflict"), source="plausible")
class TwoConstraintsFirstWins(ChatRequests):
    """Of two constraints in one request, the second is silently ignored."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        guided = [key for key in body if key.startswith("guided_")][1:]
        body = {key: value for key, value in body.items() if key not in guided}
        inside = body.get("structured_outputs")
        return {**body, "structured_outputs": dict([*inside.items()][:1])} if isinstance(inside, dict) else body


@mutant("structured-regex-invalid-accepted", breaks={"vllm.structured-outputs.invalid"}, defects=("d146",), source="vllm-project/vllm#19270")  # fmt: skip
class StructuredRegexInvalidAccepted(Forgiving):
    """An invalid regular expression is silently ignored."""

    def forgives(self, body: Json, error: ApiError) -> bool:
        return "regex" in str(error.param)


@mutant(
    "bad-guided-server-error",
    breaks=both("survives"),
    defects=("d146",),
    source="vllm-project/vllm#19270",
)
class BadGuidedServerError(ChatRequests):
    """An invalid regex, choice or grammar causes a 500."""

    def guide_of(self, body: Json, dialect: Dialect) -> Guide | None:
        try:
            return super().guide_of(body, dialect)
        except ApiError as error:
            if str(error.param).startswith(("guided_", "structured_outputs")):
                raise ApiError(500, error.message, type="server_error") from None
            raise


@mutant("choice-first-only", breaks=both("lawful"), source="plausible: a list of choices cut to its first text")
class ChoiceFirstOnly(_Turned):
    """Only the first text in a list of choices can be generated."""

    kind = "choice"

    def turn(self, value: list[str]) -> list[str]:
        return value[:1]
