"""Named configurations: the experiments of the notebook that saegui grew from, and what the field does today."""

from __future__ import annotations

from dataclasses import dataclass

from saegui.core.config.schema import RunConfig
from saegui.core.errors import ConfigError


@dataclass(frozen=True)
class Preset:
    """A configuration with a name and one sentence on what to look for in it."""

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
"""The other k that ``parts`` was trained with."""

PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "seed-k10", "Ten of 64 latents per digit: clear strokes, but more than half of them die.", _SEED
        ),
        Preset(
            "seed-k64",
            "No sparsity at all: better reconstructions that nobody can read.",
            _SEED.model_copy(update={"k": 64}),
        ),
        Preset(
            "seed-small",
            "Half the dictionary: fewer dead, slightly worse.",
            _SEED.model_copy(update={"n_latents": 32}),
        ),
        Preset(
            "seed-tiny",
            "Fifteen latents: nearly all in use, visibly worse.",
            _SEED.model_copy(update={"n_latents": 15}),
        ),
        Preset("modern", "Pre-bias, unit-norm tied atoms, AuxK and a schedule: no dead latents.", _MODERN),
        Preset(
            "best",
            "Spends ten latents where they are needed, looks three more times before it chooses them, and fits them to the image.",
            _BEST,
        ),
        Preset(
            "tutorial-kl",
            "The tutorials' loss makes mean activations small, not codes sparse: see how many latents are on.",
            _TUTORIAL,
        ),
        Preset(
            "parts", "No weight below zero: atoms turn into strokes and corners that only add up.", _PARTS
        ),
        *(
            Preset(f"parts-k{k}", f"The same with k {k}.", _PARTS.model_copy(update={"k": k}))
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
