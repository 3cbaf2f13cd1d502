"""The presets are the experiments that the reference describes."""

from __future__ import annotations

import pytest

from saegui.core.config.presets import PRESETS, preset
from saegui.core.config.schema import RunConfig
from saegui.core.errors import ConfigError

SEED = {
    "dataset": "mnist",
    "input": "raw",
    "arch": "topk",
    "n_latents": 64,
    "k": 10,
    "l1": 0.0015,
    "l0_weight": 0.001,
    "bandwidth": 0.5,
    "code": "relu",
    "output": "linear",
    "rho": 0.05,
    "kl_weight": 0.1,
    "refinements": 0,
    "refit": False,
    "n_nonzero_coefs": 0,
    "fun": "logcosh",
    "alpha": 1.0,
    "init": "linear",
    "tied_init": False,
    "pre_bias": False,
    "unit_norm": False,
    "non_negative": False,
    "revival": "none",
    "dead_after": 0.25,
    "resample_every": 0.25,
    "lr": 5e-4,
    "warmup_steps": 0,
    "decay": 0.0,
    "k_anneal": 0.0,
    "precision": "float32",
    "tol": 1e-4,
    "max_samples": 0,
    "batch_size": 256,
    "epochs": 50,
    "seed": 0,
}
"""All of it: what a preset does not name must not change either."""


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("seed-k10", {}),
        ("seed-k64", {"k": 64}),
        ("seed-small", {"n_latents": 32}),
        ("seed-tiny", {"n_latents": 15}),
        (
            "modern",
            {
                "pre_bias": True,
                "unit_norm": True,
                "tied_init": True,
                "revival": "auxk",
                "lr": 1e-3,
                "warmup_steps": 100,
                "decay": 0.4,
            },
        ),
        (
            "best",
            {
                "arch": "batch_topk",
                "refinements": 3,
                "refit": True,
                "k_anneal": 0.3,
                "pre_bias": True,
                "unit_norm": True,
                "tied_init": True,
                "revival": "auxk",
                "lr": 2e-3,
                "warmup_steps": 100,
                "decay": 0.4,
            },
        ),
        (
            "tutorial-kl",
            {"arch": "kl", "rho": 0.05, "kl_weight": 0.1, "code": "relu", "output": "sigmoid", "lr": 1e-3},
        ),
        *(
            (
                name,
                {
                    "n_latents": 256,
                    "k": k,
                    "tied_init": True,
                    "non_negative": True,
                    "lr": 1e-3,
                    "seed": 42,
                    "input": "raw",
                },
            )
            for name, k in {
                "parts": 10,
                "parts-k5": 5,
                "parts-k20": 20,
                "parts-k40": 40,
                "parts-k64": 64,
                "parts-k128": 128,
            }.items()
        ),
    ],
)
def test_configurations(name: str, changes: dict[str, object]) -> None:
    assert preset(name).config.model_dump() == SEED | changes


def test_the_default_is_the_seed_s_main_experiment() -> None:
    assert preset("seed-k10").config == RunConfig()


def test_each_is_valid_and_says_what_to_look_for() -> None:
    for name, found in PRESETS.items():
        assert found.name == name
        assert found.about.endswith(".")
        # model_copy checks nothing, so a preset could hold what make() refuses.
        assert RunConfig(**found.config.model_dump()) == found.config


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"'finest'.*seed-k10, seed-k64, seed-small, seed-tiny, modern"):
        preset("finest")
