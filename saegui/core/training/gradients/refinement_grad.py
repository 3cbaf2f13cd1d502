"""Gradients of codes with refinements from the active entries: :mod:`saegui.core.training.gradients.sparse` for several looks.

With e₀ = x and zᵣ the k largest of ReLU(uᵣ), a refinement (:mod:`saegui.core.families.refinement`) is

    eᵣ₊₁ = x − zᵣ·W_dec,   uᵣ₊₁ = eᵣ₊₁·W_enc + b + zᵣ

so each look at an image is a code of k entries that draws, and an encoder's product. With δᵣ = ∂loss/∂uᵣ, which is zero where
zᵣ is, and gᵣ = δᵣ·W_encᵀ: ∂W_enc = Σ eᵣᵀ·δᵣ, ∂b = Σδᵣ, the atoms' gradient gains −Σ zᵣᵀ·gᵣ₊₁, and
δᵣ = (δᵣ₊₁ − gᵣ₊₁·W_decᵀ)·[zᵣ > 0]. All sums are over entries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from saegui.core.families.family import add_bias_gradients, encoder_bias, mean_square
from saegui.core.families.topk_search import largest
from saegui.core.training.gradients.auxk import auxk_gradients, takes_part
from saegui.core.training.gradients.choose_active import CHOICES, Candidates
from saegui.core.training.gradients.sparse_sums import (
    ByLatent,
    drawn,
    evenly,
    hear_warning,
    rows_of,
    sampled,
)
from saegui.core.training.gradients.step import GradientResult

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig


class _Look(NamedTuple):
    """A code, image by image."""

    ends: Tensor
    latents: Tensor
    values: Tensor


class RefinedStep:
    """Equal to :class:`~saegui.core.training.gradients.step.PlainStep` of ``topk`` or ``batch_topk`` with refinements, up to rounding."""

    def __init__(self, weights: dict[str, Tensor], batch: int, refinements: int) -> None:
        """For these ``weights`` and batches of up to ``batch`` images."""
        import torch

        hear_warning()
        W_dec = weights["W_dec"]
        self._pre = torch.empty(batch, len(W_dec))
        self._W_enc, self._W_dec = torch.empty_like(W_dec), torch.empty_like(W_dec)
        self._seen, self._pulled = (torch.empty((refinements + 1) * batch, W_dec.shape[1]) for _ in range(2))

    def __call__(
        self, weights: dict[str, Tensor], x: Tensor, config: RunConfig, k: int, dead: Tensor | None
    ) -> GradientResult:
        """See :class:`~saegui.core.training.gradients.step.Step`."""
        import torch

        batch, d_in = x.shape
        W_enc, W_dec, b_dec = (weights[name] for name in ("W_enc", "W_dec", "b_dec"))
        columns, scale = W_enc.t(), 2 / (batch * d_in)
        bias = encoder_bias(weights, config)

        # One row of these for each look, the last look first: what it saw, and what it pulls at through its entries.
        n_looks = config.refinements + 1
        seen, pulled = (rows[: n_looks * batch] for rows in (self._seen, self._pulled))
        seen_by, pulled_by = seen.view(n_looks, batch, d_in), pulled.view(n_looks, batch, d_in)

        seen_by[-1] = x
        pre = torch.addmm(bias, x, W_enc, out=self._pre[:batch])
        looks: list[_Look] = []
        for place in range(n_looks - 2, -1, -1):
            values, latents = _largest(pre, k)
            looks.insert(
                0, _Look(evenly(batch, latents.shape[1], x.device), latents.flatten(), values.flatten())
            )
            torch.sub(x, _drawn(looks[0], looks[0].values, W_dec), out=seen_by[place])
            torch.addmm(bias, seen_by[place], W_enc, out=pre).scatter_add_(1, latents, values)
        chosen = CHOICES[config.arch](lambda count: _largest(pre, count), k, spare=False)
        ends = torch.nn.functional.pad(chosen.counts.cumsum(0), (1, 0))
        code = _Look(ends, chosen.latents, chosen.values)
        looks.insert(0, code)

        residual = _drawn(code, code.values, W_dec).add_(b_dec).sub_(x)
        losses = {"mse": mean_square(residual)}
        revived = takes_part(dead)
        aux = None
        if dead is not None and revived is not None:
            aux = auxk_gradients(W_dec[revived], dead[revived], pre[:, revived], residual.neg())
            losses["auxk"] = aux.loss

        torch.mul(residual, scale, out=pulled_by[0])
        deltas = [sampled(code.ends, code.latents, pulled_by[0], W_dec).mul_(code.values > 0)]
        # Nobody needs the activations any more.
        felt = pre.view(-1)
        for place in range(1, n_looks):
            later, look, pull = looks[place - 1], looks[place], pulled_by[place]
            pull.copy_(_drawn(later, deltas[-1], columns))
            felt.zero_()[_places(later, pre)] = deltas[-1]
            if aux is not None and place == 1:
                pull.addmm_(aux.delta, columns[revived])
                pre[:, revived] += aux.delta
            delta = felt[_places(look, pre)] - sampled(look.ends, look.latents, pull, W_dec)
            deltas.append(delta.mul_(look.values > 0))

        latents, delta = torch.cat([look.latents for look in looks]), torch.cat(deltas)
        rows = torch.cat(
            [rows_of(look.ends, len(look.latents)) + place * batch for place, look in enumerate(looks)]
        )
        values = torch.cat([code.values, *(look.values.neg() for look in looks[1:])])
        by_latent = ByLatent(latents, len(W_dec), len(rows))
        atoms = by_latent.combinations(rows, values, pulled, self._W_dec)
        encoder = by_latent.combinations(rows, delta, seen, self._W_enc)
        g_enc, g_dec = by_latent.sums(delta), pulled_by[0].sum(0)
        if aux is not None:
            atoms[revived] += aux.W_dec
            encoder[revived] += aux.delta.t() @ seen_by[0]
            g_enc[revived] += aux.delta.sum(0)
        add_bias_gradients(encoder.t(), g_dec, g_enc, weights, config)
        weights["W_enc"].grad, weights["b_enc"].grad = encoder.t(), g_enc
        weights["W_dec"].grad, weights["b_dec"].grad = atoms, g_dec
        fired = torch.bincount(code.latents[code.values > 0], minlength=len(W_dec))
        return GradientResult(losses, fired, residual)


def _largest(pre: Tensor, count: int) -> Candidates:
    values, latents = largest(pre, min(count, pre.shape[1]))
    return Candidates(values.clamp_(min=0), latents)


def _drawn(look: _Look, values: Tensor, atoms: Tensor) -> Tensor:
    return drawn(look.ends, look.latents, values, atoms)


def _places(look: _Look, pre: Tensor) -> Tensor:
    """Where each entry is in ``pre (batch, n_latents)``, row after row."""
    return rows_of(look.ends, len(look.latents)).mul_(pre.shape[1]).add_(look.latents)
