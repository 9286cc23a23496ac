"""Check the English that users read: banned phrases, terms, sentence length, shared texts, spelling.

    python -m tests.prose                       print each violation; the exit code is 1 if there is one
    python -m tests.prose --sample 50 --seed 1  print 50 random sentences for a reader who sees nothing else

tests/prose.yaml has the phrases and every exception, with its reason; docs/glossary.md has the terms.
"""

from __future__ import annotations

import argparse
import ast
import random
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent


def _yaml(file: Path) -> Any:
    """Return the content of a file, read by libyaml if it is there, which is ten times as fast."""
    return yaml.load(file.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


RULES: dict[str, Any] = _yaml(ROOT / "tests/prose.yaml")
LONGEST = {"statement": 25, "impact": 25, "fix": 25, "excluded": 25}
"""Words that a sentence of a requirement may have."""
LONGEST_ELSEWHERE = 32
MOST_SHARED = 3
VALUE = "`value`"
"""Stands for a value in the text of a message."""

CODE = re.compile(r"``.+?``|`[^`]+`")
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')*]*\s+(?=[A-Z`*\"'(])|\s·\s")
ABBREVIATION = re.compile(r"(?<![\w/])(e\.g|i\.e|etc|vs|cf|St|[A-Z])\.\s")
LIST_ITEM = re.compile(r"\n\s*(?:[-*]|\d+\.)\s+")


@cache
def _plain(text: str) -> str:
    return CODE.sub("`code`", LINK.sub(r"\1", " ".join(text.split())))


@dataclass(frozen=True, slots=True)
class Text:
    """One piece of prose: a statement, a paragraph, a table cell or a docstring."""

    file: str
    where: str
    kind: str
    text: str

    @property
    def plain(self) -> str:
        """The text with each code span and link replaced by one word."""
        return _plain(self.text)

    @property
    def sentences(self) -> list[str]:
        """The sentences, code spans included."""
        joined = LINK.sub(
            lambda link: link[1] if link[1][:1].isupper() else f"`{link[1]}`",
            " ".join(self.text.split()).replace("**", ""),
        )
        shielded = ABBREVIATION.sub("\\1.\0", joined)
        return [part.replace(".\0", ". ") for part in SENTENCE_END.split(shielded) if part.strip()]


def catalogue() -> Iterator[Text]:
    """Yield the texts of requirements, features, areas and profiles."""
    for path in sorted((ROOT / "specs").glob("*/requirements/*.yaml")):
        for row in _yaml(path)["requirements"]:
            for kind in LONGEST:
                if kind in row:
                    yield Text(_name(path), row["id"], kind, row[kind])
    for path in sorted((ROOT / "specs").glob("*/features.yaml")):
        for name, row in _yaml(path)["features"].items():
            yield Text(_name(path), name, "feature", row["description"])
    for path in sorted((ROOT / "specs").glob("*/profile.yaml")):
        profile = _yaml(path)
        yield Text(_name(path), "description", "profile", profile["description"])
        for row in profile.get("differences", []):
            yield Text(_name(path), row["requirement"], "difference", row["reason"])


def pages() -> Iterator[Text]:
    """Yield the paragraphs, list items and table cells of README, CONTRIBUTING, CHANGELOG and docs, without code blocks."""
    for path in [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
        *sorted((ROOT / "docs").glob("*.md")),
    ]:
        text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
        if path.name == "glossary.md":  # its last column holds the words that are banned
            text = re.sub(r"^(\|.*\|)[^|\n]*\|$", r"\1", text, flags=re.MULTILINE)
        for number, block in enumerate(re.split(r"\n\s*\n", text)):
            kind = "cell" if block.lstrip().startswith("|") else "page"
            for part in _parts(block):
                yield Text(_name(path), f"paragraph {number}", kind, part.strip("# \n"))


def _parts(block: str) -> Iterator[str]:
    """Yield the table cells or the list items of a Markdown block."""
    if block.lstrip().startswith("|"):
        for line in block.splitlines():
            yield from (cell for cell in line.strip().strip("|").split("|") if cell.strip(" -:"))
    else:
        yield from (part for part in LIST_ITEM.split("\n" + block) if part.strip())


def docstrings() -> Iterator[Text]:
    """Yield the docstrings of nox sessions and of public modules, classes and functions, paragraph by paragraph."""
    for path in [ROOT / "noxfile.py", *sorted((ROOT / "conformance").rglob("*.py"))]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in _public(tree):
            name = getattr(node, "name", "module")
            for part in re.split(r"\n\s*\n", ast.get_docstring(node) or ""):
                for item in LIST_ITEM.split("\n" + part):
                    if item.strip() and not item.startswith("\n    "):
                        yield Text(_name(path), name, "fault" if _is_mutant(node) else "docstring", item)


def _is_mutant(node: ast.AST) -> bool:
    """Return whether a class is a mutant, whose docstring states the fault that `conformance serve` lists."""
    marks = node.decorator_list if isinstance(node, ast.ClassDef) else []
    return any(isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "mutant" for mark in marks)


def _public(tree: ast.Module) -> Iterator[ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the module, then its public classes and functions, and those inside public classes."""
    yield tree
    inside: list[ast.AST] = [tree]
    while inside:
        for node in ast.iter_child_nodes(inside.pop()):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith(
                "_"
            ):
                yield node
                if isinstance(node, ast.ClassDef):
                    inside.append(node)


EXPECTING = {"expect": 1, "broken": 0, "premise": 1}
"""The functions of checks that take a text for a finding, and the position of the text."""
RAISED = {"TargetError", "SpecError", "RunFileError", "RecordingError", "UsageError", "UnknownName", "NotAnswered"}
"""The errors whose messages users read."""


def messages() -> Iterator[Text]:
    """Yield the texts of findings that checks write as `expected`, and the messages of errors that users read."""
    for path in sorted((ROOT / "conformance").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            position = EXPECTING.get(name, 0)
            if name in EXPECTING and "checks" in path.parts and len(node.args) > position:
                kind, said = "expected", node.args[position]
            elif name in RAISED and node.args:
                kind, said = "message", node.args[-1]
            else:
                continue
            if text := _literal(said):
                yield Text(_name(path), f"line {node.lineno}", kind, text)


def _literal(node: ast.expr) -> str:
    """Return the text of a string, with each value in an f-string as code; "" for other expressions."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else VALUE for part in node.values)
    return ""


def helps() -> Iterator[Text]:
    """Yield the help texts and described defaults of the options."""
    from conformance.options.table import OPTIONS

    for option in OPTIONS.values():
        for text in filter(None, (option.help, option.default_text)):
            yield Text("conformance/options/table.py", option.name, "help", text)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def everything() -> list[Text]:
    """Return all prose that the rules apply to."""
    return [*catalogue(), *pages(), *docstrings(), *helps(), *messages()]


def banned() -> list[tuple[re.Pattern[str], str]]:
    """Return the banned phrases of tests/prose.yaml and of the column "not" of docs/glossary.md, each with its replacement."""
    phrases = [(row["find"], row["say"]) for row in RULES["phrases"]]
    for line in (ROOT / "docs/glossary.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and cells[2] not in ("", "not", "---"):
            term = cells[0].strip("*")
            phrases += [(rf"\b{re.escape(word.strip())}\b", f"the term “{term}”") for word in cells[2].split(",")]
    return [(re.compile(find, re.IGNORECASE), say) for find, say in phrases]


def violations(texts: list[Text]) -> Iterator[tuple[Text, str]]:
    """Yield each text that breaks a rule, with the rule it breaks."""
    phrases = banned()
    for text in texts:
        for pattern, say in phrases:
            if found := pattern.search(text.plain):
                yield text, f"“{found.group(0)}”: use {say}"
        most = LONGEST.get(text.kind, LONGEST_ELSEWHERE)
        for sentence in text.sentences:
            words = len([word for word in CODE.sub("code", sentence).split() if re.search(r"\w", word)])
            if words > most:
                yield text, f"a sentence of {words} words: at most {most}"
        if text.kind == "statement" and len(text.sentences) != 1:
            yield text, "a statement is one sentence"
    yield from shared(texts)


def shared(texts: list[Text]) -> Iterator[tuple[Text, str]]:
    """Yield each impact, fix or statement that more than three requirements share, unless it is listed with a reason."""
    by_text: dict[tuple[str, str], list[Text]] = defaultdict(list)
    for text in texts:
        if text.kind in LONGEST:
            by_text[text.kind, text.text].append(text)
    allowed = {row["text"] for row in RULES["shared"]}
    for (_, words), same in by_text.items():
        if len(same) > MOST_SHARED and words not in allowed:
            yield same[0], f"shared by {len(same)} requirements: write one for each"


def excepted(text: Text) -> bool:
    """Return whether an exception with a reason covers the text, or its file is listed as not rewritten yet."""
    listed = any(row["text"] in text.text and text.file.startswith(row["file"]) for row in RULES["exceptions"])
    return listed or text.file.startswith(tuple(RULES["not_rewritten_yet"]) or ("\0",))


def stale(broken: list[tuple[Text, str]]) -> Iterator[str]:
    """Yield the exceptions that cover no violation."""
    for row in RULES["exceptions"]:
        if not any(row["text"] in text.text and text.file.startswith(row["file"]) for text, _ in broken):
            yield f"tests/prose.yaml: the exception “{row['text']}” covers nothing: remove it"


def spelling() -> list[str]:
    """Return the misspelt words that codespell finds in code, data and pages."""
    words = ",".join(row["word"] for row in RULES["spelling"]["words"])
    skip = ",".join(f"./{row['file']}" for row in RULES["spelling"]["files"])
    folders = ("./conformance", "./specs", "./tests", "./docs", "./README.md", "./CONTRIBUTING.md", "./CHANGELOG.md")
    command = [sys.executable, "-m", "codespell_lib", "--ignore-words-list", words, "--skip", skip, *folders]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()


def whole(sentence: str) -> bool:
    """Return whether a reader gets a complete sentence: it has both ends, and no value that only a run fills in."""
    ends = re.match(r"[A-Z0-9`\"'“]", sentence) and sentence.endswith((".", "?"))
    return bool(ends) and len(sentence.split()) > 3 and VALUE not in sentence


def sample(texts: list[Text], size: int, seed: int, planted: list[str]) -> list[str]:
    """Return random sentences, each with its kind; planted ones replace the last of them, in random order.

    Table cells are not drawn, because they are read together with the heads of their row and column.
    """
    found = {each: text.kind for text in texts if text.kind != "cell" for each in text.sentences if whole(each)}
    chance = random.Random(seed)
    drawn = chance.sample(sorted(found), size)
    shown = [*drawn[: size - len(planted)], *planted]
    lines = [f"({found[each]}) {sentence}" for each, sentence in zip(drawn, shown, strict=True)]
    chance.shuffle(lines)
    return lines


def main() -> int:
    """Print the violations, or a sample of sentences."""
    parser = argparse.ArgumentParser(prog="python -m tests.prose", description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, metavar="N", help="print N random sentences instead")
    parser.add_argument("--seed", type=int, default=1, help="seed of the sample")
    parser.add_argument(
        "--plant", type=Path, metavar="FILE", help="hide up to ten sentences of FILE (one a line) in it"
    )
    asked = parser.parse_args()
    texts = everything()
    if asked.sample:
        lines = asked.plant.read_text(encoding="utf-8").splitlines() if asked.plant else []
        planted = random.Random(asked.seed).sample(lines, min(10, asked.sample // 5, len(lines)))
        for number, sentence in enumerate(sample(texts, asked.sample, asked.seed, planted), 1):
            print(f"{number}. {sentence}")
        return 0
    broken = list(violations(texts))
    problems = [f"{text.file}: {text.where}: {text.kind}: {problem}" for text, problem in broken if not excepted(text)]
    problems += [*stale(broken), *spelling()]
    print("\n".join(problems) or f"{len(texts)} texts: no violation")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
