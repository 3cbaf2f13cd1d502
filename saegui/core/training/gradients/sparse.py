"""TopK's and BatchTopK's gradients from the k active latents of each image, for one model or several at once.

A code has k non-zeros, so decoding, the code's gradient and both weight gradients need k atoms an image instead of all;
only the encoder's product is dense. The formulas are those of :mod:`saegui.core.training.gradients.dense`.

Several models that see the same images are one here: their dictionaries lie below each other in one :class:`StackedWeights`, and a
batch of B images is one of V·B rows, V rows an image, each of which only has latents of its own model.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from saegui.core.families.family import add_bias_gradients, encoder_bias, mean_square
from saegui.core.families.topk_search import largest
from saegui.core.training.gradients.auxk import auxk_gradients, takes_part
from saegui.core.training.gradients.choose_active import CHOICES, Candidates
from saegui.core.training.gradients.encoder_product import encoder_product
from saegui.core.training.gradients.sparse_sums import (
    ByLatent,
    drawn,
    evenly,
    hear_warning,
    rows_of,
    sampled,
)
from saegui.core.training.gradients.step import GradientInput, GradientResult

if TYPE_CHECKING:
    from torch import Tensor


class StackedWeights:
    """The weights of several models in common arrays, of which each model's own weights are views."""

    def __init__(self, models: Sequence[dict[str, Tensor]]) -> None:
        """Replaces the usual four weights of each of several ``models`` by views of the common arrays, with equal values."""
        import torch

        ends = list(accumulate((len(weights["b_enc"]) for weights in models), initial=0))
        self.parts = [slice(start, end) for start, end in pairwise(ends)]
        """Which rows of the arrays belong to which model."""
        if len(models) == 1 and models[0]["W_enc"].t().is_contiguous():
            # They lie as they should; where they are is known to an optimiser.
            W = models[0]
            self.W_enc, self.b_enc, self.W_dec = W["W_enc"].t(), W["b_enc"], W["W_dec"]
            self.b_dec = W["b_dec"].unsqueeze(0)
            return
        self.W_enc = torch.cat([weights["W_enc"].t() for weights in models])
        """``(all latents, d_in)``: transposed, as its gradient is made row by row."""
        self.b_enc = torch.cat([weights["b_enc"] for weights in models])
        self.W_dec = torch.cat([weights["W_dec"] for weights in models])
        self.b_dec = torch.stack([weights["b_dec"] for weights in models])
        for index, (weights, part) in enumerate(zip(models, self.parts, strict=True)):
            weights.update(
                W_enc=self.W_enc[part].t(),
                b_enc=self.b_enc[part],
                W_dec=self.W_dec[part],
                b_dec=self.b_dec[index],
            )


class _Code(NamedTuple):
    """The active latents, row by row; all indices count through all models."""

    ends: Tensor
    """``(rows + 1,)``: where each row begins in the other two, and the end."""
    latents: Tensor
    values: Tensor
    """Zero where fewer than k latents of an image are positive."""


class SparseStep:
    """Equal to :class:`~saegui.core.training.gradients.step.PlainStep` of each model up to rounding."""

    def __init__(
        self, models: Sequence[dict[str, Tensor]], batch: int, precision: str, zeros: float = 0.0
    ) -> None:
        """``models``: the weights of each, which become views of one :class:`StackedWeights`.

        ``precision`` of the encoder's product, and which share of the images is ``zeros``.
        """
        import torch

        hear_warning()
        self._models, self._stack = models, StackedWeights(models)
        stack = self._stack
        self._product = encoder_product(stack.W_enc, batch, precision, zeros)
        self._W_enc: Tensor | None = None
        self._W_dec: Tensor | None = None
        if stack.W_enc.device.type == "cpu":
            self._W_enc, self._W_dec = torch.empty_like(stack.W_enc), torch.empty_like(stack.W_dec)

    def __call__(self, x: Tensor, asks: Sequence[GradientInput]) -> list[GradientResult]:
        """Fills every weight's ``.grad``; ``x (batch, d_in)`` and one ask a model."""
        import torch

        stack, batch, d_in = self._stack, len(x), x.shape[1]
        scale = 2 / (batch * d_in)
        bias, pre, code = self._encode(x, asks)
        on = code.values > 0

        residual = drawn(code.ends, code.latents, code.values, stack.W_dec)
        errors = residual.view(len(asks), batch, d_in)
        errors.add_(stack.b_dec.unsqueeze(1)).sub_(x)
        pull = sampled(code.ends, code.latents, residual, stack.W_dec).mul_(on).mul_(scale)

        by_latent = ByLatent(code.latents, len(stack.b_enc), batch)
        rows = rows_of(code.ends, len(code.latents))
        W_dec = by_latent.combinations(rows, code.values * scale, residual, self._W_dec)
        W_enc = by_latent.combinations(rows % batch, pull, x, self._W_enc)
        b_enc, fired = by_latent.sums(pull), by_latent.count(on.long())

        outcomes = []
        for model, (ask, part) in enumerate(zip(asks, stack.parts, strict=True)):
            error, W = errors[model], self._models[model]
            losses = {"mse": mean_square(error)}
            b_dec = error.sum(0).mul_(scale)
            revived = takes_part(ask.dead)
            if revived is not None:
                assert ask.dead is not None
                candidates = (
                    pre[:, part][:, revived]
                    if self._product.exact
                    # What is learnt from is float32's.
                    else torch.addmm(bias[part][revived], x, stack.W_enc[part][revived].t())
                )
                aux = auxk_gradients(W["W_dec"][revived], ask.dead[revived], candidates, error.neg())
                losses["auxk"] = aux.loss
                W_dec[part][revived] += aux.W_dec
                W_enc[part][revived] += aux.delta.t() @ x
                b_enc[part][revived] += aux.delta.sum(0)
            add_bias_gradients(W_enc[part].t(), b_dec, b_enc[part], W, ask.config)
            W["W_enc"].grad, W["b_enc"].grad = W_enc[part].t(), b_enc[part]
            W["W_dec"].grad, W["b_dec"].grad = W_dec[part], b_dec
            outcomes.append(GradientResult(losses, fired[part], error))
        return outcomes

    def _encode(self, x: Tensor, asks: Sequence[GradientInput]) -> tuple[Tensor, Tensor, _Code]:
        """The bias and all pre-activations ``(batch, all latents)``, these in the precision asked for; and the code."""
        import torch

        stack, batch = self._stack, len(x)
        bias = torch.cat([encoder_bias(W, ask.config) for ask, W in zip(asks, self._models, strict=True)])
        pre = self._product(x, stack.W_enc)
        pre += bias.to(pre.dtype)
        exact = self._product.exact

        counts, latents, values = [], [], []
        for ask, part in zip(asks, stack.parts, strict=True):
            columns = pre[:, part]

            def candidates(count: int, columns: Tensor = columns, part: slice = part) -> Candidates:
                found, which = largest(columns, min(count, columns.shape[1]))
                if not exact:
                    ends = evenly(batch, which.shape[1], x.device)
                    again = sampled(ends, which.flatten(), x, stack.W_enc[part])
                    found = again.view(which.shape) + bias[part][which]
                return Candidates(found.clamp_(min=0), which)

            count, which, found = CHOICES[ask.config.arch](candidates, ask.k, spare=not exact)
            counts.append(count)
            latents.append(which + part.start)
            values.append(found)
        ends = torch.nn.functional.pad(torch.cat(counts).cumsum(0), (1, 0))
        return bias, pre, _Code(ends, torch.cat(latents), torch.cat(values))
