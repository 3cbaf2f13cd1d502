"""Matryoshka: BatchTopK whose first latents must reconstruct on their own (Bussmann 2025, arXiv:2503.17547)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from saegui.core.families.batch_topk import BatchTopK
from saegui.core.families.family import K_PARAMETERS, Encoded

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig

LEVELS = 5


def prefixes(n_latents: int) -> list[int]:
    """Sizes of the nested dictionaries, ascending, each twice the one before; the last is the whole."""
    return sorted({max(1, n_latents >> level) for level in range(LEVELS)})


class Matryoshka(BatchTopK):
    """A small dictionary inside a larger one inside a larger one: general features first, details after."""

    name = "matryoshka"
    title = "Matryoshka"
    parameters: tuple[str, ...] = K_PARAMETERS
    source = "Bussmann 2025"
    loss = "Σ MSE from the first {prefixes}"

    def words(self, values: Mapping[str, Any]) -> dict[str, str]:
        """The prefixes, of which there are fewer where there are few latents."""
        sizes = prefixes(values["n_latents"])
        if len(sizes) == LEVELS:
            return {"prefixes": "F/16, F/8, F/4, F/2, F latents"}
        return {"prefixes": f"{', '.join(map(str, sizes))} latent{'s' if sizes[-1] > 1 else ''}"}

    def penalties(
        self, W: Mapping[str, Tensor], x: Tensor, encoded: Encoded, config: RunConfig, k: int
    ) -> dict[str, Tensor]:
        """The reconstructions of all prefixes but the whole dictionary, each adding to the one before."""
        x_hat, nested, start = W["b_dec"], x.new_zeros(()), 0
        for end in prefixes(encoded.z.shape[1])[:-1]:
            x_hat = x_hat + encoded.z[:, start:end] @ W["W_dec"][start:end]
            nested = nested + (x - x_hat).square().mean()
            start = end
        return {"nested": nested}


FAMILY = Matryoshka()
