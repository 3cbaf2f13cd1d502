"""A folder as sparsify keeps its sparse coders: ``cfg.json`` and ``sae.safetensors``.

Checked against eai-sparsify 1.3.3, which loads what is written with ``SparseCoder.load_from_disk``. It subtracts the decoder
bias c from the input, so its bias is b + c·W.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from saegui.core.errors import FormatError
from saegui.core.files import paths
from saegui.core.files.tensors import save_tensors
from saegui.core.formats import plain
from saegui.core.formats.base import Format, Found, damaged
from saegui.core.formats.plain import Plain
from saegui.core.formats.tensor_files import Safetensors, read_json
from saegui.core.model.snapshot import Snapshot

CONFIG, WEIGHTS = "cfg.json", "sae.safetensors"
HOLDS = {"topk": "topk", "multi_topk": "topk"}


def _write(model: Snapshot, folder: Path) -> None:
    found = plain.of(model)
    config = {
        "activation": "topk",
        "expansion_factor": 1,
        "normalize_decoder": False,
        "num_latents": found.n_latents,
        "k": found.k,
        "multi_topk": model.config.arch == "multi_topk",
        "skip_connection": False,
        "transcode": False,
        "d_in": found.d_in,
        "saegui": plain.notes_of(model),
    }
    # All of one type: on loading that of the first decides for all.
    tensors = {"encoder.weight": found.W.T, "encoder.bias": found.b_moved, "W_dec": found.D, "b_dec": found.c}
    save_tensors(folder / WEIGHTS, {name: values.astype(np.float32) for name, values in tensors.items()}, {})
    paths.write_text(folder / CONFIG, plain.text(config))


def _sniff(path: Path) -> bool:
    return path.is_dir() and (path / WEIGHTS).exists()


def _look(path: Path) -> Found:
    config = read_json(path / CONFIG)
    if "sae_type" in config:
        raise FormatError(
            f"{path} was saved by latentsae as {config['sae_type']!r:.40}, which uses the names of sparsify's files for "
            "something else; saegui does not have it, so choose a folder of sparsify."
        )
    if (activation := config.get("activation", "topk")) != "topk":
        raise FormatError(
            f"{path} keeps the largest activation of each group ({activation!r:.40}), and no kind of saegui does; choose one with 'topk'."
        )
    for name in ("transcode", "skip_connection"):
        if config.get(name):
            raise FormatError(
                f"{path} is no autoencoder, but predicts the output of a layer ({name}); choose one without."
            )
    tensors = Safetensors(path / WEIGHTS)
    if len(shape := tensors.shapes.get("encoder.weight", ())) != 2:
        raise damaged(
            path, f"encoder.weight in it has the shape {shape}" if shape else "it has no encoder.weight"
        )
    n_latents, d_in = shape
    plain.check_sizes(path, d_in, n_latents)
    for name, expected in {"encoder.bias": (n_latents,), "W_dec": shape, "b_dec": (d_in,)}.items():
        if (real := tensors.shapes.get(name)) != expected:
            raise damaged(
                path,
                f"{name} has the shape {real}, but must have {expected}"
                if real is not None
                else f"it has no {name}",
            )
    if "k" not in config:
        raise damaged(path, "it does not say k")
    W, D = tensors.read("encoder.weight").astype(np.float64).T, tensors.read("W_dec")
    c = tensors.read("b_dec").astype(np.float64)
    made = Plain("topk", W, tensors.read("encoder.bias").astype(np.float64) - c @ W, D, c, config["k"])
    return plain.found(path, made, config.get("saegui"))


FORMAT = Format(
    name="sparsify",
    title="sparsify",
    about="A folder that SparseCoder.load_from_disk of EleutherAI's sparsify loads.",
    suffix="",
    folder=True,
    sniff=_sniff,
    look=_look,
    write=_write,
    holds=HOLDS,
    refuses=lambda model: plain.why_not(model, "sparsify", HOLDS),
)
