"""A folder as SAELens keeps its autoencoders: ``cfg.json`` and ``sae_weights.safetensors``.

Checked against sae-lens 6.54.12, which loads what is written with ``SAE.load_from_disk``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from saegui.core.arrays import Floats
from saegui.core.errors import FormatError
from saegui.core.families.matryoshka import prefixes
from saegui.core.files import paths
from saegui.core.files.tensors import save_tensors
from saegui.core.formats import plain
from saegui.core.formats.base import Format, Found, damaged
from saegui.core.formats.plain import Plain
from saegui.core.formats.tensor_files import Safetensors, part, read_json
from saegui.core.model.snapshot import Snapshot

CONFIG, WEIGHTS = "cfg.json", "sae_weights.safetensors"
HOLDS = {
    "topk": "topk",
    "multi_topk": "topk",
    "batch_topk": "jumprelu",
    "matryoshka": "jumprelu",
    "jumprelu": "jumprelu",
    "gated": "gated",
    "relu_l1": "standard",
    "kl": "standard",
}
TRAINED_AS = {"batch_topk": "batchtopk", "matryoshka": "matryoshka_batchtopk"}
VERSION = "6.54.12"
"""From 6.0.0 on the metadata are kept; before, they are replaced."""


def _write(model: Snapshot, folder: Path) -> None:
    found = plain.of(model)
    metadata: dict[str, Any] = {"sae_lens_version": VERSION, "sae_lens_training_version": None}
    config: dict[str, Any] = {
        "architecture": HOLDS[found.arch],
        "d_in": found.d_in,
        "d_sae": found.n_latents,
        "dtype": "float32",
        "device": "cpu",
        "apply_b_dec_to_input": False,
        "normalize_activations": "none" if found.input == "raw" else found.input,
        "reshape_activations": "none",
        "metadata": metadata,
    }
    tensors: dict[str, Floats] = {"W_enc": found.W, "W_dec": found.D, "b_dec": found.c}
    if found.arch == "gated":
        assert found.r_mag is not None and found.b_mag is not None
        tensors |= {"b_gate": found.b, "b_mag": found.b_mag, "r_mag": found.r_mag}
    else:
        tensors["b_enc"] = found.b
    if found.threshold is not None:
        # BatchTopK keeps what reaches its threshold, and SAELens what exceeds it.
        threshold = found.threshold.astype(np.float32)
        below = np.nextafter(threshold, np.float32(-np.inf)) if found.arch in TRAINED_AS else threshold
        tensors["threshold"] = np.broadcast_to(below, found.b.shape)
    if found.arch == "topk":
        config |= {"k": found.k, "rescale_acts_by_decoder_norm": False}
    if found.arch in TRAINED_AS:
        details: dict[str, Any] = {"k": found.k}
        if found.arch == "matryoshka":
            details["matryoshka_widths"] = prefixes(found.n_latents)
        metadata |= {
            "training_architecture": TRAINED_AS[found.arch],
            "training_architecture_details": details,
        }
    metadata["saegui"] = plain.notes_of(model)
    save_tensors(folder / WEIGHTS, {name: values.astype(np.float32) for name, values in tensors.items()}, {})
    paths.write_text(folder / CONFIG, plain.text(config))


def _sniff(path: Path) -> bool:
    return path.is_dir() and (path / WEIGHTS).exists()


def _look(path: Path) -> Found:
    config = read_json(path / CONFIG)
    metadata = part(path, config, "metadata")
    architecture = _architecture(path, config, metadata)
    _input(path, config)
    tensors = Safetensors(path / WEIGHTS)
    shapes = tensors.shapes
    if len(shape := shapes.get("W_dec", ())) != 2:
        raise damaged(path, f"W_dec in it has the shape {shape}")
    n_latents, d_in = shape
    plain.check_sizes(path, d_in, n_latents)
    known = {"W_enc": (d_in, n_latents), "W_dec": (n_latents, d_in), "b_dec": (d_in,)}
    names = ["b_gate", "b_mag", "r_mag"] if architecture == "gated" else ["b_enc"]
    if architecture == "jumprelu":
        names.append("threshold")
    known |= dict.fromkeys(names, (n_latents,))
    for name, expected in known.items():
        if shapes.get(name) != expected:
            raise damaged(
                path,
                f"{name} has the shape {shapes.get(name)}, but must have {expected}"
                if name in shapes
                else f"it has no {name}",
            )
    return _made(path, config, metadata, architecture, {name: tensors.read(name) for name in known}, tensors)


def _architecture(path: Path, config: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
    found = config.get("architecture")
    if found is None:
        raise FormatError(
            f"{path / CONFIG} does not say which architecture its autoencoder has, and SAELens takes such a one for a standard "
            'one without saying so; add "architecture" to it.'
        )
    readable = ("standard", "topk", "jumprelu", "gated", *TRAINED_AS.values())
    if found not in readable:
        raise FormatError(
            f"{path} holds an autoencoder of the architecture {found!r:.40}, which saegui does not have; choose one with {', '.join(readable)}."
        )
    # Before version 6 TopK was a standard autoencoder with another activation.
    activation = config.get("activation_fn_str") or config.get("activation_fn") or "relu"
    if found == "standard" and activation == "topk":
        return "topk"
    if found == "standard" and activation != "relu":
        raise FormatError(
            f"{path} holds an autoencoder with the activation {activation!r:.40}, which saegui does not have; choose one with relu or topk."
        )
    return str(found)


def _input(path: Path, config: Mapping[str, Any]) -> str:
    """What is done to every input: the word of SAELens."""
    norm = config.get("normalize_activations") or "none"
    if norm in ("expected_average_only_in", "covariance_whitening"):
        raise FormatError(
            f"{path} was saved with normalize_activations '{norm}' that is not folded into its weights, and SAELens ignores "
            "that when it loads them; fold it with SAELens before you save the autoencoder."
        )
    if norm not in ("none", "layer_norm", "constant_norm_rescale"):
        raise FormatError(
            f"{path} normalises its input in a way that saegui does not know (normalize_activations {norm!r:.40}); fold it with "
            "SAELens before you save the autoencoder."
        )
    if config.get("finetuning_scaling_factor"):
        raise FormatError(
            f"{path} scales its codes by a tensor that was fitted later (finetuning_scaling_factor); export it without."
        )
    if (reshape := config.get("reshape_activations") or "none") != "none":
        raise FormatError(
            f"{path} reads the outputs of attention heads side by side (reshape_activations {reshape!r:.40}); export it with 'none'."
        )
    return str(norm)


def _made(
    path: Path,
    config: Mapping[str, Any],
    metadata: Mapping[str, Any],
    architecture: str,
    weights: dict[str, Floats],
    tensors: Safetensors,
) -> Found:
    details = part(path, metadata, "training_architecture_details")
    trained = metadata.get("training_architecture") or architecture
    wide = {name: values.astype(np.float64) for name, values in weights.items()}
    W, D, c = wide["W_enc"], wide["W_dec"], wide["b_dec"]
    b = wide["b_gate" if architecture == "gated" else "b_enc"]
    # Training folders name it apart from the weights; in folders for inference it is true of TopK alone.
    if architecture in ("topk", *TRAINED_AS.values()) and config.get("rescale_acts_by_decoder_norm", False):
        lengths = np.linalg.norm(D, axis=1)
        lengths[lengths == 0] = 1
        W, b, D = W * lengths, b * lengths, D / lengths[:, np.newaxis]
    # What is missing means true.
    shift = -(c @ W) if config.get("apply_b_dec_to_input", True) else np.zeros_like(b)
    r_mag = b_mag = threshold = None
    arch, k = {"standard": "relu_l1"}.get(architecture, architecture), None
    if architecture == "gated":
        r_mag = wide["r_mag"]
        b_mag = wide["b_mag"] + np.exp(r_mag) * shift
    elif architecture == "topk":
        k = config.get("k", part(path, config, "activation_fn_kwargs").get("k"))
        if k is None:
            raise damaged(path, "it does not say k")
    elif architecture in TRAINED_AS.values():
        arch = next(name for name, title in TRAINED_AS.items() if title == architecture)
        k, threshold = config.get("k"), _reached(_one(path, tensors))
    elif architecture == "jumprelu":
        threshold = wide["threshold"]
        if trained in TRAINED_AS.values() and np.all(threshold == threshold[0]):
            arch = next(name for name, title in TRAINED_AS.items() if title == trained)
            k, threshold = details.get("k"), _reached(threshold[:1])
    if arch in TRAINED_AS and k is None:
        raise damaged(path, "it does not say k")
    if (norm := _input(path, config)) == "constant_norm_rescale":
        # It brings every input to the length √d, and saegui to length one.
        root = np.sqrt(W.shape[0])
        W, D, c = W * root, D / root, c / root
    inputs = {"none": "raw", "constant_norm_rescale": "unit"}.get(norm, norm)
    made = Plain(arch, W, b + shift, D, c, k, threshold, r_mag, b_mag, inputs)
    return plain.found(path, made, metadata.get("saegui"))


def _one(path: Path, tensors: Safetensors) -> Floats:
    if tensors.shapes.get("topk_threshold") not in ((), (1,)):
        raise damaged(path, "it has no topk_threshold")
    return tensors.read("topk_threshold").reshape(1)


def _reached(threshold: Floats) -> Floats:
    """The smallest float32 that exceeds a threshold, which ``>`` keeps there and ``>=`` here."""
    # Rounded down first: what is stored in double precision lies between two of them.
    single = threshold.astype(np.float32)
    single = np.where(single > threshold, np.nextafter(single, np.float32(-np.inf)), single)
    above: Floats = np.nextafter(single, np.float32(np.inf))
    return above


FORMAT = Format(
    name="saelens",
    title="SAELens",
    about="A folder that SAE.load_from_disk of SAELens loads.",
    suffix="",
    folder=True,
    sniff=_sniff,
    look=_look,
    write=_write,
    holds=HOLDS,
    refuses=lambda model: plain.why_not(model, "SAELens", HOLDS, layer_norm=True),
)
