"""The pictures of the README: ``python -m tools.readme_pictures FOLDER-WITH-MNIST``.

The window as it opens for the first time, with the starter run, and a seven that was drawn; in both themes.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path


def main(folder: Path) -> None:
    """Write the pictures."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["SAEGUI_HOME"] = tempfile.mkdtemp()
    from tools.shown import Shown

    shown = Shown(None, folder)
    shown.save("window-light")
    shown.save("window-dark", theme="dark")
    shown.window.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
