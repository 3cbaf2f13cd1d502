"""Whole steps of TopK and BatchTopK in compiled kernels: only inked pixels are read, and no gradient is written to memory."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from saegui.core.files import paths
from saegui.core.training.gradients.choose_active import MORE

if TYPE_CHECKING:
    from saegui.core.config.schema import RunConfig

MOSTLY_ZERO = 0.5
"""Share of zeros in the images from which on they are kept as lists of the other pixels."""

SPARSE = 32
"""Of so many latents for each that is kept, eight-bit weights find those that may be: then few are computed twice."""

SMALL = 128
"""Up to so many latents, all numbers of the refinements' codes are multiplied; with more, only those that are not zero."""


def checksum() -> str:
    """A short checksum of all kernels: what is compiled of others is of no use."""
    found = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        found.update(source.read_bytes())
    return found.hexdigest()[:16]


def kind(config: RunConfig) -> str:
    """What is compiled on its own: a name for kernels of such trainings."""
    if config.refinements:
        return f"{config.arch}-refined" if config.n_latents > SMALL else "refined-small"
    few = SPARSE * kept_of(config.arch, config.k, config.n_latents) <= config.n_latents
    return "-".join([config.arch, "few" if few else "all", *(["auxk"] if config.revival == "auxk" else [])])


def kept_of(arch: str, k: int, n_latents: int) -> int:
    """How many activations an image keeps at first."""
    return min(MORE * k if arch == "batch_topk" else k, n_latents)


def are_compiled(kind: str) -> bool:
    """Whether those of a :func:`kind` were compiled before on this machine, and kept. Does not import numba."""
    return any(paths.home().glob(f"kernels/{checksum()}-*/{kind}.done"))
