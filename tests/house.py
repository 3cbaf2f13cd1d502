"""A copy of the program in a folder of its own, to which a test adds a file as a contributor would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
EXAMPLES = CHECKOUT / "docs" / "examples"


class House:
    """The copy; what is added there reaches nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "house"
        # With what Python has compiled: only a file that was edited is compiled again. Not what it is just writing.
        skip = shutil.ignore_patterns("*.pyc.*")
        for name in ("saegui", "tools", "docs"):
            shutil.copytree(CHECKOUT / name, self.folder / name, ignore=skip)
        for page in CHECKOUT.glob("*.md"):
            shutil.copy(page, self.folder)
        (self.folder / "resources").symlink_to(CHECKOUT / "resources", target_is_directory=True)

    def add(self, example: str, to: str) -> None:
        """Copy ``docs/examples/<example>`` to the file ``to``, the one that CONTRIBUTING names."""
        assert f"Copy this to `{to}`" in (CHECKOUT / "CONTRIBUTING.md").read_text()
        assert not (self.folder / to).exists()
        shutil.copy(EXAMPLES / example, self.folder / to)

    def edit(self, file: str, before: str, after: str) -> None:
        """Replace the one place in ``file`` that reads ``before``."""
        text = (self.folder / file).read_text()
        assert text.count(before) == 1, f"{file} has {text.count(before)} places with {before!r}"
        (self.folder / file).write_text(text.replace(before, after))

    def python(self, *arguments: str) -> str:
        """What ``python`` with these arguments prints in the copy; it must succeed."""
        environment = os.environ | {
            "PYTHONPATH": str(self.folder),
            "QT_QPA_PLATFORM": "offscreen",
            "SAEGUI_HOME": str(self.folder / "home"),
            "COLUMNS": "200",
        }
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=250,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def saegui(self, *arguments: str) -> str:
        """What the command line prints in the copy."""
        return self.python("-m", "saegui", *arguments)
