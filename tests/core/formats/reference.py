"""What each library makes of the files that are exported for it: its ``encode`` and ``decode``, written again in numpy.

A folder must hold exactly the tensors that are used here, since the libraries refuse others. ``tests/interop`` asks the
libraries themselves whether this is what they do.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Computed = tuple[Floats, Floats]
"""Codes and reconstructions."""


def relu(values: Floats) -> Floats:
    return np.maximum(values, 0)


def largest(values: Floats, k: int) -> Floats:
    """The k largest of each row, zeros elsewhere."""
    kept = np.zeros_like(values)
    places = np.argsort(-values, axis=1, kind="stable")[:, :k]
    np.put_along_axis(kept, places, np.take_along_axis(values, places, axis=1), axis=1)
    return kept


def state_of(path: Path) -> dict[str, Floats]:
    import torch

    return {name: tensor.numpy() for name, tensor in torch.load(path, weights_only=True).items()}


def tensors_of(path: Path) -> dict[str, Floats]:
    from safetensors.numpy import load_file

    return dict(load_file(path))


def saelens(folder: Path, x: Floats) -> Computed:
    """``StandardSAE``, ``TopKSAE``, ``JumpReLUSAE`` and ``GatedSAE``."""
    said = json.loads((folder / "cfg.json").read_text())
    W = tensors_of(folder / "sae_weights.safetensors")
    mean, deviation, normalised = np.zeros((len(x), 1), np.float32), np.ones((len(x), 1), np.float32), x
    if said["normalize_activations"] == "layer_norm":
        mean = x.mean(axis=1, keepdims=True)
        deviation = x.std(axis=1, keepdims=True, ddof=1)
        normalised = (x - mean) / (deviation + np.float32(1e-5))
    products = (normalised - W["b_dec"] * said["apply_b_dec_to_input"]) @ W.pop("W_enc")
    if said["architecture"] == "gated":
        gate = products + W.pop("b_gate") > 0
        codes = gate * relu(products * np.exp(W.pop("r_mag")) + W.pop("b_mag"))
    else:
        pre = products + W.pop("b_enc")
        if said["architecture"] == "topk":
            assert not said["rescale_acts_by_decoder_norm"]
            codes = largest(relu(pre), said["k"])
        elif said["architecture"] == "jumprelu":
            codes = relu(pre) * (pre > W.pop("threshold"))
        else:
            assert said["architecture"] == "standard"
            codes = relu(pre)
    made = (codes @ W.pop("W_dec") + W.pop("b_dec")) * deviation + mean
    assert not W
    return codes, made


def dictionary_learning(folder: Path, x: Floats) -> Computed:
    """What ``load_dictionary`` makes of the class that ``config.json`` names."""
    trainer = json.loads((folder / "config.json").read_text())["trainer"]
    W = state_of(folder / "ae.pt")
    kind = trainer["dict_class"]
    if kind in ("MatryoshkaBatchTopKSAE", "JumpReluAutoEncoder"):
        encoder, decoder, b = W.pop("W_enc"), W.pop("W_dec"), W.pop("b_enc")
    else:
        encoder, decoder = W.pop("encoder.weight").T, W.pop("decoder.weight").T
        b = W.pop("gate_bias" if kind == "GatedAutoEncoder" else "encoder.bias")
    c = W.pop({"GatedAutoEncoder": "decoder_bias", "AutoEncoderNew": "decoder.bias"}.get(kind, "b_dec"))
    if kind == "AutoEncoderNew":
        codes = relu(x @ encoder + b)
    elif kind == "JumpReluAutoEncoder":
        pre = x @ encoder + b
        codes = relu(pre * (pre > W.pop("threshold")))
    elif kind == "GatedAutoEncoder":
        products = (x - c) @ encoder
        codes = (products + b > 0) * relu(np.exp(W.pop("r_mag")) * products + W.pop("mag_bias"))
    else:
        pre = relu((x - c) @ encoder + b)
        k, threshold = int(W.pop("k")), W.pop("threshold")
        assert trainer["k"] == k
        codes = largest(pre, k) if kind == "AutoEncoderTopK" else pre * (pre > threshold)
        if kind == "MatryoshkaBatchTopKSAE":
            assert W.pop("group_sizes").sum() == trainer["dict_size"]
    assert not W and decoder.shape == (trainer["dict_size"], trainer["activation_dim"])
    return codes, codes @ decoder + c


def sparsify(folder: Path, x: Floats) -> Computed:
    """``SparseCoder``."""
    said = json.loads((folder / "cfg.json").read_text())
    W = tensors_of(folder / "sae.safetensors")
    c, decoder = W.pop("b_dec"), W.pop("W_dec")
    codes = largest(relu((x - c) @ W.pop("encoder.weight").T + W.pop("encoder.bias")), said["k"])
    assert not W and len(decoder) == said["num_latents"]
    return codes, codes @ decoder + c


def overcomplete(folder: Path, x: Floats) -> Computed:
    """``SAE``, ``TopKSAE``, ``BatchTopKSAE`` and ``JumpSAE``; the concept that is the decoder bias is no code."""
    said = json.loads((folder / "config.json").read_text())
    assert said["dictionary_params"] == {"normalization": "identity"}
    W = state_of(folder / "model.pt")
    pre = x @ W.pop("encoder.final_block.0.weight").T + W.pop("encoder.final_block.0.bias")
    if said["class"] == "JumpSAE":
        codes = relu(pre) * (pre >= np.exp(W.pop("thresholds")))
    elif said["class"] == "TopKSAE":
        codes = largest(relu(pre), said["top_k"])
    elif said["class"] == "BatchTopKSAE":
        codes = relu(pre) * (pre >= np.float32(said["running_threshold"]))
    else:
        codes = relu(pre)
    made = codes @ W.pop("dictionary._weights") * np.exp(W.pop("dictionary.multiplier"))
    assert not W and codes.shape[1] == said["nb_concepts"]
    bias = said["decoder_bias_concept"]
    assert bias is None or (codes[:, bias] > 0).all()
    return codes[:, :bias], made


LIBRARIES: dict[str, Callable[[Path, Floats], Computed]] = {
    "saelens": saelens,
    "dictionary_learning": dictionary_learning,
    "sparsify": sparsify,
    "overcomplete": overcomplete,
}
