"""Makes an environment for each library that models are exchanged with: ``python tools/interop_environments.py FOLDER [NAME …]``.

Then ``SAEGUI_INTEROP=FOLDER python -m pytest -m interop`` asks these libraries. They need about 10 GB, and cannot share one
environment, nor that of saegui: they want other versions of the same packages.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ENVIRONMENTS: dict[str, tuple[str, ...]] = {
    "saelens": ("torch==2.13.0", "sae-lens==6.54.12"),
    "dictionary_learning": ("torch==2.14.1", "torchvision==0.29.1", "dictionary-learning==0.1.0"),
    "sparsify": ("torch==2.13.0", "eai-sparsify==1.3.3"),
    "overcomplete": ("torch==2.14.1", "torchvision==0.29.1", "matplotlib==3.8.4", "overcomplete==0.3.0"),
    "saev": ("torch==2.13.0", "saev==0.1.0"),
}
"""Name of the folder → packages, as they were when the exchange was checked last."""


def make(folder: Path, name: str) -> None:
    """Make the environment ``name`` in ``folder``; raises ``CalledProcessError`` when a package cannot be installed."""
    venv.create(folder / name, with_pip=True, clear=True)
    python = folder / name / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "safetensors", *ENVIRONMENTS[name]], check=True
    )


if __name__ == "__main__":
    for chosen in sys.argv[2:] or ENVIRONMENTS:
        print(chosen)
        make(Path(sys.argv[1]), chosen)
