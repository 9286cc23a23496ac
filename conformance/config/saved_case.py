"""One generated case, saved in the folder of a run so that it can be repeated alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from conformance.config.target import TargetError

FOLDER = "cases"
"""The folder of saved cases within a run's folder."""


@dataclass(frozen=True, slots=True)
class SavedCase:
    """A generated request body for which the target violated a requirement.

    `requirement` is the violated requirement. `pointer`, `keyword` and `said` describe the fault of the body; they are
    "" for a valid body. `body` is the request body exactly as sent. `observed` and `exchange` describe the response in
    the run that saved the case.
    """

    id: str
    requirement: str
    body: str
    pointer: str = ""
    keyword: str = ""
    said: str = ""
    seed: int = 0
    observed: str = ""
    exchange: str = ""

    def write(self, directory: Path) -> Path:
        """Save the case in the folder of a run and return the path of the file. Raises `OSError`."""
        file = directory / FOLDER / f"{self.id}.json"
        file.parent.mkdir(exist_ok=True)
        # ASCII: UTF-8 cannot write a lone surrogate, which a target may have sent.
        file.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="ascii")
        return file


def case_id(kind: str, body: str) -> str:
    """Return the id of a case: its kind, and eight characters that depend only on the request body."""
    return f"{kind}-{hashlib.sha256(body.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def find_case(name: str, folders: tuple[Path, ...] = (Path("reports"),)) -> SavedCase:
    """Find a saved case by the path of its file, or by its id below `folders`.

    If `name` is an id, the newest saved case with this id is returned.

    Raises `TargetError` if no saved case has this path or id, or if the file is not a saved case.
    """
    file = Path(name)
    if not file.is_file():
        found = [each for folder in folders for each in folder.glob(f"**/{FOLDER}/*.json") if each.stem == name]
        if not found:
            where = ", ".join(map(str, folders))
            raise TargetError(f"no case {name!r} is saved below {where}. Give the path of its file, RUN/cases/ID.json")
        file = max(found, key=lambda each: each.stat().st_mtime)
    return _read(file)


def _read(file: Path) -> SavedCase:
    try:
        data: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise TargetError(f"{file} cannot be read as a saved case ({problem})") from None
    known = SavedCase.__slots__
    good = isinstance(data, dict) and all(isinstance(data.get(key), str) for key in ("id", "requirement", "body"))
    if not good or not data["requirement"].startswith("generated."):
        raise TargetError(f"{file} is not a saved case; a run writes them as RUN/cases/ID.json")
    case = SavedCase(**{key: data[key] for key in known if key in data})
    if not case.keyword and not _is_object(case.body):
        raise TargetError(f"{file}: the body of a case without a fault must be a JSON object")
    if any(not isinstance(getattr(case, key), int if key == "seed" else str) for key in known):
        raise TargetError(f"{file} is not a saved case; a run writes them as RUN/cases/ID.json")
    return case


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
