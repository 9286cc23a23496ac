"""Dependencies point one way: `cli → plugin → engine → wire`; checks open no socket; the judged knows nothing of the judge."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import conformance
from conformance.contract import is_named, load_registry
from conformance.record import Footer, Header, RunTarget, exchange_to_dict
from conformance.record.codec import footer_to_dict, header_to_dict
from conformance.verdict import ExitCode, Level, Outcome, Verdict
from conformance.wire import Exchange, Request

PACKAGE = Path(conformance.__file__).parent

PAGE = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
MOST_LINES = 300


def table(section: str) -> list[list[str]]:
    """The rows of the table in a section of the page, without its head."""
    lines = PAGE.partition(f"## {section}\n")[2].partition("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return rows[2:]


def quoted(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", text)


def rule(words: str) -> str:
    """The rule of the page that has these words."""
    (found,) = [
        each for each in re.split(r"\n- ", PAGE.partition("## Rules\n")[2].partition("\n## ")[0]) if words in each
    ]
    return found


# Room → rooms of ours that it may import, besides `specs`: as the page says.
ALLOWED = {quoted(room)[0]: set(quoted(below)) for room, _, below in table("Rooms")}


@cache
def parsed(file: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def imports(file: Path) -> tuple[str, ...]:
    """The modules of ours that a file imports, wherever in it."""
    return tuple(_imports(file))


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(parsed(file)):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        yield from (name for name in names if name.split(".")[0] == "conformance")


def rooms() -> list[str]:
    """The folders of the package."""
    return sorted(path.name for path in PACKAGE.iterdir() if path.is_dir() and (path / "__init__.py").exists())


@pytest.mark.parametrize("room", rooms())
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    """Dependencies point one way."""
    free = {"specs", "errors", "cached", "__version__", ""}
    wrong = [
        f"{file.relative_to(PACKAGE)} imports {name}"
        for file in (PACKAGE / room).rglob("*.py")
        for name in imports(file)
        for other in [name.split(".")[1] if "." in name else ""]
        if other != room and other not in ALLOWED.get(room, set()) | free
    ]
    assert not wrong, "\n".join(wrong)


def test_the_plugin_takes_of_reports_only_what_the_page_says() -> None:
    """It renders nothing itself."""
    taken = {name for file in (PACKAGE / "plugin").rglob("*.py") for name in imports(file) if ".report" in name}
    assert {name for name in taken if not name.startswith("conformance.report.safe_text.")} == {
        "conformance.report.write_all"
    }


def test_every_room_has_its_rule() -> None:
    """A new folder states what it may import, and the page lists each room after those that it imports."""
    assert set(rooms()) == set(ALLOWED)
    above: set[str] = set()
    for room, below in ALLOWED.items():
        assert below <= above, f"{room} stands before {below - above}"
        above.add(room)


def test_the_page_allows_no_import_that_nobody_makes() -> None:
    """An arrow that is not there would be an invitation."""
    made: dict[str, set[str]] = defaultdict(set)
    for file in PACKAGE.rglob("*.py"):
        if len(parts := file.relative_to(PACKAGE).parts) > 1:
            made[parts[0]] |= {name.split(".")[1] for name in imports(file) if "." in name}
    assert {room: below - made[room] for room, below in ALLOWED.items() if below - made[room]} == {}


def test_no_module_imports_itself_through_others() -> None:
    """Not even inside a function. Imports that only a type checker reads do not count."""
    modules = {name_of(file): file for file in PACKAGE.rglob("*.py")}
    graph = {name: imported(name, file, modules) for name, file in modules.items()}
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " → ".join((*path[path.index(name) :], name))
        if name not in done:
            for other in sorted(graph[name]):
                walk(other, (*path, name))
            done.add(name)

    for name in graph:
        walk(name, ())


def name_of(file: Path) -> str:
    """The module that a file is."""
    return ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def imported(module: str, file: Path, modules: dict[str, Path]) -> set[str]:
    """The modules of ours that a module imports when it runs."""
    tree = parsed(file)
    unread = {
        each
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for each in ast.walk(node)
    }
    package = module.split(".") if file.name == "__init__.py" else module.split(".")[:-1]
    found = set()
    for node in ast.walk(tree):
        if node in unread:
            continue
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base += [node.module] if node.module else []
            found |= {".".join((*base, alias.name)) for alias in node.names} | {".".join(base)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    # The package of a module that is imported by name is loaded as well; what counts is the module.
    named = {name for name in found if name in modules and name != module}
    return {name for name in named if modules[name].name != "__init__.py" or not _beside(name, named, found)}


def _beside(package: str, named: set[str], found: set[str]) -> bool:
    """Whether all that is imported of a package are modules of it."""
    below = {name for name in found if name.rpartition(".")[0] == package}
    return bool(below) and below <= named


def test_modules_are_short() -> None:
    """So that each can be read at once. The page names those that may be longer, and no others."""
    named = {name for name in quoted(rule("at most")) if name.endswith(".py")}
    assert str(MOST_LINES) in rule("at most")
    long = {
        file.relative_to(PACKAGE).as_posix()
        for file in PACKAGE.rglob("*.py")
        if len(file.read_text(encoding="utf-8").splitlines()) > MOST_LINES
    }
    assert long == named


def test_a_public_class_has_a_name_of_its_own() -> None:
    """One meaning a name; checks and the reference have a vocabulary for each subject."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in PACKAGE.rglob("*.py"):
        if file.relative_to(PACKAGE).parts[0] in quoted(rule("a public class")):
            continue
        for node in parsed(file).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(file.relative_to(PACKAGE).as_posix())
    assert {name: files for name, files in found.items() if len(files) > 1} == {}


def test_files_are_written_where_the_page_says() -> None:
    """Nothing else makes, changes or removes a file."""
    methods = {"write_text", "write_bytes", "mkdir", "unlink", "rmdir", "touch", "symlink_to"}
    functions = {"TemporaryDirectory", "NamedTemporaryFile", "mkdtemp", "mkstemp", "rmtree", "makedirs"}
    writers = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(parsed(file)):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            modes = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            opened = called == "open" and any(re.fullmatch("[wxa]b?|r[+]b?", mode) for mode in modes)
            if called in methods | functions or opened:
                writers.add(file.relative_to(PACKAGE).as_posix())
    named = set(quoted(rule("Files are written")))
    assert not [file for file in writers if file not in named and file.partition("/")[0] not in named]
    assert not [name for name in named if name not in writers and not any(w.startswith(f"{name}/") for w in writers)]


@pytest.mark.parametrize("page", ["architecture.md", "limits.md", "run-file.md"])
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    """A stranger finds it."""
    root = PACKAGE.parent
    text = (root / "docs" / page).read_text(encoding="utf-8")
    paths = [name for name in quoted(re.sub(r"```.*?```", "", text, flags=re.DOTALL)) if re.search(r"\w/|\.py$", name)]
    assert paths
    plain = [name for name in paths if re.fullmatch(r"[\w./-]+", name)]
    assert not [name for name in plain if not any((base / name).exists() for base in (root, PACKAGE))]


def test_outcomes_and_exit_codes_are_those_of_the_page() -> None:
    """In their order, least severe first."""
    section = PAGE.partition("## A verdict\n")[2].partition("\n## ")[0]
    assert quoted(section)[0].split(" < ") == [str(outcome) for outcome in sorted(Outcome, key=lambda o: o.severity)]
    said = section.partition("`ExitCode`:")[2].partition(". ")[0]
    assert {int(code) for code in re.findall(r"(?:^|·)\s*(\d+) ", said)} == {int(code) for code in ExitCode}


def test_lines_of_a_run_file_are_those_of_the_page() -> None:
    """Each kind of line has the fields that the page shows."""
    example = PAGE.partition("## A run file\n")[2].partition("```\n")[2].partition("```")[0]
    shown = {kind: set(re.findall(r'"(\w+)"', text)) for kind, text in re.findall(r'{"kind": "(\w+)"(.*?)(?=\n{"kind|\Z)', example, re.DOTALL)}  # fmt: skip
    assert set(shown) == {"header", "exchange", "verdict", "footer"}
    target = RunTarget("u", "m", "p", ("openai",))
    header = header_to_dict(Header("s", "1", target, "2026-01-31T12:00:00Z", {}, ()))
    footer = footer_to_dict(Footer("2026-01-31T12:00:00Z", True, False, {}))
    exchange = exchange_to_dict(Exchange("x1", Request("GET", "http://x/"), status=200))
    verdict = Verdict("a.b", Level.MUST, Outcome.PASS).to_dict()
    for kind, data in {"header": header, "footer": footer, "exchange": exchange, "verdict": verdict}.items():
        assert set(data) - {"kind", "identity", "difference"} <= shown[kind], kind


def test_only_wire_speaks_http() -> None:
    """No other room imports an HTTP client or sockets; the reference endpoint's server is the other end."""
    clients = {"httpx", "httpcore", "requests", "urllib3", "aiohttp", "websockets", "socket", "http"}
    for file in PACKAGE.rglob("*.py"):
        room = file.relative_to(PACKAGE).parts[0]
        if room in ("wire", "reference"):
            continue
        for node in ast.walk(parsed(file)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            used = {name.split(".")[0] for name in names} & clients
            assert not used, f"{file.relative_to(PACKAGE)} imports {used}"


def test_modules_say_their_job_in_the_first_line() -> None:
    """A stranger who opens a file knows what it is for."""
    mute = [f for f in PACKAGE.rglob("*.py") if not (ast.get_docstring(parsed(f)) or "").strip()]
    assert not mute


def test_only_the_redactor_makes_a_run_that_may_be_shown() -> None:
    """Reports, screens and files take a `RedactedRun`, which mypy tells from a `Run`; nothing else may claim to be one."""
    makers = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.Call):
                called = node.func.id if isinstance(node.func, ast.Name) else ""
                cast = called == "cast" and "RedactedRun" in ast.unparse(node.args[0])
                if called == "RedactedRun" or cast:
                    makers.add(file.relative_to(PACKAGE).as_posix())
    assert makers == {"record/redacted.py"}


@pytest.mark.parametrize("room", ["report", "cli"])
def test_reports_and_commands_know_no_run_with_secrets(room: str) -> None:
    """They import the redacted kind alone."""
    wrong = [file.name for file in (PACKAGE / room).rglob("*.py") if "conformance.record.Run" in imports(file)]
    assert not wrong


def test_secrets_of_a_target_are_collected_in_one_place() -> None:
    """`Target.secrets`; recordings have `recorded_secrets`."""
    users = {
        file.relative_to(PACKAGE).as_posix()
        for file in PACKAGE.rglob("*.py")
        if any(name.endswith(".secrets_in") for name in imports(file))
    }
    assert users == {"config/target.py", "wire/__init__.py"}


def test_no_folder_has_a_name_that_ignore_lists_swallow() -> None:
    """Git, editors and search tools of many people leave out such folders, wherever they are."""
    swallowed = {"target", "build", "dist", "out", "bin", "obj", "lib", "env", "venv", "vendor", "tmp", "log", "logs"}
    folders = {folder.name for file in PACKAGE.rglob("*.py") for folder in file.relative_to(PACKAGE).parents}
    assert not folders & swallowed


def test_reference_behaviour_of_packs_knows_no_checks() -> None:
    """What is judged does not know the judge. `conformance pack check` looks for the same in a stranger's pack."""
    wrong = [
        f"{file.relative_to(PACKAGE)} imports {name}"
        for file in (PACKAGE / "packs").rglob("*.py")
        if file.relative_to(PACKAGE).parts[2:3] != ("checks",)
        for name in imports(file)
        if not name.startswith(("conformance.reference.", "conformance.packs.")) or ".checks" in name
    ]
    assert not wrong, "\n".join(wrong)


def names_in(file: Path) -> Iterator[str]:
    """Everything that code says, identifiers and texts alike. Comments and docstrings may tell where something was seen."""
    tree = parsed(file)
    quiet = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in quiet:
            yield node.value
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


@pytest.mark.parametrize("room", sorted(set(ALLOWED) - {"packs"}))
def test_no_room_but_the_packs_names_a_vendor(room: str) -> None:
    """A vendor's contract is a pack, of the same form as a stranger's.

    Excused in `reference/mutants`: where a defect was seen (`source`), and ids of requirements that a mutant breaks.
    """
    vendors = [file.parent.name for file in (PACKAGE.parent / "specs").glob("*/pack.yaml")]
    assert vendors
    wrong = [
        f"{file.relative_to(PACKAGE)}: {said[:60]!r}"
        for file in (PACKAGE / room).rglob("*.py")
        for said in names_in(file)
        if any(vendor in said.lower() for vendor in vendors)
        and not ("mutants" in file.parts and (said in sources_in(file) or is_an_id(said)))
    ]
    assert not wrong, "\n".join(wrong)


def sources_in(file: Path) -> set[str]:
    """The texts that say where a defect was seen."""
    tree = parsed(file)
    given = [node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "source"]
    given += [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "source"
    ]
    return {
        each.value
        for value in given
        for each in ast.walk(value)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def is_an_id(said: str) -> bool:
    """Whether a text is a requirement's id, or a prefix of ids."""
    return any(is_named(requirement, (said,)) for requirement in load_registry())
