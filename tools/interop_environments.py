"""Makes an environment for each library that models are exchanged with: ``python tools/interop_environments.py FOLDER [NAME …]``.

Then ``SAEGUI_INTEROP=FOLDER python -m pytest -m interop -o faulthandler_timeout=0`` asks these libraries; ``.ci/nightly FOLDER``
does both, and makes only what is missing (``--missing``). They need about 10 GB, and cannot share one environment, nor that of
saegui: they want other versions of the same packages.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import venv
from pathlib import Path

ENVIRONMENTS: dict[str, tuple[str, ...]] = {
    "saelens": ("torch==2.13.0", "sae-lens==6.54.12"),
    "dictionary_learning": ("torch==2.14.1", "torchvision==0.29.1", "dictionary-learning==0.1.0"),
    "sparsify": ("torch==2.13.0", "eai-sparsify==1.3.3"),
    "overcomplete": ("torch==2.14.1", "torchvision==0.29.1", "matplotlib==3.8.4", "overcomplete==0.3.0"),
    "openai": ("torch==2.13.0", "numpy==2.4.6"),
    "saev": ("torch==2.13.0", "saev==0.1.0"),
    "sae_bench": ("torch==2.14.1", "torchvision==0.29.1", "sae-bench==0.6.0"),
}
"""Name of the folder → packages, as they were when the exchange was checked last."""
ALONE: dict[str, str] = {
    "openai": "git+https://github.com/openai/sparse_autoencoder@4965b941e9eb590b00b253a2c406db1e1b193942",
}
"""Name of the folder → a package that is installed without those that it asks for, of which newer Pythons have no such versions."""
_MADE_OF = "made-of.txt"


def wanted(name: str) -> tuple[str, ...]:
    """Everything that is installed in the environment ``name``."""
    return (*ENVIRONMENTS[name], *(each for key, each in ALONE.items() if key == name))


def is_made(folder: Path, name: str) -> bool:
    """Whether the environment ``name`` is in ``folder``, complete and of today's versions."""
    try:
        return (folder / name / _MADE_OF).read_text("utf-8").splitlines() == list(wanted(name))
    except OSError:
        return False


def make(folder: Path, name: str) -> None:
    """Make the environment ``name`` in ``folder``; raises ``CalledProcessError`` when a package cannot be installed."""
    venv.create(folder / name, with_pip=True, clear=True)
    python = folder / name / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    install = [str(python), "-m", "pip", "install", "--quiet"]
    subprocess.run([*install, "safetensors", *ENVIRONMENTS[name]], check=True)
    if name in ALONE:
        subprocess.run([*install, "--no-deps", ALONE[name]], check=True)
    (folder / name / _MADE_OF).write_text("\n".join(wanted(name)) + "\n", "utf-8")


def main(words: list[str]) -> None:
    """Make what ``words`` ask for."""
    parser = argparse.ArgumentParser(description="Make an environment for each library.")
    parser.add_argument("--missing", action="store_true", help="leave alone what is there already")
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ENVIRONMENTS)}")
    options = parser.parse_args(words)
    for name in options.names or ENVIRONMENTS:
        if name not in ENVIRONMENTS:
            parser.error(f"there is no library '{name}'; choose from {', '.join(ENVIRONMENTS)}")
        if not (options.missing and is_made(options.folder, name)):
            print(name, flush=True)
            make(options.folder, name)


if __name__ == "__main__":
    main(sys.argv[1:])
