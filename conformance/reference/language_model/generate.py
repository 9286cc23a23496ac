"""The generation loop chooses tokens until the draft ends, a stop sequence is complete, or the limit is reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from conformance.reference.language_model.constraint import Constraint, Guide
from conformance.reference.language_model.sampler import Sampler, Sampling, Step
from conformance.reference.language_model.scores import Script, constrained, scores, script
from conformance.reference.language_model.stops import StopMatcher
from conformance.reference.language_model.tokenizer import TOKENIZER
from conformance.reference.prompt import Call

_CALL_HEADER = 3  # tokens that announce a tool call, not counting its name


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A tool call that the model intends to make.

    The id and name of the call are fixed, and its arguments are generated from a draft.
    """

    id: str
    name: str
    draft: str
    guide: Guide | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What the model intends to write for one choice: reasoning (if any), then text, then tool calls."""

    text: str = ""
    sure: bool = True
    guide: Guide | None = None
    calls: tuple[PlannedCall, ...] = ()
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of generated text with its tokens.

    The text of a piece is certainly not part of a stop sequence, so the endpoint may send the text.

    If the text is part of the arguments of a tool call, `call` is the index of that call.
    """

    text: str
    steps: tuple[Step, ...] = ()
    call: int | None = None
    begins: PlannedCall | None = None
    reasoning: bool = False


@dataclass(slots=True)
class Output:
    """A finished choice."""

    text: str = ""
    reasoning: str = ""
    steps: list[Step] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    finish_reason: str = "stop"
    tokens: int = 0
    reasoning_tokens: int = 0


Steps = Callable[[Script, Constraint | None], Iterator[Step]]


class Generation:
    """The generation of one choice, token by token.

    Iterate over a generation to get its pieces of text. When all pieces of text have been read, `output` has the
    complete choice.
    """

    def __init__(
        self, plan: Plan, sampling: Sampling, *, limit: int, matcher: StopMatcher, steps: Steps | None = None
    ) -> None:
        """`limit` is the most tokens to generate; `steps` replaces sampling (beam search)."""
        self.plan = plan
        self.output = Output()
        self._sampler = Sampler(sampling)
        self._limit = limit
        self._matcher = matcher
        self._steps = steps or self._sampled

    def __iter__(self) -> Iterator[Piece]:
        """Generate."""
        plan = self.plan
        if plan.reasoning:
            yield from self._reason(plan.reasoning)
        if (plan.text or plan.guide or not plan.calls) and self.output.finish_reason != "length":
            yield from self._write()
        for index, call in enumerate(plan.calls):
            if self.output.finish_reason == "length" or self._matcher.cut is not None:
                return
            yield from self._call(index, call)
        if plan.calls and self.output.finish_reason == "stop" and self._matcher.cut is None:
            self.output.finish_reason = "tool_calls"

    def run(self) -> Output:
        """Generate the complete choice, and return it."""
        for _ in self:
            pass
        return self.output

    def _sampled(self, state: Script, constraint: Constraint | None) -> Iterator[Step]:
        while True:
            if constraint is None:
                step = self._sampler.step(scores(state))
            else:
                allowed = constraint.allowed()
                state, scored = constrained(state, allowed)
                step = self._sampler.step(scored, allowed)
                constraint.accept(step.token)
            yield step
            state = state.after(step.token)

    def _bounded(self, text: str, *, sure: bool, guide: Guide | None) -> Iterator[Step]:
        """Steps up to the end token, or to the limit (then finish_reason becomes length)."""
        constraint = Constraint(guide) if guide else None
        for step in self._steps(script(text, sure=sure), constraint):
            if step.token == TOKENIZER.end:
                return
            if self.output.tokens >= self._limit:
                self.output.finish_reason = "length"
                return
            self.output.tokens += 1
            yield step

    def _reason(self, text: str) -> Iterator[Piece]:
        for step in self._bounded(text, sure=True, guide=None):
            self.output.reasoning_tokens += 1
            piece = TOKENIZER.tokens[step.token].decode("utf-8", "replace")
            self.output.reasoning += piece
            yield Piece(piece, reasoning=True)

    def _write(self) -> Iterator[Piece]:
        held: list[Step] = []
        seen = shown = 0
        raw = b""
        for step in self._bounded(self.plan.text, sure=self.plan.sure, guide=self.plan.guide):
            token = TOKENIZER.tokens[step.token]
            held.append(step)
            raw += token
            seen += len(token)
            if self._matcher.feed(token):
                break
            if self._matcher.safe >= seen and _whole(raw):
                yield self._show(raw, held)
                held, raw, shown = [], b"", seen
        end = self._matcher.cut if self._matcher.cut is not None else seen
        kept, position = [], shown
        for step in held:
            if position < end or self._matcher.cut is None:
                kept.append(step)
            position += len(TOKENIZER.tokens[step.token])
        self.output.tokens -= len(held) - len(kept)  # what the stop sequence swallowed is not part of the completion
        if self._matcher.cut is not None:
            self.output.finish_reason = "stop"
        if kept:
            yield self._show(raw[: max(0, end - shown)], kept)

    def _show(self, raw: bytes, steps: Sequence[Step]) -> Piece:
        text = raw.decode("utf-8", "ignore")  # only a limit can cut a character, and half of it is of no use
        self.output.text += text
        self.output.steps.extend(steps)
        return Piece(text, tuple(steps))

    def _call(self, index: int, call: PlannedCall) -> Iterator[Piece]:
        header = _CALL_HEADER + len(TOKENIZER.encode(call.name))
        if self.output.tokens + header > self._limit:
            self.output.tokens, self.output.finish_reason = self._limit, "length"
            return
        self.output.tokens += header
        self.output.calls.append(Call(call.id, call.name, ""))
        yield Piece("", call=index, begins=call)
        raw, whole = b"", b""
        for step in self._bounded(call.draft, sure=True, guide=call.guide):
            raw += TOKENIZER.tokens[step.token]
            if _whole(raw):
                whole += raw
                yield Piece(raw.decode(), call=index)
                raw = b""
        self.output.calls[index] = Call(call.id, call.name, whole.decode())


def _whole(raw: bytes) -> bool:
    """Whether the bytes end at the end of a character."""
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        # A truncated last character waits for its rest; bytes that can never be valid do not block the stream.
        return error.reason != "unexpected end of data"
    return True
