"""Adam (Kingma & Ba 2015, Algorithm 1) as one call into torch.

torch.optim's step does the same arithmetic, bit for bit, but wraps it in Python that takes longer than the arithmetic
and imports torch's compiler at the first step, which takes as long as importing torch.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """Moves weights against their ``.grad``; keeps the moments of each."""

    def __init__(self, weights: Iterable[Tensor]) -> None:
        import torch

        self._weights = list(weights)
        self._means = [torch.zeros_like(weight) for weight in self._weights]
        self._squares = [torch.zeros_like(weight) for weight in self._weights]
        self._steps = [torch.zeros(()) for _ in self._weights]

    def step(self, lr: float) -> None:
        """One step at learning rate ``lr``; every weight must have a gradient."""
        import torch

        gradients: list[Tensor] = []
        for weight, count in zip(self._weights, self._steps, strict=True):
            assert weight.grad is not None
            gradients.append(weight.grad)
            count.add_(1)
        torch._fused_adam_(
            self._weights,
            gradients,
            self._means,
            self._squares,
            [],
            self._steps,
            lr=lr,
            beta1=BETA1,
            beta2=BETA2,
            weight_decay=0.0,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )
