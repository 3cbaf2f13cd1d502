"""Which latents are active, of each image's largest activations: as TopK and as BatchTopK choose."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor


MORE = 4
"""BatchTopK looks for its B·k largest among this many times k of each image first."""

SPARE = 4
"""bfloat16 products choose one candidate in this many more than needed; the choice among them is float32's."""


class Candidates(NamedTuple):
    """The largest activations of each image, both ``(batch, count)``."""

    values: Tensor
    latents: Tensor


class Chosen(NamedTuple):
    """The active latents."""

    counts: Tensor
    """How many entries each image has ``(batch,)``."""
    latents: Tensor
    values: Tensor
    """Entries, image by image."""


def _topk(candidates: Callable[[int], Candidates], k: int, *, spare: bool) -> Chosen:
    """The k largest of each image."""
    values, latents = candidates(k + -(-k // SPARE) if spare else k)
    if values.shape[1] > k:
        values, places = values.topk(k, dim=1, sorted=False)
        latents = latents.gather(1, places)
    counts = latents.new_full((len(values),), values.shape[1])
    return Chosen(counts, latents.flatten(), values.flatten())


def _batch_topk(candidates: Callable[[int], Candidates], k: int, *, spare: bool) -> Chosen:
    """The B·k largest of the batch: of each image's few largest, or of more where an image takes all of these."""
    import torch

    count = MORE * k
    while True:
        values, latents = candidates(count)
        batch, found = values.shape
        _, places = values.flatten().topk(min(batch * k, values.numel()), sorted=False)
        keep = torch.zeros(values.numel(), dtype=torch.bool).index_fill_(0, places, True).view(batch, found)
        if found < count or not bool((keep & (values > 0)).all(1).any()):
            return Chosen(keep.sum(1), latents[keep], values[keep])
        count *= MORE


CHOICES = {"topk": _topk, "batch_topk": _batch_topk}
"""The families whose codes are found so."""
