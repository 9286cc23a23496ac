"""The small ways to be wrong: every place of a source where an operator, a constant or a condition can be another.

Left alone are annotations, decorators, imports, docstrings, and words for people (f-strings, texts with a space, what is
raised, what a finding says was expected): a judge with another wording judges the same.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

_COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.Mod: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
_UNTOUCHED = ("annotation", "returns", "decorator_list", "type_params", "bases", "keywords")


@dataclass(frozen=True, slots=True, order=True)
class Mutation:
    """The `number`th place of a source to be wrong: its line, what is done there, and the lines of its statement.

    Of a compound statement only the head counts, not the body. `text` is the line itself, which moves less than its
    number when a file changes.
    """

    line: int
    number: int
    what: str = field(compare=False)
    text: str = field(compare=False)
    statement: range = field(compare=False)


def mutations(source: str) -> list[Mutation]:
    """Every mutation of a source, in its order."""
    lines = source.splitlines()
    tree = ast.parse(source)
    statements = list(_statement_lines(tree))
    return [
        Mutation(
            node.lineno,
            number,
            f"`{before}` → `{after}`",
            lines[node.lineno - 1].strip(),
            min((each for each in statements if node.lineno in each), key=len),
        )
        for number, (node, before, after, _) in enumerate(_places(tree))
    ]


def _statement_lines(tree: ast.AST) -> Iterator[range]:
    """The lines of each statement; of a compound one, the lines before its body, and of a case its pattern."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.match_case):
            yield range(node.pattern.lineno, max(node.pattern.lineno, node.body[0].lineno - 1) + 1)
        elif isinstance(node, ast.stmt) and isinstance(body, list):
            yield range(node.lineno, max(node.lineno, body[0].lineno - 1) + 1)
        elif isinstance(node, ast.stmt):
            yield range(node.lineno, (node.end_lineno or node.lineno) + 1)


def mutated(source: str, mutation: Mutation) -> str:
    """The source with one mutation."""
    tree = ast.parse(source)
    for number, (_, _, _, replace) in enumerate(_places(tree)):
        if number == mutation.number:
            replace()
            break
    return ast.unparse(ast.fix_missing_locations(tree))


_Place = tuple["ast.expr | ast.stmt", str, str, "_Replace"]


class _Replace:
    """Puts another node in the place of one."""

    def __init__(self, parent: ast.AST, name: str, place: int | None, new: ast.AST) -> None:
        self._parent, self._name, self._place, self._new = parent, name, place, new

    def __call__(self) -> None:
        if self._place is None:
            setattr(self._parent, self._name, self._new)
        else:
            getattr(self._parent, self._name)[self._place] = self._new


def _places(node: ast.AST) -> Iterator[_Place]:
    """Each place below a node, in the order of the source."""
    for name, value in ast.iter_fields(node):
        if name in _UNTOUCHED and not (name == "keywords" and isinstance(node, ast.Call)):
            continue
        for place, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if not isinstance(child, ast.AST) or _for_people(child) or _is_expectation(node, child):
                continue
            for new in _others(child):
                yield child, _short(child), _short(new), _Replace(node, name, place, new)  # type: ignore[misc] # only expressions and statements have others
            if (
                isinstance(node, ast.comprehension)
                and name == "ifs"
                and isinstance(child, ast.Name | ast.Attribute | ast.Call)
            ):
                new = ast.UnaryOp(ast.Not(), child)
                yield child, _short(child), _short(new), _Replace(node, name, place, new)
            yield from _places(child)


def _for_people(node: ast.AST) -> bool:
    """Words, and what is no code of its own."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Raise() | ast.JoinedStr() | ast.Assert():
            return True
        case ast.Expr(value=ast.Constant()):
            return True  # a docstring, or …
        case ast.Constant(value=str(text)):
            return " " in text
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case _:
            return False


def _is_expectation(node: ast.AST, child: ast.AST) -> bool:
    """The first word of `broken`: what was expected, told to a person."""
    match node:
        case ast.Call(func=ast.Name(id="broken"), args=[ast.Constant() as first, *_]):
            return first is child
        case _:
            return False


def _others(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in a node's place."""
    yield from _statements(node) if isinstance(node, ast.stmt) else _expressions(node)


def _expressions(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare():
            for place, op in enumerate(node.ops):
                if type(op) in _COMPARE:
                    other = [*node.ops[:place], _COMPARE[type(op)](), *node.ops[place + 1 :]]
                    yield ast.Compare(node.left, other, node.comparators)
        case ast.BoolOp(op=ast.And()):
            yield ast.BoolOp(ast.Or(), node.values)
        case ast.BoolOp(op=ast.Or()):
            yield ast.BoolOp(ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp() if type(node.op) in _BINARY:
            yield ast.BinOp(node.left, _BINARY[type(node.op)](), node.right)
        case ast.Constant():
            yield from _constants(node.value)
        case ast.IfExp():
            yield ast.IfExp(node.test, node.orelse, node.body)


def _statements(node: ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.If(test=ast.Name() | ast.Attribute() | ast.Call()):
            yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()):
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
        case ast.AugAssign() if type(node.op) in _BINARY:
            yield ast.AugAssign(node.target, _BINARY[type(node.op)](), node.value)


def _constants(value: object) -> Iterator[ast.AST]:
    match value:
        case bool():
            yield ast.Constant(not value)
        case int() | float():
            yield ast.Constant(value + 1)
        case str():
            yield ast.Constant(f"{value}X")
        case bytes():
            yield ast.Constant(value + b"X")


def _short(node: ast.AST) -> str:
    """A node as source, on one line and not long."""
    text = " ".join(ast.unparse(ast.fix_missing_locations(node)).split()).replace("`", "'").replace("|", "\\|")
    return text if len(text) <= 70 else f"{text[:70]}…"
