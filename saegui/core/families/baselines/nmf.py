"""NMF: atoms and codes that are nowhere negative, so that inputs are sums of parts (Lee & Seung 1999)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saegui.core.arrays import Array
from saegui.core.families.baselines.baseline import CODES, SUITED, Baseline
from saegui.core.families.baselines.least_squares import ITERATIONS, non_negative_least_squares


class NMF(Baseline):
    """Fitted on a sample of inputs, which is read again in each iteration."""

    name = "nmf"
    title = "NMF"
    parameters: tuple[str, ...] = (CODES, "max_samples")
    suited: Mapping[str, Any] = {**SUITED, "epochs": 200, "max_samples": 10_000}
    source = "Lee & Seung 1999; scikit-learn"
    code = f"z = non-negative least squares of x with atoms of length one, in {ITERATIONS} iterations"
    library = "NMF(n_components={n_latents}, max_iter={epochs}, tol=0)"
    codes_are_signed = False
    subtracts_mean = False
    takes_no_negative = True
    needs_products = True

    def own_code(self, pre: Array, extras: Mapping[str, Array]) -> Array:
        """Non-negative least squares with all atoms."""
        return non_negative_least_squares(pre, extras["products"])


FAMILY = NMF()
