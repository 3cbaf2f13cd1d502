"""TopK's and BatchTopK's gradients in closed form: no graph, every large array allocated once.

With r = x̂ − x and c = 2/(batch·d_in): ∂W_dec = c·zᵀr, ∂b_dec = c·Σr, δ = c·(r·W_decᵀ)·[z > 0], ∂W_enc = xᵀδ,
∂b_enc = Σδ; pre-bias turns x into x − b_dec and takes Σδ·W_encᵀ from ∂b_dec. The way of choice for small
dictionaries, where dense products are faster than leaving the zeros of z out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saegui.core.sae.auxk import any_dead, auxk_gradients
from saegui.core.sae.family import Family
from saegui.core.sae.refine import Unrolled
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
        unrolled = None
        if config.refinements:
            unrolled = Unrolled(weights, pre, config.refinements, k)
            pre = unrolled.pre
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
            assert dead is not None and W_dec.grad is not None
            which = dead.nonzero().squeeze(1)
            aux = auxk_gradients(W_dec, which, kept[:, which], residual.neg())
            losses["auxk"] = aux.loss
            W_dec.grad.index_add_(0, aux.latents, aux.W_dec)
            delta.index_add_(1, aux.latents, aux.delta)
        if unrolled is not None:
            delta, gram = unrolled.backward(delta)
        pull = delta.sum(0)
        product(W_enc, x.t(), delta)
        assert W_enc.grad is not None and W_dec.grad is not None
        if unrolled is not None:
            W_enc.grad.addmm_(W_dec.t(), gram)
            W_dec.grad.addmm_(gram, W_enc.t())
        if config.pre_bias:
            W_enc.grad.addr_(b_dec, pull, alpha=-1)
            gradient_b_dec.addmv_(W_enc, pull, alpha=-1)
        b_enc.grad, b_dec.grad = pull, gradient_b_dec
        return Outcome(losses, on.sum(0), residual, z)


def product(weight: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """``a @ b`` written into ``weight.grad``, which is allocated at the first step and then reused."""
    import torch

    if weight.grad is None:
        weight.grad = torch.empty_like(weight)
    return torch.mm(a, b, out=weight.grad)
