"""Gradients in closed form of the families that keep the largest: no graph, every large array allocated once.

With r = x̂ − x and c = 2/(batch·d_in): ∂W_dec = c·zᵀr, ∂b_dec = c·Σr, δ = c·(r·W_decᵀ)·[z > 0], ∂W_enc = xᵀδ,
∂b_enc = Σδ; pre-bias turns x into x − b_dec and takes Σδ·W_encᵀ from ∂b_dec. Families whose loss has several
reconstructions add these up. For TopK and BatchTopK the way of choice for small dictionaries, where dense products are
faster than leaving the zeros of z out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from saegui.core.families import multi_topk
from saegui.core.families.family import Family, add_bias_gradients, encoder_bias, mean_square
from saegui.core.families.matryoshka import prefixes
from saegui.core.families.refinement import Unrolled
from saegui.core.families.topk_search import largest
from saegui.core.training.gradients.auxk import auxk_gradients, takes_part
from saegui.core.training.gradients.step import GradientResult

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from saegui.core.config.schema import RunConfig


class _Code(NamedTuple):
    """What is to be reconstructed, and from what."""

    W_dec: Tensor
    """Its gradient is there to be filled."""
    b_dec: Tensor
    x: Tensor
    pre: Tensor
    """The activations ``(batch, n_latents)`` that the code was chosen from."""
    k: int
    z: Tensor
    on: Tensor
    """Where z is not zero."""
    delta: Tensor
    """To be filled with δ."""


class _Drawn(NamedTuple):
    """What came of the reconstructions; beside it the atoms' gradient is filled, and δ."""

    losses: dict[str, Tensor]
    residual: Tensor
    """x̂ − x of the whole code ``(batch, d_in)``."""
    b_dec: Tensor
    """∂loss/∂b_dec."""


class DenseStep:
    """Equal to :class:`~saegui.core.training.gradients.step.PlainStep` of ``topk`` or ``batch_topk`` up to rounding."""

    def __init__(self, family: Family, batch: int, d_in: int, n_latents: int, device: torch.device) -> None:
        import torch

        self._each_image = family.name in ("topk", "multi_topk")
        """Whether the largest are those of each image; else of the batch."""
        self._pre = torch.empty(batch, n_latents, device=device)
        self._z = torch.empty(batch, n_latents, device=device)
        self._on = torch.empty(batch, n_latents, dtype=torch.bool, device=device)
        self._residual = torch.empty(batch, d_in, device=device)
        self._delta = torch.empty(batch, n_latents, device=device)

    def __call__(
        self, weights: dict[str, Tensor], x: Tensor, config: RunConfig, k: int, dead: Tensor | None
    ) -> GradientResult:
        """See :class:`~saegui.core.training.gradients.step.Step`."""
        import torch

        batch = len(x)
        W_enc, b_enc, W_dec, b_dec = (weights[name] for name in ("W_enc", "b_enc", "W_dec", "b_dec"))
        pre, z, on, delta = self._pre[:batch], self._z[:batch], self._on[:batch], self._delta[:batch]

        torch.addmm(encoder_bias(weights, config), x, W_enc, out=pre)
        unrolled = None
        if config.refinements:
            unrolled = Unrolled(weights, pre, config.refinements, k)
            pre = unrolled.pre
        revived = takes_part(dead)
        kept = None if revived is None else pre[:, revived].clone()
        pre.clamp_(min=0)
        self._keep(pre, k, z)
        torch.gt(z, 0, out=on)
        if W_dec.grad is None:
            W_dec.grad = torch.empty_like(W_dec)

        losses, residual, gradient_b_dec = self._draw(_Code(W_dec, b_dec, x, pre, k, z, on, delta))
        if kept is not None:
            assert dead is not None
            aux = auxk_gradients(W_dec[revived], dead[revived], kept, residual.neg())
            losses["auxk"] = aux.loss
            W_dec.grad[revived] += aux.W_dec
            delta[:, revived] += aux.delta
        if unrolled is not None:
            delta, gram = unrolled.backward(delta)
        pull = delta.sum(0)
        if W_enc.grad is None:
            W_enc.grad = torch.empty_like(W_enc)
        torch.mm(x.t(), delta, out=W_enc.grad)
        if unrolled is not None:
            W_enc.grad.addmm_(W_dec.t(), gram)
            W_dec.grad.addmm_(gram, W_enc.t())
        add_bias_gradients(W_enc.grad, gradient_b_dec, pull, weights, config)
        b_enc.grad, b_dec.grad = pull, gradient_b_dec
        return GradientResult(losses, on.sum(0), residual)

    def _keep(self, values: Tensor, k: int, z: Tensor) -> None:
        """Fill ``z`` with the largest of ``values``: k an image, or as many on average."""
        rows, chosen, count = (
            (values, z, k) if self._each_image else (values.view(1, -1), z.view(1, -1), len(values) * k)
        )
        if count >= rows.shape[1]:
            chosen.copy_(rows)
            return
        found, indices = largest(rows, count) if self._each_image else rows.topk(count, sorted=False)
        chosen.zero_().scatter_(1, indices, found)

    def _draw(self, code: _Code) -> _Drawn:
        """Reconstruct; fills the atoms' gradient and δ."""
        import torch

        W_dec, b_dec, x, _, _, z, on, delta = code
        assert W_dec.grad is not None
        residual = torch.addmm(b_dec, z, W_dec, out=self._residual[: len(x)]).sub_(x)
        scale = 2 / residual.numel()
        torch.mm(residual, W_dec.t(), out=delta).mul_(on).mul_(scale)
        torch.mm(z.t(), residual, out=W_dec.grad).mul_(scale)
        return _Drawn({"mse": mean_square(residual)}, residual, residual.sum(0).mul_(scale))


class NestedStep(DenseStep):
    """The same for ``matryoshka``: latents of a level take part in its reconstruction and in all that follow."""

    def _draw(self, code: _Code) -> _Drawn:
        import torch

        W_dec, b_dec, x, _, _, z, on, delta = code
        assert W_dec.grad is not None
        scale = 2 / x.numel()
        ends = prefixes(z.shape[1])
        levels = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
        residuals = []
        residual = b_dec - x
        for level in levels:
            residual = torch.addmm(residual, z[:, level], W_dec[level])
            residuals.append(residual)
        pulled = torch.zeros_like(residual)
        for level, own in zip(reversed(levels), reversed(residuals), strict=True):
            pulled.add_(own, alpha=scale)
            torch.mm(z[:, level].t(), pulled, out=W_dec.grad[level])
            delta[:, level] = pulled @ W_dec[level].t()
        delta.mul_(on)
        nested = [mean_square(own) for own in residuals[:-1]]
        losses = {"mse": mean_square(residual), "nested": sum(nested, x.new_zeros(()))}
        return _Drawn(losses, residual, pulled.sum(0))


class MultiStep(DenseStep):
    """The same for ``multi_topk``: a second reconstruction, from more latents."""

    def __init__(self, family: Family, batch: int, d_in: int, n_latents: int, device: torch.device) -> None:
        import torch

        super().__init__(family, batch, d_in, n_latents, device)
        self._more = torch.empty(batch, n_latents, device=device)

    def _draw(self, code: _Code) -> _Drawn:
        import torch

        W_dec, b_dec, x, pre, k, _, _, delta = code
        assert W_dec.grad is not None
        losses, residual, gradient_b_dec = super()._draw(code)
        more, weight = self._more[: len(x)], multi_topk.WEIGHT
        self._keep(pre, multi_topk.MORE * k, more)
        second = torch.addmm(b_dec, more, W_dec).sub_(x)
        losses["multi"] = weight * mean_square(second)
        second.mul_(weight * 2 / second.numel())
        delta.addcmul_(second @ W_dec.t(), (more > 0).to(delta.dtype))
        W_dec.grad.addmm_(more.t(), second)
        return _Drawn(losses, residual, gradient_b_dec.add_(second.sum(0)))


STEPS = {"topk": DenseStep, "batch_topk": DenseStep, "matryoshka": NestedStep, "multi_topk": MultiStep}
"""By family."""
