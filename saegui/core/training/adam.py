"""Adam (Kingma & Ba 2015, Algorithm 1) in one call of torch.

torch.optim's step does the same arithmetic, bit for bit, but its Python code takes longer than the arithmetic, and its
first step imports torch's compiler, which takes as long as importing torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
PIECES = 16
"""A weight is cut into so many pieces for CUDA; else 64 latents go to two of its 132 processors, which takes a third of a step."""


class Adam:
    """Moves weights against their ``.grad``, and keeps the moments of each weight."""

    def __init__(self, weights: Mapping[str, Tensor], paces: Mapping[str, float] | None = None) -> None:
        """``paces``: how many times the learning rate single weights move at, by name; the others move at it."""
        import torch

        self._weights = dict(weights)
        self._paces = dict(paces or {})
        self._means = {name: torch.zeros_like(weight) for name, weight in weights.items()}
        self._squares = {name: torch.zeros_like(weight) for name, weight in weights.items()}
        # One count for all: every weight moves at every step.
        self._count = torch.zeros((), device=next(iter(weights.values())).device)
        self._steps: int | None = None
        """The same as a number, while somebody else moves the weights: counting it takes a tenth of the time."""
        self._pieces = PIECES if self._count.device.type == "cuda" else 1
        self.settle: Callable[[], None] = _nothing
        """Called before the moments are read: who moves weights himself may have put off a part of that."""

    def step(self, lr: float | Tensor) -> None:
        """One step at learning rate ``lr``, a number or ``()`` on the weights' device; every weight must have a gradient."""
        import torch

        self.settle()
        gradients: list[Tensor] = []
        for weight in self._weights.values():
            gradient = weight.grad
            assert gradient is not None
            # The fused step walks through memory: a gradient that autograd left transposed would go to other weights.
            if gradient.stride() != weight.stride():
                gradient = torch.empty_like(weight).copy_(gradient)
            gradients.append(gradient)
        self._write_count()
        self._count.add_(1)
        before = {name: self._weights[name].clone() for name in self._paces}
        weights = self._in_memory_order(self._weights.values())
        torch._fused_adam_(
            weights,
            self._in_memory_order(gradients),
            self._in_memory_order(self._means.values()),
            self._in_memory_order(self._squares.values()),
            [],
            [self._count] * len(weights),
            lr=lr,
            beta1=BETA1,
            beta2=BETA2,
            weight_decay=0.0,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )
        for name, weight in before.items():
            # A step of Adam is proportional to its learning rate.
            torch.lerp(weight, self._weights[name], self._paces[name], out=self._weights[name])

    def begin_step(self, lr: float) -> tuple[float, float]:
        """Count a step that somebody else does with :attr:`moments`: lr / (1 − β₁ᵗ), and 1 / √(1 − β₂ᵗ)."""
        if self._steps is None:
            self._steps = int(self._count)
        self._steps += 1
        steps = self._steps
        return lr / (1 - BETA1**steps), 1 / math.sqrt(1 - BETA2**steps)

    def take_back(self, steps: int) -> None:
        """Count so many steps fewer: they were begun, and nobody did them."""
        if steps:
            assert self._steps is not None
            self._steps -= steps

    @property
    def steps(self) -> int:
        """Steps done so far."""
        return int(self._count) if self._steps is None else self._steps

    @property
    def moments(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Means and squares of each weight's gradient, by name; themselves, not copies."""
        self.settle()
        return self._means, self._squares

    def restart(self, latents: Tensor) -> None:
        """Reset the moments of the latents that ``latents (n_latents,)`` marks.

        Their means become zero, and their squares the average of the other latents' squares. With squares of zero, the
        first steps would be up to 6.6 times as long as the learning rate: Adam's own correction for moments that start
        at zero no longer acts by then.
        """
        self.settle()
        for moments in (self._means, self._squares):
            for name, moment in moments.items():
                if name == "b_dec":
                    continue
                of_latent = moment.t() if name == "W_enc" else moment
                others = of_latent[~latents]
                typical = others.mean(0) if moments is self._squares and len(others) else 0
                of_latent[latents] = typical

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Copies of all moments and the number of steps."""
        self.settle()
        self._write_count()
        found = {f"mean.{name}": moment.cpu().numpy().copy() for name, moment in self._means.items()}
        found |= {f"square.{name}": moment.cpu().numpy().copy() for name, moment in self._squares.items()}
        return {**found, "adam_steps": self._count.cpu().numpy().reshape(1).copy()}

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Continue from a :meth:`state`."""
        import torch

        self.settle()
        for prefix, moments in (("mean", self._means), ("square", self._squares)):
            for name, moment in moments.items():
                moment.copy_(torch.from_numpy(state[f"{prefix}.{name}"]))
        self._count.fill_(float(state["adam_steps"][0]))
        self._steps = None

    def _write_count(self) -> None:
        if self._steps is not None:
            self._count.fill_(self._steps)
            self._steps = None

    def _in_memory_order(self, tensors: Iterable[Tensor]) -> list[Tensor]:
        """Contiguous views of the tensors; the fused step would copy others."""
        whole = [tensor if tensor.is_contiguous() else tensor.t() for tensor in tensors]
        if self._pieces == 1:
            return whole
        return [piece for tensor in whole for piece in tensor.view(-1).chunk(self._pieces)]


def _nothing() -> None:
    """Nobody puts anything off."""
