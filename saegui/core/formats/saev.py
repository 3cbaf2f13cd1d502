"""A file of saev: a line of JSON, then a state_dict. Only imported. Checked against saev 0.1.0."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from saegui.core.errors import reason
from saegui.core.files import paths
from saegui.core.formats import plain
from saegui.core.formats.base import Format, Found, damaged
from saegui.core.formats.plain import Plain
from saegui.core.formats.tensor_files import read_state

_MOST_HEADER = 65_536
"""Bytes of the line of JSON, which has about 200."""


def _header(path: Path) -> tuple[dict[str, Any], int]:
    """The configuration, and how many bytes it takes with the end of its line; ``ValueError`` and ``OSError`` where there is none."""
    paths.check_file(path)
    with path.open("rb") as file:
        line = file.readline(_MOST_HEADER)
    found = json.loads(line)
    if not isinstance(found, dict) or not line.endswith(b"\n"):
        raise ValueError("its first line is no JSON object")
    return found, len(line)


def _sniff(path: Path) -> bool:
    try:
        return "d_vit" in _header(path)[0]
    except (OSError, ValueError, RecursionError):
        return False


def _look(path: Path) -> Found:
    try:
        _, skip = _header(path)
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(path, reason(error)) from error
    state = read_state(path, skip)
    if len(shape := state.shape("W_dec")) != 2:
        raise damaged(path, f"W_dec has the shape {shape}")
    n_latents, d_in = shape
    plain.check_sizes(path, d_in, n_latents)
    for name, expected in {"W_enc": (d_in, n_latents), "b_enc": (n_latents,), "b_dec": (d_in,)}.items():
        if state.shape(name) != expected:
            raise damaged(path, f"{name} has the shape {state.shape(name)}, but must have {expected}")
    W, D, c = (state.read(name).astype(np.float64) for name in ("W_enc", "W_dec", "b_dec"))
    return plain.found(path, Plain("relu_l1", W, state.read("b_enc") - c @ W, D, c))


FORMAT = Format(
    name="saev",
    title="saev",
    about="A file of saev, whose autoencoders read activations of vision transformers; only imported.",
    suffix=".pt",
    sniff=_sniff,
    look=_look,
    holds={"relu_l1": "SparseAutoencoder"},
)
