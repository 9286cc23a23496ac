"""Everything that is run on this code, each as one session, in the environment that nox itself runs in.

python -m nox                      lint, types, tests, what changed of the kill matrix, build: what CI runs
python -m nox -s NAME              one of them; `python -m nox --list` names all
"""

import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "tests", "changed", "build"]

PYTHON = sys.executable


@nox.session
def tests(session: nox.Session) -> None:
    """All tests, in parallel; then those that nothing may press on."""
    session.run(PYTHON, "-m", "pytest", "-n", "auto", "-m", "not alone", *session.posargs)
    session.run(PYTHON, "-m", "pytest", "-m", "alone", *session.posargs)


def _tests_with(session: nox.Session, resolution: str) -> None:
    """All tests in an environment of the session's own, with the versions that `resolution` chooses."""
    session.install("uv")
    session.run("uv", "pip", "install", "--quiet", "--resolution", resolution, "--upgrade", "-e", ".[dev]")
    session.run("uv", "pip", "list")
    session.run("python", "-m", "pytest", "-n", "auto", "-m", "not alone", *session.posargs)
    session.run("python", "-m", "pytest", "-m", "alone", *session.posargs)


@nox.session(venv_backend="virtualenv")
def newest(session: nox.Session) -> None:
    """All tests with the newest versions of all dependencies that pyproject.toml allows."""
    _tests_with(session, "highest")


@nox.session(venv_backend="virtualenv")
def oldest(session: nox.Session) -> None:
    """All tests with the oldest versions of the direct dependencies that pyproject.toml allows."""
    _tests_with(session, "lowest-direct")


@nox.session
def lawful(session: nox.Session) -> None:
    """Every lawful variation of the reference endpoint 200 times, each with other chances; an hour and more."""
    session.run(
        PYTHON,
        "-m",
        "pytest",
        "-n",
        "auto",
        "tests/checks/test_lawful_variations.py",
        *session.posargs,
        env={"LAWFUL_ROUNDS": "200"},
    )


@nox.session
def changed(session: nox.Session) -> None:
    """The kill matrix of what changed since PROOF_BASE (default: the commit before), and a sample that the commit chooses."""
    commit = session.run("git", "rev-parse", "HEAD", external=True, silent=True, success_codes=[0, 128]) or ""
    number = int(commit[:8], 16) if len(commit.strip()) == 40 else 0
    base = os.environ.get("PROOF_BASE", "HEAD~1")
    session.run(PYTHON, "-m", "tests.proof.matrix", "--since", base, "--sample", str(number), *session.posargs)


@nox.session
def seen(session: nox.Session) -> None:
    """The kill matrix of what changed since tests/proof/seen.ndjson was written, into that file."""
    session.run(PYTHON, "-m", "tests.proof.matrix", "--changed", "--write", *session.posargs)


@nox.session
def kill(session: nox.Session) -> None:
    """The whole kill matrix: every mutant by every requirement, into tests/proof/seen.ndjson; some 20 minutes on 2 cores."""
    session.run(PYTHON, "-m", "tests.proof.matrix", "--write", *session.posargs)


@nox.session
def hostile(session: nox.Session) -> None:
    """Every hostile target alone, into docs/hostile.md; takes minutes."""
    session.run(PYTHON, "-m", "tests.hostile.table", "--write", "docs/hostile.md")


@nox.session
def corpus(session: nox.Session) -> None:
    """Recorded traffic (CONFORMANCE_SHARED is the folder with corpus/): OpenAI breaks nothing; tables into docs/corpus.md."""
    session.run(PYTHON, "-m", "pytest", "tests/recordings", *session.posargs)
    session.run(PYTHON, "-m", "benchmarks.corpus")


@nox.session
def flakes(session: nox.Session) -> None:
    """Twenty audits of the reference endpoint: how many verdicts change, into docs/stability.md; takes minutes."""
    session.run(PYTHON, "-m", "tests.hostile.flakes", "--write", "docs/stability.md", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """The parsers and invariants against thousands of damaged files and answers each, drawn anew; takes minutes."""
    session.run(PYTHON, "-m", "pytest", "-n", "auto", "tests/fuzz", *session.posargs, env={"FUZZ_EXAMPLES": "3000"})


_COSMIC_RAY = """[cosmic-ray]
module-path = "{module}"
timeout = 120.0
test-command = "{python} -m pytest -x -q -p no:cacheprovider {tests}"
[cosmic-ray.distributor]
name = "local"
"""


@nox.session(venv_backend="virtualenv")
def mutation(session: nox.Session) -> None:
    """cosmic-ray on one module, in a copy of the last commit: `nox -s mutation -- MODULE TESTS…`; seconds a mutant."""
    if len(session.posargs) < 2:
        session.error("name a module, then its tests: -- conformance/wire/sse.py tests/wire/test_sse.py")
    module, *tests = session.posargs
    session.install("cosmic-ray>=8.7", "-e", ".[dev]")
    with tempfile.TemporaryDirectory() as folder:
        session.run("git", "clone", "--quiet", ".", folder, external=True)
        python = str(Path(session.bin) / "python")
        with session.chdir(folder):
            Path("mutation.toml").write_text(_COSMIC_RAY.format(module=module, python=python, tests=" ".join(tests)))
            session.run("cosmic-ray", "init", "mutation.toml", "mutation.sqlite", silent=True)
            session.run("cosmic-ray", "exec", "mutation.toml", "mutation.sqlite")
            session.run("cr-report", "--surviving-only", "--show-diff", "mutation.sqlite")


@nox.session
def coverage(session: nox.Session) -> None:
    """All tests under coverage, subprocesses included; the figure into docs/code-coverage.md. Slow."""
    run = (PYTHON, "-m", "coverage", "run", "-m", "pytest")
    session.run(PYTHON, "-m", "coverage", "erase")
    session.run(*run, "-n", "auto", "-m", "not alone", *session.posargs)
    session.run(*run, "-m", "alone", *session.posargs)
    session.run(PYTHON, "-m", "coverage", "combine", "--quiet")
    session.run(PYTHON, "-m", "tests.proof.coverage_page", "--write", "docs/code-coverage.md", "--fail-under", "95")


@nox.session
def seeds(session: nox.Session) -> None:
    """Generated cases of 20 seeds against the right endpoint: every failure is one of ours; takes minutes."""
    session.run(PYTHON, "-m", "benchmarks.false_failures", *session.posargs)


AXE = "axe-core@4.14.1"


@nox.session
def browser(session: nox.Session) -> None:
    """report.html in a headless Chromium: clicks, keys, reloads, print, and axe-core, which npm fetches. Skipped without Chromium."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {}
        if shutil.which("npm"):
            session.run("npm", "install", "--silent", "--no-save", "--prefix", folder, AXE, external=True)
            environment["AXE_CORE"] = str(Path(folder) / "node_modules" / "axe-core" / "axe.min.js")
        session.run(
            PYTHON, "-m", "pytest", "-rs", "tests/report/test_report_browser.py", *session.posargs, env=environment
        )


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff, rules and format; then the English that users read."""
    session.run(PYTHON, "-m", "ruff", "check", ".")
    session.run(PYTHON, "-m", "ruff", "format", "--check", ".")
    session.run(PYTHON, "-m", "tests.prose")


@nox.session
def prose(session: nox.Session) -> None:
    """Check the English that users read; with `-- --sample 50 --seed 1` print random sentences for a reader."""
    session.run(PYTHON, "-m", "tests.prose", *session.posargs)


@nox.session
def types(session: nox.Session) -> None:
    """Mypy, strict."""
    session.run(PYTHON, "-m", "mypy")


# Files that must travel in the wheel: without any one of them the command does not work.
IN_WHEEL = (
    "conformance/_specs/openai/openapi.json",
    "conformance/_specs/openai/features.yaml",
    "conformance/_specs/openai/profile.yaml",
    "conformance/_specs/openai/requirements/chat-stop.yaml",
    "conformance/_specs/telnyx/pack.yaml",
    "conformance/_specs/telnyx/openapi.yaml",
    "conformance/_specs/telnyx/profile.yaml",
    "conformance/_specs/vllm/pack.yaml",
    "conformance/_specs/vllm/profile.yaml",
    "conformance/contract/pack.schema.json",
    "conformance/packs/telnyx/checks/test_chat.py",
    "conformance/packs/vllm/checks/test_structured_outputs.py",
    "conformance/checks/scenarios/chat/conftest.py",
    "conformance/checks/invariants/test_invariants.py",
    "conformance/report/report.schema.json",
    "conformance/wire/credentials.yaml",
    "conformance/report/templates/report.html.j2",
    "conformance/py.typed",
)


@nox.session
def build(session: nox.Session) -> None:
    """Build wheel and source archive, look inside the wheel, and run the command from what is in it."""
    with tempfile.TemporaryDirectory() as folder:
        session.run(PYTHON, "-m", "build", "--outdir", folder, ".", silent=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = set(archive.namelist())
            missing = [name for name in IN_WHEEL if name not in names]
            foreign = [name for name in names if not name.startswith(("conformance/", "openai_conformance-"))]
            if missing or foreign:
                session.error(f"wheel lacks {missing}, has foreign {foreign[:5]}")
            unpacked = Path(folder) / "un packed"
            archive.extractall(unpacked)
        elsewhere = Path(folder) / "elsewhere"
        elsewhere.mkdir()
        environment = {"PYTHONPATH": str(unpacked)}
        command = (PYTHON, "-P", "-m", "conformance", "run", "--quiet", "--output", str(elsewhere / "run"))
        with session.chdir(elsewhere):
            session.run(*command, env=environment)
        if not (elsewhere / "run" / "report.html").is_file():
            session.error("the command from the wheel wrote no report")


@nox.session
def bench(session: nox.Session) -> None:
    """Wall time of a run against what the target's service time allows; prints the ratio."""
    session.run(PYTHON, "-m", "benchmarks.wall_time", *session.posargs)
