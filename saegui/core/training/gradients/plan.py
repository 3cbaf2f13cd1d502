"""plan: chooses the fastest way to compute the gradients of one or several trainings, from measured limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from saegui.core.config.schema import RunConfig
from saegui.core.families.registry import FAMILIES, WITH_SEARCH
from saegui.core.training.gradients.dense import STEPS
from saegui.core.training.gradients.refinement_grad import RefinedStep
from saegui.core.training.gradients.sparse import SparseStep
from saegui.core.training.gradients.step import (
    GradientInput,
    GradientResult,
    PlainStep,
    SeveralSteps,
    Step,
)

if TYPE_CHECKING:
    from torch import Tensor

Gradients = Callable[["Tensor", Sequence[GradientInput]], list[GradientResult]]
"""Fills every weight's ``.grad`` from one batch, with one :class:`GradientInput` and one :class:`GradientResult` a model."""

BY_LIMITS, DENSE, SPARSE_WAY, KERNELS = "torch", "dense", "sparse", "kernels"
WAYS = {
    BY_LIMITS: "PyTorch, as limits say that were measured elsewhere",
    DENSE: "PyTorch's dense products",
    SPARSE_WAY: "PyTorch's products of the active latents alone",
    KERNELS: "compiled kernels",
}
"""How a step of TopK and BatchTopK is computed, as a run keeps it."""
SPARSE = 6
"""Leaving zeros out is faster from this many latents for each active one: measured with 64, 256 and 1,024 latents."""
SPARSE_TOGETHER = 4
"""As :data:`SPARSE`, of several models that then step as one: measured with four of 64 and of 256 latents."""
SPARSE_REFINED, LEAST_REFINED = 16, 256
"""As :data:`SPARSE`, with refinements, which need so many latents at all: measured with 32 to 1,024, of which 5 to 64 are active."""
MOST_REFINED = 1024
"""Latents up to which refinements are computed by kernels: these keep a product for every two latents."""
SPARSE_CUDA, LEAST_CUDA = 32, 4096
"""As both, with CUDA, which needs so many latents at all: measured with 512 to 65,536, of which 10 to 256 are active."""


class Group(NamedTuple):
    """Models whose gradients are computed together."""

    which: tuple[int, ...]
    """Their places among all models."""
    gradients: Gradients
    beside: bool = False
    """Whether one thread computes its whole step while others are at other models."""
    several: SeveralSteps | None = None
    """Takes several steps at once where nothing needs to be done between them."""


SEARCHES = {"cpu": WITH_SEARCH, "cuda": ("topk",)}
"""By device, the families whose gradients can leave zeros out, and use bfloat16. Not BatchTopK on CUDA: how many latents
of an image are active there would have to be waited for."""


def plan(
    configs: Sequence[RunConfig],
    models: Sequence[dict[str, Tensor]],
    batch: int,
    zeros: float = 0.0,
    way: str = BY_LIMITS,
) -> list[Group]:
    """The fastest ways for batches of up to ``batch`` images; ``zeros`` is the share of their inputs that are zero.

    ``way``: one of :data:`WAYS`; models that :func:`takes_kernels` names are left out where it is :data:`KERNELS`. Weights of
    ``models`` may be moved to other places in memory.
    """
    return [
        Group(
            which,
            _step([configs[index] for index in which], [models[index] for index in which], batch, zeros, way),
        )
        for which in _groups(configs, models, way)
    ]


def takes_kernels(config: RunConfig, weights: dict[str, Tensor]) -> bool:
    """Whether there are kernels for it; numba may be missing."""
    return (
        weights["W_dec"].device.type == "cpu"
        and config.arch in WITH_SEARCH
        and config.precision == "float32"
        and (not config.refinements or config.n_latents <= MOST_REFINED)
    )


def _groups(
    configs: Sequence[RunConfig], models: Sequence[dict[str, Tensor]], way: str
) -> list[tuple[int, ...]]:
    """Which models step together: those that leave zeros out, by the precision of their products."""
    together: dict[str, list[int]] = {}
    groups: list[tuple[int, ...]] = []
    for index, (config, weights) in enumerate(zip(configs, models, strict=True)):
        if way == KERNELS and takes_kernels(config, weights):
            continue
        if _is_sparse(config, weights, SPARSE_TOGETHER, way):
            together.setdefault(config.precision, []).append(index)
        else:
            groups.append((index,))
    return groups + [tuple(indices) for indices in together.values()]


def _step(
    configs: Sequence[RunConfig], models: Sequence[dict[str, Tensor]], batch: int, zeros: float, way: str
) -> Gradients:
    config, weights = configs[0], models[0]
    if len(models) > 1 or _is_sparse(config, weights, SPARSE, way):
        return SparseStep(models, batch, config.precision, zeros)
    step = _single(config, weights, batch)
    return lambda x, inputs: [step(weights, x, *inputs[0])]


def _single(config: RunConfig, weights: dict[str, Tensor], batch: int) -> Step:
    """The fastest way of a model that steps alone and is not :func:`_is_sparse`."""
    family, device = FAMILIES[config.arch], weights["W_dec"].device
    if (
        device.type == "cpu"
        and config.arch in WITH_SEARCH
        and config.refinements
        and config.n_latents >= max(SPARSE_REFINED * config.k, LEAST_REFINED)
    ):
        return RefinedStep(weights, batch, config.refinements)
    closed = STEPS.get(config.arch)
    if closed is None:
        return PlainStep(family)
    return closed(family, batch, weights["W_dec"].shape[1], config.n_latents, device)


def _is_sparse(config: RunConfig, weights: dict[str, Tensor], least: int, way: str) -> bool:
    """Whether zeros can be left out and that is faster: as ``way`` says, or from ``least`` latents for each active one."""
    device = weights["W_dec"].device.type
    if config.refinements or config.arch not in SEARCHES.get(device, ()):
        return False
    if config.precision != "float32":
        return True
    if device == "cpu" and way in (DENSE, SPARSE_WAY):
        return way == SPARSE_WAY
    if device == "cuda":
        return config.n_latents >= max(SPARSE_CUDA * config.k, LEAST_CUDA)
    return config.n_latents >= least * config.k
