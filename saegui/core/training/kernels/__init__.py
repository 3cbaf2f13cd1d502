"""Whole steps of TopK and BatchTopK in compiled kernels: only inked pixels are read, and no gradient is written to memory."""

import hashlib
from pathlib import Path

from saegui.core.files import paths
from saegui.core.training.gradients.choose_active import MORE

MOSTLY_ZERO = 0.5
"""Share of zeros in the images from which on they are kept as lists of the other pixels."""

SPARSE = 16
"""Of so many latents for each that is kept, half precision finds those that may be: then few are computed twice."""


def checksum() -> str:
    """A short checksum of all kernels: what is compiled of others is of no use."""
    found = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        found.update(source.read_bytes())
    return found.hexdigest()[:16]


def kind(arch: str, k: int, n_latents: int, refinements: int) -> str:
    """What is compiled on its own: a name for kernels of such trainings."""
    if refinements:
        return f"{arch}-refined"
    return f"{arch}-few" if SPARSE * kept_of(arch, k, n_latents) <= n_latents else f"{arch}-all"


def kept_of(arch: str, k: int, n_latents: int) -> int:
    """How many activations an image keeps at first."""
    return min(MORE * k if arch == "batch_topk" else k, n_latents)


def are_compiled(kind: str) -> bool:
    """Whether those of a :func:`kind` were compiled before on this machine, and kept. Does not import numba."""
    return any(paths.home().glob(f"kernels/{checksum()}-*/{kind}.done"))
