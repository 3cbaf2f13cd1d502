"""ICA: directions along which the inputs are as far from normally distributed as possible (Hyvärinen & Oja 2000, FastICA)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saegui.core.families.baselines.baseline import CODES, SUITED, Baseline


class ICA(Baseline):
    """Codes are the independent components, each of variance one; their signs and their order say nothing."""

    name = "ica"
    title = "ICA"
    parameters: tuple[str, ...] = (CODES, "max_samples", "fun", "tol")
    suited: Mapping[str, Any] = {**SUITED, "epochs": 200, "max_samples": 20_000}
    source = "Hyvärinen & Oja 2000; scikit-learn"
    code = "z = W_encᵀ (x − mean), of any sign"
    library = (
        "FastICA(whiten=False, fun={fun}, max_iter={epochs}, tol={tol:g}) on PCA(n_components={n_latents})"
    )


FAMILY = ICA()
