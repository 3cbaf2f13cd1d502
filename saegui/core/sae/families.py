"""The families there are, by the name that :attr:`RunConfig.arch` gives them."""

from __future__ import annotations

from saegui.core.sae.batch_topk import BatchTopK
from saegui.core.sae.family import Family
from saegui.core.sae.gated import Gated
from saegui.core.sae.jumprelu import JumpReLU
from saegui.core.sae.kl import KL
from saegui.core.sae.matryoshka import Matryoshka
from saegui.core.sae.multi_topk import MultiTopK
from saegui.core.sae.relu_l1 import ReluL1
from saegui.core.sae.topk import TopK

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        TopK(),
        BatchTopK(),
        MultiTopK(),
        Matryoshka(),
        ReluL1(),
        KL(),
        JumpReLU(),
        Gated(),
    )
}
