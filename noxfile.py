"""The developer commands of this project. Each command is a nox session, which runs in the environment of nox itself.

python -m nox                      lint, types, tests, the changed part of the kill matrix, build: as in CI python -m
nox -s NAME              one session; `python -m nox --list` lists all
"""

import json
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
TELNYX = "telnyx@7.24.0"


# Each worker starts with one half of the list and takes from the other's end when it is done, so that what a module of tests
# sets up is set up once. Many tests wait (for a process, for a timeout), so one worker more than cores keeps the cores busy.
PARALLEL = ("-n", str((os.cpu_count() or 1) + 1), "--dist", "worksteal", "-m", "not alone")
# Only the files of these tests, since collecting all tests takes longer than some of them.
ALONE = (
    "-m",
    "alone",
    *(str(file) for file in sorted(Path("tests").rglob("test_*.py")) if "mark.alone" in file.read_text()),
)


# Processes keep what they compile, also where the environment says that they do not: many tests start one, and each would
# compile the suite anew.
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests in parallel, then the timing tests, which need an idle machine."""
    session.run(PYTHON, "-m", "pytest", *PARALLEL, *session.posargs, env=COMPILED)
    session.run(PYTHON, "-m", "pytest", *ALONE, *session.posargs, env=COMPILED)


# Tests of the rooms that start no process and audit nothing.
QUICK = (
    *(
        f"tests/{room}"
        for room in ("api", "config", "engine", "options", "record", "reply", "verdict", "wire", "checks")
    ),
    "--ignore=tests/checks/constraints",
    "--ignore=tests/checks/generated",
    "--ignore=tests/checks/test_index.py",
    "--ignore=tests/checks/test_made.py",
    "--ignore=tests/checks/test_model_dependence.py",
    "--ignore=tests/checks/test_references.py",
    "--ignore=tests/checks/test_repeatable.py",
    "--ignore=tests/checks/test_stored_completions.py",
    "--ignore=tests/checks/test_telnyx_images.py",
    "--ignore-glob=tests/checks/test_lawful_*.py",
    "--ignore-glob=tests/wire/test_redact*.py",
    "--ignore=tests/record/test_run_file.py",
    "tests/contract/test_registry.py",
    "tests/test_architecture.py",
    "tests/test_catalogue.py",
)


@nox.session
def quick(session: nox.Session) -> None:
    """Run the linter, the type checker and the fast tests, for use after each change.

    If mypy has a cache, the nox session `quick` takes 28 s on 2 idle cores.
    """
    lint(session)
    types(session)
    session.run(
        PYTHON,
        "-m",
        "pytest",
        "-q",
        *PARALLEL,
        "-n",
        "auto",
        "--dist",
        "loadfile",
        *QUICK,
        *session.posargs,
        env=COMPILED,
    )


def _tests_with(session: nox.Session, resolution: str) -> None:
    """Run all tests in a separate environment with the versions that `resolution` chooses."""
    session.install("uv")
    session.run("uv", "pip", "install", "--quiet", "--resolution", resolution, "--upgrade", "-e", ".[dev]")
    session.run("uv", "pip", "list")
    session.run("python", "-m", "pytest", *PARALLEL, *session.posargs)
    session.run("python", "-m", "pytest", *ALONE, *session.posargs)


@nox.session(venv_backend="virtualenv")
def newest(session: nox.Session) -> None:
    """Run all tests with the newest dependency versions that pyproject.toml allows."""
    _tests_with(session, "highest")


@nox.session(venv_backend="virtualenv")
def oldest(session: nox.Session) -> None:
    """Run all tests with the oldest direct dependency versions that pyproject.toml allows."""
    _tests_with(session, "lowest-direct")


@nox.session
def lawful(session: nox.Session) -> None:
    """Audit every lawful variation of the reference endpoint 200 times with different seeds; takes over an hour."""
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
def false_red(session: nox.Session) -> None:
    """Audit lawful variations of the reference endpoint 3,000 times, and measure the error rates.

    The nox session `false_red` fails if an audit reports a failure. `nox -s false_red` takes 25 minutes of processor
    time.
    """
    session.run(PYTHON, "-m", "tests.proof.error_rates", "--write", *session.posargs)


@nox.session
def changed(session: nox.Session) -> None:
    """Test the suite against the mutants that changed since PROOF_BASE, and against a sample of all mutants.

    The environment variable PROOF_BASE names the commit with which the mutants are compared; the default is the
    previous commit.
    """
    commit = session.run("git", "rev-parse", "HEAD", external=True, silent=True, success_codes=[0, 128]) or ""
    number = int(commit[:8], 16) if len(commit.strip()) == 40 else 0
    base = os.environ.get("PROOF_BASE", "HEAD~1")
    session.run(PYTHON, "-m", "tests.proof.matrix", "--since", base, "--sample", str(number), *session.posargs)


@nox.session
def seen(session: nox.Session) -> None:
    """Test the suite against the mutants that changed since tests/proof/seen.ndjson was written, and update that file."""
    session.run(PYTHON, "-m", "tests.proof.matrix", "--changed", "--write", *session.posargs)
    session.run(PYTHON, "-m", "tests.proof.worth", "--write")


@nox.session
def kill(session: nox.Session) -> None:
    """Test the suite against every mutant with every requirement, and write tests/proof/seen.ndjson.

    The session `kill` takes about 20 minutes on 2 cores.
    """
    session.run(PYTHON, "-m", "tests.proof.matrix", "--write", *session.posargs)
    session.run(PYTHON, "-m", "tests.proof.worth", "--write")


@nox.session
def worth(session: nox.Session) -> None:
    """Count the requests of each probe, order the probes by the mutants that they reveal, and write docs/worth.md."""
    session.run(PYTHON, "-m", "benchmarks.request_plan", "--write")
    session.run(PYTHON, "-m", "tests.proof.worth", "--write")


@nox.session
def hostile(session: nox.Session) -> None:
    """Audit every hostile target in a separate run and write docs/hostile.md; takes minutes."""
    session.run(PYTHON, "-m", "tests.hostile.table", "--write", "docs/hostile.md")


@nox.session
def corpus(session: nox.Session) -> None:
    """Judge recorded traffic (CONFORMANCE_SHARED is the folder with corpus/) and write the tables of docs/corpus.md."""
    session.run(PYTHON, "-m", "pytest", "tests/recordings", *session.posargs)
    session.run(PYTHON, "-m", "benchmarks.corpus")


@nox.session
def clients(session: nox.Session) -> None:
    """Install Telnyx's SDK for Node with npm, and run it against the reference endpoint."""
    if not shutil.which("npm"):
        session.skip("npm is not installed")
    with tempfile.TemporaryDirectory() as folder:
        session.run("npm", "install", "--silent", "--no-save", "--prefix", folder, TELNYX, external=True)
        session.run(PYTHON, "-m", "pytest", "tests/clients", *session.posargs, env={"NODE_PACKAGES": folder})


@nox.session
def flakes(session: nox.Session) -> None:
    """Audit the reference endpoint twenty times, count the verdicts that changed and write docs/stability.md.

    The nox session `flakes` needs several minutes.
    """
    session.run(PYTHON, "-m", "tests.hostile.flakes", "--write", "docs/stability.md", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Fuzz the parsers and invariants with thousands of randomly damaged files and responses; takes minutes."""
    session.run(PYTHON, "-m", "pytest", "-n", "auto", "tests/fuzz", *session.posargs, env={"FUZZ_EXAMPLES": "3000"})


_COSMIC_RAY = """[cosmic-ray]
module-path = "{module}"
timeout = 120.0
test-command = "{python} -m pytest -x -q -p no:cacheprovider {tests}"
[cosmic-ray.distributor]
name = "local"
[cosmic-ray.filters.operators-filter]
exclude-operators = {equivalent}
"""
# `|` stands between types, which nothing evaluates, and members of an enumeration are equal where they are the same.
_EQUIVALENT = [
    "core/ReplaceBinaryOperator_BitOr_.*",
    "core/ReplaceComparisonOperator_Is_Eq",
    "core/ReplaceComparisonOperator_IsNot_NotEq",
]


@nox.session(venv_backend="virtualenv")
def mutation(session: nox.Session) -> None:
    """Run mutation tests (cosmic-ray) for one module in a copy of the last commit: `nox -s mutation -- MODULE TESTS…`.

    `nox -s mutation` takes a few seconds per mutant.
    """
    if len(session.posargs) < 2:
        session.error("name a module, then its tests: -- conformance/wire/sse.py tests/wire/test_sse.py")
    module, *tests = session.posargs
    session.install("cosmic-ray>=8.7", "-e", ".[dev]")
    with tempfile.TemporaryDirectory() as folder:
        session.run("git", "clone", "--quiet", ".", folder, external=True)
        python = str(Path(session.bin) / "python")
        with session.chdir(folder):
            words = {
                "module": module,
                "python": python,
                "tests": " ".join(tests),
                "equivalent": json.dumps(_EQUIVALENT),
            }
            Path("mutation.toml").write_text(_COSMIC_RAY.format(**words))
            session.run("cosmic-ray", "init", "mutation.toml", "mutation.sqlite", silent=True)
            session.run("cr-filter-operators", "mutation.sqlite", "mutation.toml")
            session.run("cosmic-ray", "exec", "mutation.toml", "mutation.sqlite")
            session.run("cr-report", "--surviving-only", "--show-diff", "mutation.sqlite")


@nox.session
def coverage(session: nox.Session) -> None:
    """Run all tests under coverage, subprocesses included, and write docs/code-coverage.md; takes long."""
    run = (PYTHON, "-m", "coverage", "run", "-m", "pytest")
    session.run(PYTHON, "-m", "coverage", "erase")
    session.run(*run, *PARALLEL, *session.posargs)
    session.run(*run, *ALONE, *session.posargs)
    session.run(PYTHON, "-m", "coverage", "combine", "--quiet")
    session.run(PYTHON, "-m", "tests.proof.coverage_page", "--write", "docs/code-coverage.md", "--fail-under", "95")


@nox.session
def seeds(session: nox.Session) -> None:
    """Send the generated cases of 20 random seeds to the reference endpoint, where every failure is a bug in the suite.

    The nox session `seeds` takes minutes.
    """
    session.run(PYTHON, "-m", "benchmarks.false_failures", *session.posargs)


AXE = "axe-core@4.14.1"


@nox.session
def browser(session: nox.Session) -> None:
    """Test report.html, the document and the site in headless Chromium: clicks, keyboard, reloading, printing, and accessibility with axe-core from npm.

    The tests are skipped if Chromium is not installed.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = {}
        if shutil.which("npm"):
            session.run("npm", "install", "--silent", "--no-save", "--prefix", folder, AXE, external=True)
            environment["AXE_CORE"] = str(Path(folder) / "node_modules" / "axe-core" / "axe.min.js")
        tests = (
            "tests/report/test_report_browser.py",
            "tests/report/test_document_browser.py",
            "tests/report/test_reference_browser.py",
            "tests/store/test_site_browser.py",
        )
        session.run(PYTHON, "-m", "pytest", "-rs", *tests, *session.posargs, env=environment)


@nox.session
def causes(session: nox.Session) -> None:
    """Measure how well findings are grouped into causes, with single mutants, sets of nine mutants, and repair scripts.

    The nox session `causes` takes an hour.
    """
    folder = Path(session.create_tmp()) / "runs"
    session.run(PYTHON, "-m", "benchmarks.causes", "--runs", str(folder), "--details", *session.posargs)
    session.run(PYTHON, "-m", "benchmarks.cause_scripts", "--runs", str(folder))
    session.run(PYTHON, "-m", "benchmarks.composed_causes", "--runs", str(folder / "composed"), "--details")


@nox.session
def lint(session: nox.Session) -> None:
    """Run ruff (lint rules and formatting), then check the English that users read."""
    session.run(PYTHON, "-m", "ruff", "check", ".")
    session.run(PYTHON, "-m", "ruff", "format", "--check", ".")
    session.run(PYTHON, "-m", "tests.prose")


@nox.session
def prose(session: nox.Session) -> None:
    """Check the English that users read, or print a random sample of sentences with `-- --sample 50 --seed 1`."""
    session.run(PYTHON, "-m", "tests.prose", *session.posargs)


@nox.session
def types(session: nox.Session) -> None:
    """Run mypy in strict mode."""
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
    "conformance/cli/pack_template/checks.py.txt",
    "conformance/contract/pack.schema.json",
    "conformance/packs/telnyx/checks/test_chat.py",
    "conformance/packs/vllm/checks/test_structured_outputs.py",
    "conformance/checks/scenarios/chat/conftest.py",
    "conformance/checks/invariants/test_invariants.py",
    "conformance/acceptance/waivers.schema.json",
    "conformance/cli/conformance.schema.json",
    "conformance/report/report.schema.json",
    "conformance/schemas/run.schema.json",
    "conformance/schemas/manifest.schema.json",
    "conformance/wire/credentials.yaml",
    "conformance/report/templates/report.html.j2",
    "conformance/py.typed",
)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation site into the folder `site`, and test every link in it."""
    session.run(PYTHON, "-m", "tests.docs_site", "--output", "site", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Build the wheel and the source archive, check the content of the wheel, and run the command from an installed wheel."""
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
            for words in (("new", "acme"), ("check", "acme"), ("prove", "acme")):
                session.run(PYTHON, "-P", "-m", "conformance", "pack", *words, env=environment)
        if not (elsewhere / "run" / "report.html").is_file():
            session.error("the command from the wheel wrote no report")


@nox.session
def bench(session: nox.Session) -> None:
    """Compare the duration of a run with the minimum that the target's response times allow, and print the ratio."""
    session.run(PYTHON, "-m", "benchmarks.wall_time", *session.posargs)
