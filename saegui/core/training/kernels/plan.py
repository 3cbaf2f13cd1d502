"""What a FusedStep keeps of steps: what several begin with and find, what the second half needs of the first, and their arrays."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.training.gradients.step import StepNumbers
from saegui.core.training.kernels.auxk import Revival
from saegui.core.training.kernels.inked import Ahead, Inked
from saegui.core.training.kernels.vectors import Stored, zeros

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig


class Plan:
    """Arrays with a number for each step, in the order in which kernels take them."""

    def __init__(self, steps: int) -> None:
        """All zero."""
        self.lengths, self.ks, self.candidates = np.zeros((3, steps), np.int64)
        """How many images the batch has, k, and how many activations an image keeps before those of the batch are chosen."""
        self.paces, self.roots = np.zeros((2, steps), np.float32)
        """Of Adam: see :func:`~saegui.core.training.kernels.gradients.adam`."""
        self._losses, self._numbers = np.zeros((2, steps), np.float32), np.zeros((5, steps), np.int64)
        self.mse, self.auxk = self._losses
        self.revived, self.on, self.dead, self.full, self.was_taken = self._numbers
        """See :func:`~saegui.core.training.kernels.steps.steps`."""
        self.told = (self.lengths, self.ks, self.candidates, self.paces, self.roots)
        self.found = (self.mse, self.auxk, self.revived, self.on, self.dead, self.full, self.was_taken)

    def read(self) -> tuple[list[StepNumbers], bool]:
        """Of all steps that were taken, in order; and whether images of a step kept too few candidates."""
        (mse, auxk), (revived, on, dead, full, taken) = self._losses.tolist(), self._numbers.tolist()
        found = [
            StepNumbers({"mse": mse, "auxk": auxk} if revived else {"mse": mse}, on, dead)
            for mse, auxk, revived, on, dead, was_taken in zip(
                mse, auxk, revived, on, dead, taken, strict=True
            )
            if was_taken
        ]
        return found, any(full)


class HalfStep(NamedTuple):
    """What the second half of a step needs of the first."""

    config: RunConfig
    inked: Inked
    images: Stored
    threads: int


class Scratch(threading.local):
    """What lasts for a step only, of several models: each thread has it once, so it is still in the cache at the next model's step."""

    def __init__(self) -> None:
        super().__init__()
        self._arrays: dict[tuple[str, tuple[int, ...]], NDArray[Any]] = {}
        self._revivals: dict[tuple[int, ...], Revival] = {}

    def array(self, name: str, shape: tuple[int, ...], kind: Any = np.float32) -> NDArray[Any]:
        """This thread's own array of that name and shape."""
        key = (name, shape)
        if key not in self._arrays:
            self._arrays[key] = zeros(shape, kind)
        return self._arrays[key]

    def revival(self, *sizes: int) -> Revival:
        """This thread's own place for AuxK of models of such sizes."""
        if sizes not in self._revivals:
            self._revivals[sizes] = Revival(*sizes)
        return self._revivals[sizes]


def latent_by_latent(name: str, weight: Tensor) -> NDArray[np.float32]:
    """The memory of a weight, or of its moment, as kernels read it."""
    found: NDArray[np.float32] = (weight.t() if name == "W_enc" else weight).numpy()
    return found


def drawn_into(scratch: Scratch | None, ahead: Ahead) -> Stored:
    """Where batches are drawn: the thread's own place where others draw them at the same time."""
    return ahead.x if scratch is None else scratch.array("x", ahead.x.shape, ahead.x.dtype)


SCRATCH = ("_residual", "_packed", "_bits", "_latents", "_highs", "_delta", "_of_image", "_of_value", "_of_delta")  # fmt: skip
"""Those arrays of a :class:`~saegui.core.training.kernels.fused.FusedStep`."""
