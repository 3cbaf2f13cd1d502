"""What all baselines share: how their codes are made in numpy. scikit-learn fits them (:mod:`saegui.core.training.fits`).

A baseline has atoms and codes like every kind, so it is a snapshot like every other: ``W_dec (n_latents, d_in)`` are its
components or centres, ``b_dec (d_in,)`` the mean that is subtracted first, ``W_enc`` what its codes are made with. With
``n_nonzero_coefs`` above 0 its own codes are not used: orthogonal matching pursuit makes codes of its atoms, scaled to length
one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from saegui.core.arrays import Array
from saegui.core.families.baselines.pursuit import pursuit
from saegui.core.families.family import Family, Formulas

if TYPE_CHECKING:
    from saegui.core.config.schema import RunConfig

CODES = "n_nonzero_coefs"
"""The parameter of all baselines that makes codes sparse."""
SUITED: Mapping[str, Any] = {"pre_bias": True, CODES: 0, "max_samples": 0}
"""What suits a baseline, beside what is its own."""


class Baseline(Family):
    """A method that a library fits, with codes that may be negative."""

    fitted = True
    suited: Mapping[str, Any] = SUITED
    library = ""
    """The class of scikit-learn, with the parameters that this program gives it; ``{n_latents}`` and others are filled in."""
    codes_are_signed = True
    """Whether its own codes may be negative; those of pursuit always may."""
    subtracts_mean = True
    """Whether atoms are added to the mean input."""
    own_codes = True
    """Whether it has codes of its own, without pursuit."""
    takes_no_negative = False
    """Whether inputs must be nowhere negative."""
    needs_products = False
    """Whether its own codes are made from the products of all pairs of atoms."""

    def signed(self, config: RunConfig) -> bool:
        """Whether activations may be negative."""
        return self.codes_are_signed or config.n_nonzero_coefs > 0

    def uses_products(self, config: RunConfig) -> bool:
        """Whether :meth:`activate` needs ``products (n_latents, n_latents)`` of all pairs of atoms among its extras."""
        return self.needs_products or config.n_nonzero_coefs > 0

    def activate(self, pre: Array, extras: Mapping[str, Array], config: RunConfig) -> Array:
        """The code ``(batch, n_latents)``; may write into ``pre``, whose rows are W_encᵀ (x − b_dec) + b_enc."""
        if config.n_nonzero_coefs:
            return pursuit(pre, extras["products"], config.n_nonzero_coefs)
        return self.own_code(pre, extras)

    def own_code(self, pre: Array, extras: Mapping[str, Array]) -> Array:
        """The method's own code; here the projections themselves."""
        return pre

    def formulas(self, values: Mapping[str, Any]) -> Formulas:
        """The formulas for the parameters ``values``; what is minimised is said by the library's own name and parameters."""
        code = self.code
        if values[CODES]:
            seen = "x − mean" if self.subtracts_mean_with(values) else "x"
            code = f"z = orthogonal matching pursuit of {seen}, at most {values[CODES]:,} zⱼ ≠ 0, which may be negative"
        mean = " + mean" if self.subtracts_mean_with(values) else ""
        return Formulas(code, f"x̂ = W_decᵀ z{mean}", self.call(values))

    def subtracts_mean_with(self, values: Mapping[str, Any]) -> bool:
        """Whether the mean is subtracted first, with these parameters."""
        return self.subtracts_mean

    def call(self, values: Mapping[str, Any]) -> str:
        """What is called in scikit-learn, with its names of the parameters."""
        return self.library.format(**values)
