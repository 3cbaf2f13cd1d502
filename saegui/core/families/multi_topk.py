"""Multi-TopK: TopK whose codes must also reconstruct with four times as many latents (Gao 2024, §5.3, arXiv:2406.04093)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from saegui.core.families.family import K_PARAMETERS, RECIPE_WITH_K, Encoded, decode
from saegui.core.families.topk import TopK
from saegui.core.families.topk_search import keep_largest

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig

MORE, WEIGHT = 4, 1 / 8


class MultiTopK(TopK):
    """Latents just below the k-th place learn too, so the model still works with another k."""

    name = "multi_topk"
    title = "Multi-TopK"
    parameters: tuple[str, ...] = K_PARAMETERS
    suited: Mapping[str, Any] = RECIPE_WITH_K
    source = "Gao 2024, §5.3"
    loss = "MSE + ⅛ MSE from the 4k largest"

    def penalties(
        self, W: Mapping[str, Tensor], x: Tensor, encoded: Encoded, config: RunConfig, k: int
    ) -> dict[str, Tensor]:
        """The reconstruction from the 4k largest."""
        x_hat = decode(W, keep_largest(encoded.pre.relu(), MORE * k), config)
        return {"multi": WEIGHT * (x - x_hat).square().mean()}


FAMILY = MultiTopK()
