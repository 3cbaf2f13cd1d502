"""TopK: the k largest of ReLU(pre) stay, the rest are zero (Makhzani & Frey 2013, arXiv:1312.5663).

Loss: mean squared error over batch and pixels. Written three times, each for a reader of its own and tested against the
others: :func:`activate` in numpy for whoever looks at a model, :func:`losses` as the paper states it, for autograd and
for people, and :class:`TopKStep`, the same gradients in closed form and in place, for speed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config import RunConfig

AUXK_WEIGHT = 1 / 32
"""α of the auxiliary loss (Gao 2024, App. A.2)."""


def activate(pre: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    """``pre (batch, n_latents)`` → the code z of the same shape, at most ``k`` non-zeros a row, all of them positive."""
    z = np.maximum(pre, 0)
    drop = z.shape[1] - k
    if drop > 0:
        smallest = np.argpartition(z, drop - 1, axis=1)[:, :drop]
        np.put_along_axis(z, smallest, 0, axis=1)
    return z


def losses(
    weights: dict[str, Tensor], x: Tensor, config: RunConfig, dead: Tensor | None = None
) -> dict[str, Tensor]:
    """The named losses of one batch ``x (batch, d_in)``, differentiable; the training minimises their sum.

    ``dead (n_latents,)`` marks the latents that AuxK revives; None or none marked leaves the auxiliary loss out.
    """
    W_enc, b_enc, W_dec, b_dec = (weights[name] for name in ("W_enc", "b_enc", "W_dec", "b_dec"))
    pre = ((x - b_dec) if config.pre_bias else x) @ W_enc + b_enc
    values, indices = pre.relu().topk(config.k, dim=1)
    z = pre.new_zeros(pre.shape).scatter(1, indices, values)
    error = x - (z @ W_dec + b_dec)
    found = {"mse": error.square().mean()}
    if dead is not None and bool(dead.any()):
        found["auxk"] = AUXK_WEIGHT * _auxk(pre, W_dec, error.detach(), dead)
    return found


def _auxk(pre: Tensor, W_dec: Tensor, error: Tensor, dead: Tensor) -> Tensor:
    """Σ‖e − ê‖² / Σ‖e − ē‖², where ê is what the k_aux largest dead latents draw, without b_dec."""
    values, indices = pre.masked_fill(~dead, float("-inf")).topk(auxk_count(dead, error.shape[1]), dim=1)
    z = pre.new_zeros(pre.shape).scatter(1, indices, values.relu())
    total = (error - error.mean(0)).square().sum()
    # One image alone differs from no other: there is nothing to explain, and nothing to divide by.
    return (error - z @ W_dec).square().sum() / total if bool(total > 0) else total


def auxk_count(dead: Tensor, d_in: int) -> int:
    """k_aux: half the input's dimensions, or all dead latents where there are fewer."""
    return min(d_in // 2, int(dead.sum()))


class TopKStep:
    """Gradients of :func:`losses` without autograd's graph; every large array is allocated once.

    With r = x̂ − x and c = 2/(batch·d_in): ∂W_dec = c·zᵀr, ∂b_dec = c·Σr, δ = c·(r·W_decᵀ)·[z > 0],
    ∂W_enc = xᵀδ, ∂b_enc = Σδ; pre-bias turns x into x − b_dec and takes Σδ·W_encᵀ from ∂b_dec.
    """

    def __init__(self, batch: int, d_in: int, n_latents: int) -> None:
        import torch

        self._pre = torch.empty(batch, n_latents)
        self._z = torch.empty(batch, n_latents)
        self._on = torch.empty(batch, n_latents, dtype=torch.bool)
        self._residual = torch.empty(batch, d_in)
        self._delta = torch.empty(batch, n_latents)

    def __call__(
        self, weights: dict[str, Tensor], x: Tensor, config: RunConfig, dead: Tensor | None = None
    ) -> tuple[dict[str, float], Tensor]:
        """Fill every weight's ``.grad``; returns the named losses and how often each latent was on ``(n_latents,)``."""
        import torch

        batch = len(x)
        W_enc, b_enc, W_dec, b_dec = (weights[name] for name in ("W_enc", "b_enc", "W_dec", "b_dec"))
        pre, z, on = self._pre[:batch], self._z[:batch], self._on[:batch]
        residual, delta = self._residual[:batch], self._delta[:batch]

        bias = torch.addmv(b_enc, W_enc.t(), b_dec, alpha=-1) if config.pre_bias else b_enc
        torch.addmm(bias, x, W_enc, out=pre)
        # Only AuxK looks at the pre-activations again, and only while some latents are dead.
        revive = dead is not None and bool(dead.any())
        kept = pre.clone() if revive else pre
        pre.clamp_(min=0)
        if config.k < pre.shape[1]:
            values, indices = pre.topk(config.k, dim=1, sorted=False)
            z.zero_().scatter_(1, indices, values)
        else:
            z.copy_(pre)
        torch.gt(z, 0, out=on)

        torch.addmm(b_dec, z, W_dec, out=residual).sub_(x)
        found = {"mse": float(torch.dot(residual.view(-1), residual.view(-1))) / residual.numel()}
        scale = 2 / residual.numel()
        torch.mm(residual, W_dec.t(), out=delta).mul_(on).mul_(scale)
        _product(W_dec, z.t(), residual).mul_(scale)
        gradient_b_dec = residual.sum(0).mul_(scale)
        if revive:
            assert dead is not None
            found["auxk"] = self._revive(W_dec, kept, residual.neg(), delta, dead)
        pull = delta.sum(0)
        _product(W_enc, x.t(), delta)
        if config.pre_bias:
            assert W_enc.grad is not None
            W_enc.grad.addr_(b_dec, pull, alpha=-1)
            gradient_b_dec.addmv_(W_enc, pull, alpha=-1)
        b_enc.grad, b_dec.grad = pull, gradient_b_dec
        return found, on.sum(0)

    def _revive(self, W_dec: Tensor, pre: Tensor, error: Tensor, delta: Tensor, dead: Tensor) -> float:
        """Add AuxK's gradients to ``delta`` and ``W_dec.grad``; only the dead latents' columns take part."""
        import torch

        which = dead.nonzero().squeeze(1)
        atoms = W_dec[which]
        candidates = pre[:, which]
        count = auxk_count(dead, error.shape[1])
        if count < len(which):
            values, indices = candidates.topk(count, dim=1, sorted=False)
            candidates = torch.zeros_like(candidates).scatter_(1, indices, values.clamp_(min=0))
        else:
            candidates = candidates.clamp(min=0)
        total = float((error - error.mean(0)).square().sum())
        if total == 0:
            return 0.0
        left = torch.addmm(error, candidates, atoms, alpha=-1)
        scale = -2 * AUXK_WEIGHT / total
        assert W_dec.grad is not None
        W_dec.grad.index_add_(0, which, candidates.t() @ left, alpha=scale)
        delta.index_add_(1, which, (left @ atoms.t()).mul_(candidates > 0), alpha=scale)
        return AUXK_WEIGHT * float(left.square().sum()) / total


def _product(weight: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """``a @ b`` written into ``weight.grad``, which is allocated at the first step and then reused."""
    import torch

    if weight.grad is None:
        weight.grad = torch.empty_like(weight)
    return torch.mm(a, b, out=weight.grad)
