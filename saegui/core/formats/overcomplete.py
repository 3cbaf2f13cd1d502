"""A folder for overcomplete: ``model.pt``, the state_dict of one of its autoencoders, and ``config.json`` with how to make it.

Checked against overcomplete 0.3.0, which has no decoder bias: where c is not zero, it is the atom of one more concept, which
is always on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from saegui.core.files import paths
from saegui.core.formats import plain
from saegui.core.formats.base import Format, Found, damaged
from saegui.core.formats.dictionary_learning import save_state
from saegui.core.formats.plain import Plain
from saegui.core.formats.tensor_files import State, read_json, read_state, state_names
from saegui.core.model.snapshot import Snapshot

CONFIG, WEIGHTS = "config.json", "model.pt"
HOLDS = {
    "topk": "TopKSAE",
    "multi_topk": "TopKSAE",
    "batch_topk": "BatchTopKSAE",
    "matryoshka": "BatchTopKSAE",
    "jumprelu": "JumpSAE",
    "relu_l1": "SAE",
    "kl": "SAE",
}
ALWAYS = 2.0**20
"""The activation of the concept that is the decoder bias: a power of two, so that nothing is rounded, and above all others."""
_W, _B, _D = "encoder.final_block.0.weight", "encoder.final_block.0.bias", "dictionary._weights"
_THRESHOLDS, _MULTIPLIER = "thresholds", "dictionary.multiplier"
_LONGER = 0.05
"""After the last step of a training atoms of length one may be off by this much."""


def _write(model: Snapshot, folder: Path) -> None:
    found = plain.of(model)
    W, b, D = found.W.T, found.b, found.D
    extra = _has_bias(found)
    if extra:
        W = np.vstack([W, np.zeros((1, found.d_in))])
        b = np.append(b, ALWAYS)
        D = np.vstack([D, found.c / ALWAYS])
    tensors: dict[str, Any] = {_W: W, _B: b, _D: D, _MULTIPLIER: np.zeros(())}
    config: dict[str, Any] = {
        "class": HOLDS[found.arch],
        "input_shape": found.d_in,
        "nb_concepts": len(b),
        "dictionary_params": {"normalization": "identity"},
        "decoder_bias_concept": len(b) - 1 if extra else None,
        "saegui": plain.notes_of(model),
    }
    if found.arch == "topk":
        config["top_k"] = int(found.k or 0) + extra
    elif found.threshold is not None and found.arch != "jumprelu":
        config |= {"k": found.k, "running_threshold": float(found.threshold[0])}
    elif found.threshold is not None:
        # It keeps what reaches its thresholds.
        above = np.nextafter(found.threshold.astype(np.float32), np.float32(np.inf))
        logs = plain.log_of(np.maximum(above, np.finfo(np.float32).tiny))
        tensors[_THRESHOLDS] = np.append(logs, 0.0) if extra else logs
    save_state(folder / WEIGHTS, tensors)
    paths.write_text(folder / CONFIG, plain.text(config))


def _has_bias(found: Plain) -> bool:
    return bool(np.any(found.c))


def _tells(model: Snapshot) -> str:
    found = plain.of(model)
    if not _has_bias(found):
        return ""
    number = found.n_latents
    return (
        f"overcomplete has no decoder bias: it is the atom of concept {number:,}, one more than the {number:,} latents of this model, which is always "
        f"on; decoder_bias_concept in {CONFIG} names it."
    )


def _sniff(path: Path) -> bool:
    if path.is_dir():
        return (path / WEIGHTS).exists()
    return {_W, _D} <= state_names(path, (_W, _D))


def _look(path: Path) -> Found:
    config: dict[str, Any] = {}
    file = path
    if path.is_dir():
        file = path / WEIGHTS
        config = read_json(path / CONFIG)
    state = read_state(file)
    if len(shape := state.shape(_W)) != 2 or state.shape(_D) != shape or state.shape(_B) != shape[:1]:
        raise damaged(
            path,
            f"its weights have the shapes {shape}, {state.shape(_B)} and {state.shape(_D)}, which do not belong together",
        )
    plain.check_sizes(path, shape[1], shape[0])
    W, b, D = (
        state.read(_W).astype(np.float64).T,
        state.read(_B).astype(np.float64),
        state.read(_D).astype(np.float64),
    )
    multiplier = state.number(_MULTIPLIER) if _MULTIPLIER in state else 0.0
    D, notes = _atoms(path, D, config)
    D = D * np.exp(multiplier or 0.0)
    c = np.zeros(shape[1])
    bias = config.get("decoder_bias_concept")
    if bias is not None:
        if bias != len(b) - 1 or len(b) < 2 or np.any(W[:, -1]):
            raise damaged(path, f"decoder_bias_concept is {bias!r:.40}")
        c, W, b, D = D[-1] * b[-1], W[:, :-1], b[:-1], D[:-1]
    return _made(path, config, state, Plain("relu_l1", W, b, D, c), notes, bias is not None)


def _atoms(path: Path, D: Any, config: dict[str, Any]) -> tuple[Any, tuple[str, ...]]:
    """The atoms as overcomplete uses them: brought to length one, unless the file says otherwise or they are far from it."""
    if config.get("dictionary_params"):
        return D, ()
    lengths = np.linalg.norm(D, axis=1, keepdims=True)
    if np.abs(lengths - 1).max() > _LONGER:
        return D, (
            f"{path.name} does not say how its atoms are normalised; their lengths are from {lengths.min():.3g} to {lengths.max():.3g}, "
            "so they are taken as they are.",
        )
    return D / (lengths + 1e-8), ()


def _made(
    path: Path, config: dict[str, Any], state: State, made: Plain, notes: tuple[str, ...], extra: bool
) -> Found:
    kept = config.get("saegui")
    weights = made.W, made.b, made.D, made.c
    if _THRESHOLDS in state:
        if (shape := state.shape(_THRESHOLDS)) != (made.n_latents + extra,):
            raise damaged(path, f"{_THRESHOLDS} has the shape {shape}")
        reached = np.exp(state.read(_THRESHOLDS)[: made.n_latents].astype(np.float32))
        below = np.nextafter(reached, np.float32(-np.inf)).astype(np.float64)
        return plain.found(path, Plain("jumprelu", *weights, threshold=below), kept, notes)
    if config.get("class") == "BatchTopKSAE" or "running_threshold" in config:
        # Its top_k counts a whole batch.
        threshold, k = config.get("running_threshold"), config.get("k")
        if threshold is None:
            raise damaged(
                path,
                f"{CONFIG} does not say running_threshold, which decides what a BatchTopKSAE keeps and is not in its state",
            )
        if not isinstance(threshold, int | float) or not isinstance(k, int):
            raise damaged(path, f"running_threshold is {threshold!r:.40} and k is {k!r:.40}")
        arch = "matryoshka" if _was(kept) == "matryoshka" else "batch_topk"
        return plain.found(path, Plain(arch, *weights, k, np.array([float(threshold)])), kept, notes)
    if "top_k" in config:
        k = config["top_k"]
        if not isinstance(k, int) or k <= extra:
            raise damaged(path, f"top_k is {k!r:.40}")
        return plain.found(path, Plain("topk", *weights, k - extra), kept, notes)
    found = plain.found(path, made, kept, notes)
    if config:
        return found
    return found._replace(
        without_k=f"{path.name} does not say whether only the largest activations were kept, so every positive one is; import it "
        "with k given to keep the k largest of each input."
    )


def _was(kept: Any) -> object:
    config = kept.get("config") if isinstance(kept, dict) else None
    return config.get("arch") if isinstance(config, dict) else None


FORMAT = Format(
    name="overcomplete",
    title="overcomplete",
    about="A folder with the state_dict of an autoencoder of overcomplete, and how to make it.",
    suffix="",
    folder=True,
    sniff=_sniff,
    look=_look,
    write=_write,
    holds=HOLDS,
    refuses=lambda model: plain.why_not(model, "overcomplete", HOLDS),
    tells=_tells,
)
