"""TopK's and BatchTopK's gradients from the k latents of each image that are on, for one model or several at once.

A code has k non-zeros, so decoding, the code's gradient and both weight gradients need k atoms an image instead of all;
only the encoder's product is dense. The formulas are those of :mod:`saegui.core.sae.dense`.

Several models that see the same images are one here: their dictionaries lie below each other in one :class:`Stack`, and a
batch of B images is one of V·B rows, V rows an image, each of which only has latents of its own model.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from saegui.core.sae.auxk import auxk_gradients, takes_part
from saegui.core.sae.largest import largest
from saegui.core.sae.step import Ask, Outcome

if TYPE_CHECKING:
    from torch import Tensor

MORE = 4
"""BatchTopK looks for its B·k largest among this many times k of each image first."""
SPARE = 4
"""bfloat16 products choose one candidate in this many more than needed; the choice among them is float32's."""
PIECE = 1024
"""Latents whose gradients are made at once: what the processor's cache holds."""
STRETCH = 32
"""Entries that CUDA adds up one after the other; see :func:`levels`."""


class Stack:
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
    """The latents that are on, row by row; all indices count through all models."""

    ends: Tensor
    """``(rows + 1,)``: where each row begins in the other two, and the end."""
    latents: Tensor
    values: Tensor
    """Zero where fewer than k latents of an image are positive."""
    each: list[Tensor]
    """The values of each model."""


class SparseStep:
    """Equal to :class:`~saegui.core.sae.step.PlainStep` of each model up to rounding."""

    def __init__(self, models: Sequence[dict[str, Tensor]], batch: int, precision: str) -> None:
        """``models``: the weights of each, which become views of one :class:`Stack`; ``precision`` of the encoder's product."""
        import torch

        _hear_warning()
        self._models, self._stack = models, Stack(models)
        stack = self._stack
        dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
        self._pre = torch.empty(batch, len(stack.b_enc), dtype=dtype, device=stack.W_enc.device)
        self._half = stack.W_enc.to(dtype) if dtype != torch.float32 else None
        """The encoder's weights in bfloat16."""
        self._W_enc: Tensor | None = None
        self._W_dec: Tensor | None = None
        if stack.W_enc.device.type == "cpu":
            self._W_enc, self._W_dec = torch.empty_like(stack.W_enc), torch.empty_like(stack.W_dec)

    def __call__(self, x: Tensor, asks: Sequence[Ask]) -> list[Outcome]:
        """Fills every weight's ``.grad``; ``x (batch, d_in)`` and one ask a model."""
        import torch

        stack, batch, d_in = self._stack, len(x), x.shape[1]
        scale = 2 / (batch * d_in)
        bias, pre, code = self._encode(x, asks)
        on = code.values > 0

        residual = torch.nn.functional.embedding_bag(
            code.latents,
            stack.W_dec,
            code.ends,
            mode="sum",
            per_sample_weights=code.values,
            include_last_offset=True,
        )
        errors = residual.view(len(asks), batch, d_in)
        errors.add_(stack.b_dec.unsqueeze(1)).sub_(x)
        pattern = _csr(code.ends, code.latents, code.values, len(stack.b_enc))
        delta = torch.sparse.sampled_addmm(pattern, residual, stack.W_dec.t(), beta=0, alpha=scale)
        pull = delta.values().mul_(on)

        # The same entries again, latent by latent: each latent's gradients are sums over the rows in which it is on.
        n_latents = len(stack.b_enc)
        order = _ordered(code.latents, n_latents)
        entries = _count(code.latents, torch.ones_like(code.latents), n_latents)
        ends = torch.nn.functional.pad(entries.cumsum(0), (1, 0))
        every = torch.arange(len(residual), device=x.device)
        rows = every.repeat_interleave(code.ends.diff(), output_size=len(order))[order]
        pull = pull[order]
        if x.device.type == "cpu":
            add = partial(sums_in_pieces, ends)
        else:
            add = partial(sums_by_levels, levels(ends, len(order), batch))
        W_dec = add(rows, code.values[order] * scale, residual, self._W_dec)
        W_enc = add(rows % batch, pull, x, self._W_enc)
        # Not added up where they lie: on an accelerator the order, and so the result, would be another each time.
        b_enc = torch.segment_reduce(pull, "sum", offsets=ends, initial=0, unsafe=True)
        fired = _count(code.latents, on.long(), n_latents)

        outcomes = []
        for model, (ask, part) in enumerate(zip(asks, stack.parts, strict=True)):
            error, W = errors[model], self._models[model]
            losses = {"mse": torch.dot(error.view(-1), error.view(-1)) / error.numel()}
            b_dec = error.sum(0).mul_(scale)
            revived = None if ask.dead is None else takes_part(ask.dead)
            if revived is not None:
                assert ask.dead is not None
                candidates = (
                    pre[:, part][:, revived]
                    if self._half is None
                    # What is learnt from is float32's.
                    else torch.addmm(bias[part][revived], x, stack.W_enc[part][revived].t())
                )
                aux = auxk_gradients(W["W_dec"][revived], ask.dead[revived], candidates, error.neg())
                losses["auxk"] = aux.loss
                W_dec[part][revived] += aux.W_dec
                W_enc[part][revived] += aux.delta.t() @ x
                b_enc[part][revived] += aux.delta.sum(0)
            if ask.config.pre_bias:
                W_enc[part].addr_(b_enc[part], W["b_dec"], alpha=-1)
                b_dec.addmv_(W["W_enc"], b_enc[part], alpha=-1)
            W["W_enc"].grad, W["b_enc"].grad = W_enc[part].t(), b_enc[part]
            W["W_dec"].grad, W["b_dec"].grad = W_dec[part], b_dec
            outcomes.append(Outcome(losses, fired[part], error, code.each[model]))
        return outcomes

    def _encode(self, x: Tensor, asks: Sequence[Ask]) -> tuple[Tensor, Tensor, _Code]:
        """The bias and all pre-activations ``(batch, all latents)``, these in the precision asked for; and the code."""
        import torch

        stack, batch = self._stack, len(x)
        bias = torch.cat(
            [
                torch.addmv(W["b_enc"], W["W_enc"].t(), W["b_dec"], alpha=-1)
                if ask.config.pre_bias
                else W["b_enc"]
                for ask, W in zip(asks, self._models, strict=True)
            ]
        )
        if self._half is None:
            pre = torch.mm(x, stack.W_enc.t(), out=self._pre[:batch]).add_(bias)
        else:
            W_enc = self._half.copy_(stack.W_enc)
            pre = torch.mm(x.to(W_enc.dtype), W_enc.t(), out=self._pre[:batch])
            pre += bias.to(W_enc.dtype)

        counts, latents, values = [], [], []
        for ask, part in zip(asks, stack.parts, strict=True):
            columns = pre[:, part]

            def candidates(count: int, columns: Tensor = columns, part: slice = part) -> _Candidates:
                found, which = largest(columns, min(count, columns.shape[1]))
                if self._half is not None:
                    found = _at(x, stack.W_enc[part], which) + bias[part][which]
                return _Candidates(found.clamp_(min=0), which)

            count, which, found = CHOICES[ask.config.arch](candidates, ask.k, spare=self._half is not None)
            counts.append(count)
            latents.append(which + part.start)
            values.append(found)
        ends = torch.nn.functional.pad(torch.cat(counts).cumsum(0), (1, 0))
        return bias, pre, _Code(ends, torch.cat(latents), torch.cat(values), values)


class _Candidates(NamedTuple):
    """The largest activations of each image, both ``(batch, count)``."""

    values: Tensor
    latents: Tensor


class _Chosen(NamedTuple):
    """What is on."""

    counts: Tensor
    """How many entries each image has ``(batch,)``."""
    latents: Tensor
    values: Tensor
    """Entries, image by image."""


def _topk(candidates: Callable[[int], _Candidates], k: int, *, spare: bool) -> _Chosen:
    """The k largest of each image."""
    values, latents = candidates(k + -(-k // SPARE) if spare else k)
    if values.shape[1] > k:
        values, places = values.topk(k, dim=1, sorted=False)
        latents = latents.gather(1, places)
    counts = latents.new_full((len(values),), values.shape[1])
    return _Chosen(counts, latents.flatten(), values.flatten())


def _batch_topk(candidates: Callable[[int], _Candidates], k: int, *, spare: bool) -> _Chosen:
    """The B·k largest of the batch: of each image's few largest, or of more where an image takes all of these."""
    import torch

    count = MORE * k
    while True:
        values, latents = candidates(count)
        batch, found = values.shape
        _, places = values.flatten().topk(min(batch * k, values.numel()), sorted=False)
        keep = torch.zeros(values.numel(), dtype=torch.bool).index_fill_(0, places, True).view(batch, found)
        if found < count or not bool((keep & (values > 0)).all(1).any()):
            return _Chosen(keep.sum(1), latents[keep], values[keep])
        count *= MORE


CHOICES = {"topk": _topk, "batch_topk": _batch_topk}
"""The families that this step knows."""


def _hear_warning() -> None:
    """Torch says once that its sparse layouts are in beta; whoever trains does not need to know."""
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        _csr(torch.arange(2), torch.arange(1), torch.ones(1), 1)


def _csr(ends: Tensor, columns: Tensor, values: Tensor, width: int) -> Tensor:
    import torch

    # Torch would look through all indices at every step; they are right by construction.
    return torch.sparse_csr_tensor(ends, columns, values, (len(ends) - 1, width), check_invariants=False)


def _ordered(latents: Tensor, n_latents: int) -> Tensor:
    """``latents.argsort(stable=True)``."""
    import torch

    if latents.device.type != "cpu":
        return latents.int().argsort(stable=True)
    if n_latents > 2**16:
        return latents.argsort(stable=True)
    # numpy sorts numbers this short by their digits, which torch does not.
    return torch.from_numpy(latents.numpy().astype(np.uint16).argsort(kind="stable"))


def _count(latents: Tensor, what: Tensor, n_latents: int) -> Tensor:
    """For each latent, the sum of ``what`` (whole numbers) over its entries."""
    return latents.new_zeros(n_latents).scatter_add_(0, latents, what)


def sums_in_pieces(ends: Tensor, rows: Tensor, factors: Tensor, values: Tensor, out: Tensor | None) -> Tensor:
    """Into ``out``: row j is Σ ``factors[i]`` · ``values[rows[i]]`` over the entries i from ``ends[j]`` to ``ends[j + 1]``."""
    import torch

    assert out is not None
    # Piece by piece: memory for the whole would come from the system, and be filled with zeros, anew at every step.
    for start in range(0, len(out), PIECE):
        piece = out[start : start + PIECE]
        begins = ends[start : start + len(piece) + 1]
        entries = slice(int(begins[0]), int(begins[-1]))
        sparse = _csr(begins - begins[0], rows[entries], factors[entries], len(values))
        piece.copy_(torch.sparse.mm(sparse, values, "sum"))
    return out


def levels(ends: Tensor, entries: int, longest: int) -> list[Tensor]:
    """Sums of at most ``longest`` ``entries`` from each of ``ends`` to the next, as sums of sums that are short.

    Each level's rows are what the next one adds up. CUDA's sparse product hands 32 entries at a time to whoever is free,
    and adds up what comes back as it comes. Of two sums the order does not matter, and no row of up to 33 entries needs
    more: so results do not depend on chance, which they would (seen at every second step) with longer rows.
    """
    import torch

    found = []
    while longest > STRETCH + 1:
        marks = torch.arange(0, entries, STRETCH, device=ends.device)
        # Where both would be in one ascending list, an end before its equals among the marks.
        of_ends = torch.arange(len(ends), device=ends.device) + (ends + STRETCH - 1) // STRETCH
        of_marks = torch.arange(len(marks), device=ends.device) + torch.searchsorted(ends, marks, right=True)
        bounds = ends.new_empty(len(ends) + len(marks))
        bounds[of_ends], bounds[of_marks] = ends, marks
        found.append(bounds)
        ends, entries, longest = of_ends, len(bounds) - 1, (longest - 2) // STRETCH + 2
    return [*found, ends]


def sums_by_levels(
    bounds: list[Tensor], rows: Tensor, factors: Tensor, values: Tensor, out: Tensor | None = None
) -> Tensor:
    """What :func:`sums_in_pieces` returns, in an order that is the same each time; ``bounds`` are :func:`levels`."""
    import torch

    for ends in bounds:
        values = _csr(ends, rows, factors, len(values)) @ values
        rows, factors = torch.arange(len(values), device=rows.device), factors.new_ones(len(values))
    return values


def _at(x: Tensor, atoms: Tensor, latents: Tensor) -> Tensor:
    """``x (batch, d_in)`` times only the rows ``latents (batch, count)`` of ``atoms (n_latents, d_in)``."""
    import torch

    batch, count = latents.shape
    ends = torch.arange(0, batch * count + 1, count, device=x.device)
    pattern = _csr(ends, latents.flatten(), x.new_zeros(batch * count), len(atoms))
    found: Tensor = torch.sparse.sampled_addmm(pattern, x, atoms.t(), beta=0).values().view(batch, count)
    return found
