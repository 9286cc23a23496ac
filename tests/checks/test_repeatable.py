"""One seed draws the same schemas, whatever else is loaded into the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DRAW = """
import sys
sys.path.insert(0, {folder!r})
{also}
from conformance.checks.constraints.generated import draw
print([each.text for each in draw(30, 11, levels=2)])
"""


def test_constants_of_other_modules_change_nothing(tmp_path: Path) -> None:
    """Hypothesis would draw the numbers and words that it finds in whatever modules of the user are loaded."""
    words = ", ".join(f"'word-{number}', {number}" for number in range(400))
    (tmp_path / "someone_elses.py").write_text(f"WORDS = [{words}]\n", encoding="utf-8")
    told = [
        subprocess.run(
            [sys.executable, "-c", DRAW.format(folder=str(tmp_path), also=also)],
            cwd=tmp_path,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for also in ("", "import someone_elses")
    ]
    assert told[0].count("additionalProperties") >= 30
    assert told[0] == told[1]
