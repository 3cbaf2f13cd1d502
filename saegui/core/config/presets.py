"""Named configurations: the experiments of the notebook that saegui started from, and current practice."""

from __future__ import annotations

from dataclasses import dataclass

from saegui.core.config.schema import RunConfig
from saegui.core.errors import ConfigError


@dataclass(frozen=True)
class Preset:
    """A named configuration, and one sentence that says what to look for."""

    name: str
    about: str
    config: RunConfig


_SEED = RunConfig()
_MODERN = RunConfig(
    pre_bias=True,
    tied_init=True,
    unit_norm=True,
    revival="auxk",
    lr=1e-3,
    warmup_steps=100,
    decay=0.4,
)
_BEST = _MODERN.model_copy(
    update={"arch": "batch_topk", "refinements": 3, "refit": True, "k_anneal": 0.3, "lr": 2e-3}
)

_TUTORIAL = RunConfig(arch="kl", rho=0.05, kl_weight=0.1, code="relu", output="sigmoid", lr=1e-3)
_PARTS = RunConfig(n_latents=256, tied_init=True, non_negative=True, lr=1e-3, seed=42)
PARTS_K = (5, 20, 40, 64, 128)
"""The other values of k with which ``parts`` is a preset."""

PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "seed-k10",
            "At most 10 of 64 latents are active on one input: atoms are clear strokes, but more than half of the latents die.",
            _SEED,
        ),
        Preset(
            "seed-k64",
            "No sparsity: reconstructions are better, but atoms have no clear meaning.",
            _SEED.model_copy(update={"k": 64}),
        ),
        Preset(
            "seed-small",
            "Half as many latents: fewer die, and reconstructions are slightly worse.",
            _SEED.model_copy(update={"n_latents": 32}),
        ),
        Preset(
            "seed-tiny",
            "Fifteen latents: few die, and reconstructions are visibly worse.",
            _SEED.model_copy(update={"n_latents": 15}),
        ),
        Preset(
            "modern",
            "Current practice, with pre-bias, a tied start, unit-norm atoms, AuxK and a learning-rate schedule: no dead latents.",
            _MODERN,
        ),
        Preset(
            "best",
            "The lowest error at k 10: BatchTopK, three refinements, and activations that are refitted to each input.",
            _BEST,
        ),
        Preset(
            "tutorial-kl",
            "The penalty of many tutorials: mean activations become small, but codes need not become sparse. Look at L0.",
            _TUTORIAL,
        ),
        Preset(
            "parts",
            "No negative weights: atoms are strokes and corners, and a reconstruction is their sum.",
            _PARTS,
        ),
        *(
            Preset(f"parts-k{k}", f"Like parts, with k {k}.", _PARTS.model_copy(update={"k": k}))
            for k in PARTS_K
        ),
    )
}


def preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        ConfigError: lists the names there are.
    """
    if name not in PRESETS:
        raise ConfigError(f"There is no preset '{name}'; choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]
