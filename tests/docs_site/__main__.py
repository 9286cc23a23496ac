"""Build the documentation site: `python -m tests.docs_site --output site`."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from .links import broken_links
from .source import write_source

NAVIGATION = Path(__file__).with_name("navigation.yaml")
NAME = "openai-conformance"


def configuration() -> str:
    """Return the configuration of the generator. The navigation is in `navigation.yaml`."""
    navigation = ", ".join(_entry(title, content) for title, content in yaml.safe_load(NAVIGATION.read_text()).items())
    return "\n".join(
        [
            "[project]",
            f'site_name = "{NAME}"',
            "use_directory_urls = false",
            f"nav = [{navigation}]",
            "[project.theme]",
            'features = ["navigation.tabs", "navigation.top", "navigation.footer", "content.code.copy", "toc.follow"]',
            "font = false",
            '[[project.theme.palette]]\nmedia = "(prefers-color-scheme: light)"\nscheme = "default"\n'
            'toggle.icon = "lucide/sun"\ntoggle.name = "Dark"',
            '[[project.theme.palette]]\nmedia = "(prefers-color-scheme: dark)"\nscheme = "slate"\n'
            'toggle.icon = "lucide/moon"\ntoggle.name = "Light"',
        ]
    )


def _entry(title: str, content: str | dict[str, str]) -> str:
    if isinstance(content, str):
        return f"{{{json.dumps(title)} = {json.dumps(content)}}}"
    return f"{{{json.dumps(title)} = [{', '.join(_entry(*each) for each in content.items())}]}}"


def main() -> int:
    """The command line. Returns 1 if a link is broken or the generator fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.docs_site", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("site"), metavar="DIR", help="folder of the built site")
    output: Path = parser.parse_args().output.resolve()
    with tempfile.TemporaryDirectory() as folder:
        write_source(Path(folder) / "docs")
        (Path(folder) / "zensical.toml").write_text(configuration(), encoding="utf-8")
        done = subprocess.run([sys.executable, "-m", "zensical", "build", "--strict"], cwd=folder, check=False)
        if done.returncode:
            return 1
        shutil.rmtree(output, ignore_errors=True)
        shutil.move(Path(folder) / "site", output)
    broken = list(broken_links(output))
    sys.stdout.write("".join(f"{line}\n" for line in broken))
    sys.stdout.write(f"{output}: {sum(1 for _ in output.rglob('*.html'))} pages, {len(broken)} broken links\n")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
