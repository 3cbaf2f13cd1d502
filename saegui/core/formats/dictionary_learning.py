"""A folder as dictionary_learning keeps its dictionaries: ``ae.pt``, a state_dict, and ``config.json``.

Checked against dictionary-learning 0.1.0, which loads what is written with ``load_dictionary``. Its classes subtract the
decoder bias c from the input, so their bias is b + c·W, all but JumpReluAutoEncoder and AutoEncoderNew.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from saegui.core.arrays import Floats
from saegui.core.errors import FormatError
from saegui.core.files import paths
from saegui.core.formats import plain
from saegui.core.formats.base import Format, Found, damaged
from saegui.core.formats.plain import Plain
from saegui.core.formats.tensor_files import State, part, read_json, read_state
from saegui.core.model.snapshot import Snapshot

CONFIG, WEIGHTS = "config.json", "ae.pt"
HOLDS = {
    "topk": "AutoEncoderTopK",
    "multi_topk": "AutoEncoderTopK",
    "batch_topk": "BatchTopKSAE",
    "matryoshka": "MatryoshkaBatchTopKSAE",
    "jumprelu": "JumpReluAutoEncoder",
    "gated": "GatedAutoEncoder",
    # AutoEncoder multiplies each code by its atom's length when it is loaded.
    "relu_l1": "AutoEncoderNew",
    "kl": "AutoEncoderNew",
}
UNSET = "its threshold is unset, as in the first 1,000 steps of a training, so every positive activation is kept; import it with k given to keep the k largest of each input"


def _write(model: Snapshot, folder: Path) -> None:
    found = plain.of(model)
    name = HOLDS[found.arch]
    trainer: dict[str, Any] = {"dict_class": name, "activation_dim": found.d_in, "dict_size": found.n_latents}
    if found.k is not None:
        trainer["k"] = found.k
    save_state(folder / WEIGHTS, _tensors(found))
    paths.write_text(folder / CONFIG, plain.text({"trainer": trainer, "saegui": plain.notes_of(model)}))


def _tensors(found: Plain) -> dict[str, Any]:
    linear = {"encoder.weight": found.W.T, "decoder.weight": found.D.T}
    rows = {"W_enc": found.W, "W_dec": found.D, "b_dec": found.c}
    if found.arch == "relu_l1":
        return {**linear, "encoder.bias": found.b, "decoder.bias": found.c}
    if found.arch == "jumprelu":
        return {**rows, "b_enc": found.b, "threshold": found.threshold}
    if found.arch == "gated":
        return {
            **linear,
            "decoder_bias": found.c,
            "r_mag": found.r_mag,
            "gate_bias": found.b_moved,
            "mag_bias": found.b_mag_moved,
        }
    tensors: dict[str, Any] = {"k": np.array(found.k, np.int32), "threshold": np.array(-1.0)}
    if found.threshold is not None:
        # It keeps what exceeds its threshold.
        below = np.nextafter(found.threshold[0].astype(np.float32), np.float32(-np.inf))
        tensors["threshold"] = np.array(below, np.float32)
    if found.arch == "matryoshka":
        return {
            **tensors,
            **rows,
            "b_enc": found.b_moved,
            "group_sizes": np.array(plain.groups(found.n_latents)),
        }
    return {**tensors, **linear, "encoder.bias": found.b_moved, "b_dec": found.c}


def save_state(path: Path, tensors: dict[str, Any]) -> None:
    """Write a ``state_dict`` with float32 and whole numbers; equal tensors give equal files. Raises ``OSError``."""
    import torch

    state = {}
    for name, values in tensors.items():
        array = np.asarray(values)
        array = array if array.dtype.kind == "i" else array.astype(np.float32)
        state[name] = torch.from_numpy(np.ascontiguousarray(array).reshape(array.shape))
    # Through memory: the archive would carry the name of a temporary file.
    buffer = BytesIO()
    torch.save(state, buffer)
    paths.write_bytes(path, buffer.getvalue())


def _sniff(path: Path) -> bool:
    return path.is_dir() and (path / WEIGHTS).exists()


def _look(path: Path) -> Found:
    config = read_json(path / CONFIG)
    trainer = part(path, config, "trainer")
    name = trainer.get("dict_class")
    known = {"AutoEncoder", *HOLDS.values()}
    if name not in known:
        raise FormatError(
            f"{path} holds a dictionary of the class {name!r:.40}, which saegui does not have; choose one with {', '.join(sorted(known))}."
        )
    state = read_state(path / WEIGHTS)
    rows = name in ("JumpReluAutoEncoder", "MatryoshkaBatchTopKSAE")
    shape = state.shape("W_dec" if rows else "encoder.weight")
    if len(shape) != 2:
        raise damaged(path, f"its weights have the shape {shape}")
    plain.check_sizes(path, shape[1], shape[0])
    return _made(path, config, str(name), state, rows)


def _made(path: Path, config: dict[str, Any], name: str, state: State, rows: bool) -> Found:
    if rows:
        W, D = _read(path, state, "W_enc", 2), _read(path, state, "W_dec", 2)
    else:
        W, D = _read(path, state, "encoder.weight", 2).T, _read(path, state, "decoder.weight", 2).T
    bias = {"GatedAutoEncoder": "decoder_bias", "AutoEncoder": "bias", "AutoEncoderNew": "decoder.bias"}.get(
        name, "b_dec"
    )
    c = _read(path, state, bias, 1)
    own = {"GatedAutoEncoder": "gate_bias"}.get(name, "b_enc" if rows else "encoder.bias")
    b = _read(path, state, own, 1)
    if W.shape != D.shape[::-1] or b.shape != (W.shape[1],) or c.shape != (W.shape[0],):
        raise damaged(
            path,
            f"its weights have the shapes {W.shape}, {b.shape}, {D.shape} and {c.shape}, which do not belong together",
        )
    shift = np.zeros_like(b) if name in ("AutoEncoderNew", "JumpReluAutoEncoder") else -(c @ W)
    arch = {"AutoEncoder": "relu_l1"}.get(name) or next(key for key, title in HOLDS.items() if title == name)
    r_mag = b_mag = threshold = k = None
    without_k = ""
    if arch == "gated":
        r_mag = _read(path, state, "r_mag", 1)
        b_mag = _read(path, state, "mag_bias", 1) + np.exp(r_mag) * shift
    elif arch == "jumprelu":
        threshold = _read(path, state, "threshold", 1)
    elif arch != "relu_l1":
        said = state.number("k")
        k = said if said is not None else part(path, config, "trainer").get("k")
        if k is None:
            raise damaged(path, "it does not say k")
        if arch != "topk":
            limit = state.number("threshold")
            unset = limit is None or limit < 0
            threshold = np.array(
                [0.0 if unset or limit is None else np.nextafter(np.float32(limit), np.float32(np.inf))]
            )
            without_k = f"{path.name}: {UNSET}." if unset else ""
    if name == "AutoEncoder":
        # As it is loaded: its atoms have length one then.
        lengths = np.linalg.norm(D, axis=1)
        if not (lengths > 0).all():
            raise damaged(path, "an atom in it has the length zero, by which dictionary_learning divides")
        W, b, shift, D = W * lengths, b * lengths, shift * lengths, D / lengths[:, np.newaxis]
    made = Plain(arch, W, b + shift, D, c, k, threshold, r_mag, b_mag)
    return plain.found(path, made, config.get("saegui"))._replace(without_k=without_k)


def _read(path: Path, state: State, name: str, axes: int) -> Floats:
    if len(shape := state.shape(name)) != axes:
        raise damaged(path, f"{name} has the shape {shape}")
    return state.read(name).astype(np.float64)


FORMAT = Format(
    name="dictionary_learning",
    title="dictionary_learning",
    about="A folder that load_dictionary of dictionary_learning loads.",
    suffix="",
    folder=True,
    sniff=_sniff,
    look=_look,
    write=_write,
    holds=HOLDS,
    refuses=lambda model: plain.why_not(model, "dictionary_learning", HOLDS),
)
