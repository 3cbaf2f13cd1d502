"""Models with random weights, one for every kind of autoencoder and each way to treat its input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.config.schema import RunConfig, make
from saegui.core.families.registry import FAMILIES, WITH_K
from saegui.core.model.snapshot import Snapshot

SHAPE, D_IN, F, K = (6, 5), 30, 24, 4
HELD: dict[str, dict[str, Any]] = {
    **{arch: {"arch": arch} for arch in FAMILIES},
    **{f"{arch}, pre-bias": {"arch": arch, "pre_bias": True} for arch in FAMILIES},
    "topk, centred": {"arch": "topk", "input": "centred", "pre_bias": True},
    "topk, standardised": {"arch": "topk", "input": "standardised"},
    "topk, layer norm": {"arch": "topk", "input": "layer_norm", "pre_bias": True},
    "gated, standardised": {"arch": "gated", "input": "standardised", "pre_bias": True},
}
"""What at least one library can hold."""
REFUSED: dict[str, dict[str, Any]] = {
    "refinements": {"arch": "topk", "refinements": 2},
    "refit": {"arch": "batch_topk", "refit": True},
    "unit": {"arch": "topk", "input": "unit"},
    "sigmoid output": {"arch": "kl", "output": "sigmoid"},
    "sigmoid code": {"arch": "kl", "code": "sigmoid"},
}
"""What none can, by the word that the reason must have."""


def inputs(n: int = 60) -> NDArray[np.float32]:
    """``(n, D_IN)`` in [0, 1]; some are blank, and some are equal."""
    x = np.random.default_rng(5).random((n, D_IN), dtype=np.float32)
    x[:3] = 0
    x[3:6] = x[3]
    return x


def model(
    *,
    seed: int = 0,
    f: int = F,
    d_in: int = D_IN,
    shape: tuple[int, ...] = SHAPE,
    alike: bool = True,
    **values: Any,
) -> Snapshot:
    """A model with the parameters ``values``, of whose latents each is active on some of :func:`inputs`.

    Latents 2 and 3 are the same, if ``alike``; latent 5 has an atom of length zero.
    """
    config = make({"dataset": "mnist", "n_latents": f, "k": K, **values}, RunConfig())
    random = np.random.default_rng(seed)

    def normal(*size: int, scale: float = 1.0) -> NDArray[np.float32]:
        return random.normal(0, scale, size).astype(np.float32)

    W_enc, b_enc, W_dec, b_dec = (
        normal(d_in, f, scale=0.4 * (D_IN / d_in) ** 0.5),
        normal(f, scale=0.1),
        normal(f, d_in, scale=(D_IN / d_in) ** 0.5),
        normal(d_in, scale=0.3),
    )
    if alike:
        W_enc[:, 3], b_enc[3] = W_enc[:, 2], b_enc[2]
    W_dec[5] = 0
    extras: dict[str, NDArray[np.float32]] = {}
    if config.input not in ("raw", "layer_norm"):
        extras |= {
            "input_mean": random.random(d_in, dtype=np.float32),
            "input_scale": np.array([0.3], np.float32),
        }
    if config.arch == "gated":
        extras |= {"r_mag": normal(f, scale=0.2), "b_mag": normal(f, scale=0.1)}
    if config.arch == "jumprelu":
        extras["log_threshold"] = normal(f, scale=0.3) - 1
    density = random.random(f, dtype=np.float32)
    made = Snapshot(config, 7, 1.5, W_enc, b_enc, W_dec, b_dec, density, extras, shape)
    if config.arch in ("batch_topk", "matryoshka"):
        # One that an activation reaches exactly.
        made = replace(made, extras={**extras, "threshold": np.array([-1], np.float32)})
        reached = (
            np.sort(np.maximum(made.pre_activations(inputs()), 0).ravel())
            if d_in == D_IN
            else np.array([0.5])
        )
        made = replace(made, extras={**extras, "threshold": reached[-K * 60 :][:1].astype(np.float32)})
    assert config.arch in FAMILIES and (config.arch in WITH_K or config.k)
    return made


def openai_file(path: Path, **values: Any) -> Path:
    """A state as OpenAI's program writes it, of TopK with layer norm."""
    import torch

    before = model(arch="topk")
    state = {
        "pre_bias": torch.tensor(before.b_dec),
        "latent_bias": torch.tensor(before.b_enc),
        "encoder.weight": torch.tensor(before.W_enc.T.copy()),
        "decoder.weight": torch.tensor(before.W_dec.T.copy()),
        "stats_last_nonzero": torch.zeros(F, dtype=torch.long),
        "activation": "TopK",
        "activation_state_dict": {"k": K, "postact_fn": "ReLU"},
        # These two keep OpenAI's own program from loading what it saved.
        "activation.k": K,
        "activation.postact_fn": "ReLU",
    }
    torch.save({**state, **values}, path)
    return path


def saev_file(path: Path) -> Snapshot:
    """A file as saev writes it, a line of JSON and a state; returns the model in it."""
    import torch

    made = model(arch="relu_l1", pre_bias=True)
    state = {
        name: torch.tensor(np.ascontiguousarray(tensor))
        for name, tensor in made.tensors().items()
        if name != "density"
    }
    with path.open("wb") as file:
        file.write(b'{"d_vit": 30, "exp_factor": 1}\n')
        torch.save(state, file)
    return made
