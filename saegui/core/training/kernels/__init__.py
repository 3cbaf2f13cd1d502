"""Whole steps of TopK and BatchTopK in compiled kernels: only inked pixels are read, and no gradient is written to memory."""

import hashlib
from pathlib import Path

from saegui.core.files import paths

MOSTLY_ZERO = 0.5
"""Share of zeros in the images from which on they are kept as lists of the other pixels."""


def checksum() -> str:
    """A short checksum of all kernels: what is compiled of others is of no use."""
    found = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        found.update(source.read_bytes())
    return found.hexdigest()[:16]


def are_compiled() -> bool:
    """Whether kernels were compiled before on this machine, and kept. Does not import numba."""
    return any(paths.home().glob(f"kernels/{checksum()}-*/**/*.nbc"))
