"""The families there are, by the name that :attr:`RunConfig.arch` gives them."""

from __future__ import annotations

from saegui.core.model.families.batch_topk import BatchTopK
from saegui.core.model.families.family import Family
from saegui.core.model.families.gated import Gated
from saegui.core.model.families.jumprelu import JumpReLU
from saegui.core.model.families.kl import KL
from saegui.core.model.families.matryoshka import Matryoshka
from saegui.core.model.families.multi_topk import MultiTopK
from saegui.core.model.families.relu_l1 import ReluL1
from saegui.core.model.families.topk import TopK

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
