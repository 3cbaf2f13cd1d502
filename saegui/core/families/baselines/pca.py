"""PCA: the directions along which the inputs vary most, orthogonal to each other (Pearson 1901; Hotelling 1933)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saegui.core.families.baselines.baseline import CODES, SUITED, Baseline


class PCA(Baseline):
    """Codes are the projections, positive and negative, onto the components."""

    name = "pca"
    title = "PCA"
    parameters: tuple[str, ...] = (CODES, "max_samples")
    suited: Mapping[str, Any] = {**SUITED, "epochs": 1}
    source = "Hotelling 1933; scikit-learn"
    code = "z = W_dec (x − mean), of any sign"
    library = "PCA(n_components={n_latents})"


FAMILY = PCA()
