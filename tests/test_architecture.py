"""Dependencies point one way: `cli → plugin → engine → wire`; checks open no socket; the judged knows nothing of the judge."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import conformance

PACKAGE = Path(conformance.__file__).parent

# Room → rooms of ours that it may import. A room not listed here may import nothing of ours but `specs`.
ALLOWED = {
    "api": set(),
    "verdict": set(),
    "wire": set(),
    "options": set(),
    "reply": {"api", "contract", "wire"},
    "contract": {"api", "verdict", "wire"},
    "config": {"api", "contract", "options", "wire"},
    "record": {"verdict", "wire"},
    "engine": {"api", "reply", "config", "wire"},
    "recordings": {"api", "contract", "record", "reply", "verdict", "wire"},
    "checks": {"api", "contract", "engine", "record", "recordings", "reply", "config", "verdict", "wire"},
    "judging": {"api", "checks", "contract", "engine", "record", "recordings", "reply", "config", "verdict", "wire"},
    # Of `report` only what makes text harmless: pytest shows findings, too.
    "plugin": {
        "api",
        "checks",
        "contract",
        "engine",
        "judging",
        "options",
        "record",
        "reply",
        "report",
        "config",
        "verdict",
        "wire",
    },
    "report": {"contract", "record", "reply", "verdict", "wire"},
    "reference": set(),
    "cli": {
        "checks",
        "contract",
        "engine",
        "judging",
        "options",
        "plugin",
        "record",
        "recordings",
        "reference",
        "report",
        "config",
        "verdict",
        "wire",
    },
}


def imports(file: Path) -> Iterator[str]:
    """The modules of ours that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
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
    free = {"specs", "__version__", ""}
    wrong = [
        f"{file.relative_to(PACKAGE)} imports {name}"
        for file in (PACKAGE / room).rglob("*.py")
        for name in imports(file)
        for other in [name.split(".")[1] if "." in name else ""]
        if other != room and other not in ALLOWED.get(room, set()) | free
    ]
    assert not wrong, "\n".join(wrong)


def test_the_plugin_takes_of_reports_only_what_makes_text_harmless() -> None:
    """It writes no report."""
    taken = {name for file in (PACKAGE / "plugin").rglob("*.py") for name in imports(file) if ".report." in name}
    assert all(name.startswith("conformance.report.safe_text.") for name in taken)


def test_every_room_has_its_rule() -> None:
    """A new folder states what it may import."""
    assert set(rooms()) == set(ALLOWED)


def test_only_wire_speaks_http() -> None:
    """No other room imports an HTTP client or sockets; the reference endpoint's server is the other end."""
    clients = {"httpx", "httpcore", "requests", "urllib3", "aiohttp", "websockets", "socket", "http"}
    for file in PACKAGE.rglob("*.py"):
        room = file.relative_to(PACKAGE).parts[0]
        if room in ("wire", "reference"):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            used = {name.split(".")[0] for name in names} & clients
            assert not used, f"{file.relative_to(PACKAGE)} imports {used}"


def test_modules_say_their_job_in_the_first_line() -> None:
    """A stranger who opens a file knows what it is for."""
    mute = [
        f
        for f in PACKAGE.rglob("*.py")
        if not (ast.get_docstring(ast.parse(f.read_text(encoding="utf-8"))) or "").strip()
    ]
    assert not mute


def test_only_the_redactor_makes_a_run_that_may_be_shown() -> None:
    """Reports, screens and files take a `RedactedRun`, which mypy tells from a `Run`; nothing else may claim to be one."""
    makers = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
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
