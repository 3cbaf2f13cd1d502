"""A ``.pt`` file as OpenAI's sparse_autoencoder keeps its autoencoders: a state_dict with ``pre_bias`` and ``latent_bias``.

Only imported. Layer norm is not in the file: the program that wrote it switches it on exactly where the activation is TopK.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from saegui.core.errors import FormatError
from saegui.core.formats import plain
from saegui.core.formats.base import Format, Found, damaged
from saegui.core.formats.plain import Plain
from saegui.core.formats.tensor_files import State, read_state, state_names
from saegui.core.model.normalisation import LAYER_NORM


def _sniff(path: Path) -> bool:
    return {"pre_bias", "latent_bias"} <= state_names(path, ("pre_bias", "latent_bias"))


def _look(path: Path) -> Found:
    state = read_state(path)
    tied = "decoder.weight" not in state
    if len(shape := state.shape("encoder.weight")) != 2:
        raise damaged(path, f"encoder.weight has the shape {shape}")
    n_latents, d_in = shape
    plain.check_sizes(path, d_in, n_latents)
    for name, expected in {"latent_bias": (n_latents,), "pre_bias": (d_in,)}.items():
        if state.shape(name) != expected:
            raise damaged(path, f"{name} has the shape {state.shape(name)}, but must have {expected}")
    W = state.read("encoder.weight").astype(np.float64).T
    D = W.T if tied else state.read("decoder.weight").astype(np.float64).T
    c = state.read("pre_bias").astype(np.float64)
    b = state.read("latent_bias").astype(np.float64) - c @ W
    activation = state.value("activation") or "ReLU"
    if activation == "ReLU":
        found, does = plain.found(path, Plain("relu_l1", W, b, D, c)), "take them as they are"
    elif activation == "TopK":
        found, does = _topk(path, state, Plain("topk", W, b, D, c, input=LAYER_NORM)), "use layer norm"
    else:
        raise FormatError(
            f"{path} has the activation {activation!r:.40}, which no kind of saegui has; choose a model with ReLU or TopK."
        )
    return found._replace(
        without_input=f"{path.name} does not say whether its inputs were normalised; it is taken to {does}, as the program "
        f"that wrote it does for {activation} when it loads one."
    )


def _topk(path: Path, state: State, made: Plain) -> Found:
    values = state.value("activation_state_dict")
    k = values.get("k") if isinstance(values, dict) else None
    if not isinstance(k, int | float):
        raise damaged(path, "it does not say k")
    if (after := values.get("postact_fn", "ReLU")) != "ReLU":
        raise FormatError(
            f"{path} has the function {after!r:.40} after TopK, so its codes may be negative, which no kind of saegui does; choose a "
            "model with ReLU."
        )
    return plain.found(path, replace(made, k=k))


FORMAT = Format(
    name="openai",
    title="OpenAI sparse_autoencoder",
    about="A .pt file of OpenAI's sparse_autoencoder; only imported.",
    suffix=".pt",
    sniff=_sniff,
    look=_look,
    holds={"topk": "TopK with layer norm", "relu_l1": "ReLU"},
)
