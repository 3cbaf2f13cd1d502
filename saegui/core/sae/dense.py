"""TopK's and BatchTopK's gradients in closed form: no graph, every large array allocated once.

With r = x̂ − x and c = 2/(batch·d_in): ∂W_dec = c·zᵀr, ∂b_dec = c·Σr, δ = c·(r·W_decᵀ)·[z > 0], ∂W_enc = xᵀδ,
∂b_enc = Σδ; pre-bias turns x into x − b_dec and takes Σδ·W_encᵀ from ∂b_dec. The way of choice for small
dictionaries, where dense products are faster than leaving the zeros of z out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saegui.core.sae.family import AUXK_WEIGHT, Family
from saegui.core.sae.step import Outcome

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from saegui.core.config import RunConfig


class DenseStep:
    """Equal to :class:`~saegui.core.sae.step.PlainStep` of ``topk`` or ``batch_topk`` up to rounding."""

    def __init__(self, family: Family, batch: int, d_in: int, n_latents: int, device: torch.device) -> None:
        import torch

        self._family = family
        self._pre = torch.empty(batch, n_latents, device=device)
        self._z = torch.empty(batch, n_latents, device=device)
        self._on = torch.empty(batch, n_latents, dtype=torch.bool, device=device)
        self._residual = torch.empty(batch, d_in, device=device)
        self._delta = torch.empty(batch, n_latents, device=device)

    def __call__(
        self, weights: dict[str, Tensor], x: Tensor, config: RunConfig, k: int, dead: Tensor | None
    ) -> Outcome:
        """See :class:`~saegui.core.sae.step.Step`."""
        import torch

        batch = len(x)
        W_enc, b_enc, W_dec, b_dec = (weights[name] for name in ("W_enc", "b_enc", "W_dec", "b_dec"))
        pre, z, on = self._pre[:batch], self._z[:batch], self._on[:batch]
        residual, delta = self._residual[:batch], self._delta[:batch]

        bias = torch.addmv(b_enc, W_enc.t(), b_dec, alpha=-1) if config.pre_bias else b_enc
        torch.addmm(bias, x, W_enc, out=pre)
        revive = dead is not None and any_dead(dead)
        kept = pre.clone() if revive else pre
        pre.clamp_(min=0)
        # One row a batch for BatchTopK, one an image for TopK.
        rows, chosen, count = (
            (pre, z, k) if self._family.name == "topk" else (pre.view(1, -1), z.view(1, -1), batch * k)
        )
        if count < rows.shape[1]:
            values, indices = rows.topk(count, dim=1, sorted=False)
            chosen.zero_().scatter_(1, indices, values)
        else:
            chosen.copy_(rows)
        torch.gt(z, 0, out=on)

        torch.addmm(b_dec, z, W_dec, out=residual).sub_(x)
        losses = {"mse": torch.dot(residual.view(-1), residual.view(-1)) / residual.numel()}
        scale = 2 / residual.numel()
        torch.mm(residual, W_dec.t(), out=delta).mul_(on).mul_(scale)
        product(W_dec, z.t(), residual).mul_(scale)
        gradient_b_dec = residual.sum(0).mul_(scale)
        if revive:
            assert dead is not None
            losses["auxk"] = add_auxk(W_dec, kept, residual.neg(), delta, dead)
        pull = delta.sum(0)
        product(W_enc, x.t(), delta)
        if config.pre_bias:
            assert W_enc.grad is not None
            W_enc.grad.addr_(b_dec, pull, alpha=-1)
            gradient_b_dec.addmv_(W_enc, pull, alpha=-1)
        b_enc.grad, b_dec.grad = pull, gradient_b_dec
        self._family.measure(weights, z)
        return Outcome(losses, on.sum(0), residual)


def any_dead(dead: Tensor) -> bool:
    """Whether AuxK has anything to do; on an accelerator that is not asked, because the answer would have to be waited for."""
    return bool(dead.any()) if dead.device.type == "cpu" else True


def add_auxk(W_dec: Tensor, pre: Tensor, error: Tensor, delta: Tensor, dead: Tensor) -> Tensor:
    """Add AuxK's gradients to ``delta`` and ``W_dec.grad``; returns the loss. Only the dead latents' columns take part."""
    import torch

    which = dead.nonzero().squeeze(1)
    atoms = W_dec[which]
    candidates = pre[:, which]
    count = min(error.shape[1] // 2, len(which))
    if count < len(which):
        values, indices = candidates.topk(count, dim=1, sorted=False)
        candidates = torch.zeros_like(candidates).scatter_(1, indices, values.clamp_(min=0))
    else:
        candidates = candidates.clamp(min=0)
    total = (error - error.mean(0)).square().sum()
    left = torch.addmm(error, candidates, atoms, alpha=-1)
    # Where there is no error there is nothing to explain, and nothing to divide by.
    weight = AUXK_WEIGHT * (total > 0) / total.clamp(min=1e-30)
    pulled = left * (-2 * weight)
    assert W_dec.grad is not None
    W_dec.grad.index_add_(0, which, candidates.t() @ pulled)
    delta.index_add_(1, which, (pulled @ atoms.t()).mul_(candidates > 0))
    return weight * left.square().sum()


def product(weight: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """``a @ b`` written into ``weight.grad``, which is allocated at the first step and then reused."""
    import torch

    if weight.grad is None:
        weight.grad = torch.empty_like(weight)
    return torch.mm(a, b, out=weight.grad)
