"""What all fits share: a library's method that takes a few iterations at a time and always has atoms to show."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from saegui.core.arrays import Array
from saegui.core.config.schema import RunConfig
from saegui.core.errors import ConfigError
from saegui.core.families.registry import BASELINES
from saegui.core.numbers import counted_latents
from saegui.core.progress import UNINTERRUPTED, Interruptible
from saegui.core.training.fits.inputs import Inputs


class Weights(NamedTuple):
    """What a snapshot is made of; the encoder is the transpose of the decoder where there is no other."""

    decoder: Array
    """``(n_latents, d_in)``"""
    encoder: Array
    """``(d_in, n_latents)``"""
    b_enc: Array
    """``(n_latents,)``, of the inputs without their mean."""
    mean: Array
    """``(d_in,)``: what is subtracted first and added to the atoms."""


class Fit(ABC):
    """A method that is fitted to all inputs, in iterations; the subclass says how."""

    at_once = 1
    """Iterations between two measurements of the curves."""
    progress: Interruptible = UNINTERRUPTED
    """What a fit reports to, and what may end it: see :meth:`Fitter.advance`."""
    mean: Array
    """``(d_in,)``: of the inputs that are fitted."""
    done = False
    """Whether nothing changes any more."""

    def __init__(self, config: RunConfig, inputs: Inputs) -> None:
        self.config, self.inputs = config, inputs
        self.baseline = BASELINES[config.arch]
        self.mean = np.zeros(inputs.d_in, np.float32)

    @property
    def per_epoch(self) -> int:
        """Steps of one pass over the inputs."""
        return 1

    @property
    def total(self) -> int:
        """The most steps that are taken."""
        return self.config.epochs * self.per_epoch

    @abstractmethod
    def advance(self, first: int, steps: int) -> int:
        """Take up to that many steps after the ``first`` ones, but not more than take about a second; returns how many.

        Raises:
            Cancelled: :attr:`progress` gave it up, and no step was taken.
        """

    @abstractmethod
    def atoms(self) -> Array:
        """``(n_latents, d_in)`` after the last step."""

    def own(self) -> Weights:
        """What the method's own codes are made with."""
        atoms = self.atoms()
        return Weights(atoms, atoms.T, np.zeros(len(atoms), np.float32), self.mean)

    def weights(self, steps: int) -> Weights:
        """What a snapshot is made of, after so many steps: before the first there are no atoms, but the mean."""
        n_latents, d_in = self.config.n_latents, self.inputs.d_in
        nothing = np.zeros(n_latents, np.float32)
        subtracted = self.baseline.subtracts_mean_with(self.config.model_dump())
        mean = self.mean if subtracted else np.zeros(d_in, np.float32)
        if not steps:
            atoms = np.zeros((n_latents, d_in), np.float32)
            return Weights(atoms, atoms.T, nothing, mean)
        if not self.config.n_nonzero_coefs:
            return self.own()._replace(mean=mean)
        # Pursuit compares correlations, so that a long atom would always be taken first.
        unit = of_length_one(self.atoms())
        return Weights(unit, unit.T, nothing, mean)

    def check_at_most(self, most: int, why: str) -> None:
        """Raise :class:`ConfigError` where more latents are asked for than ``most``."""
        if self.config.n_latents > most:
            raise ConfigError(
                f"{self.baseline.title} can have at most {counted_latents(most)} here, {why}, and {self.config.n_latents:,} are "
                f"asked for: lower --latents."
            )


def of_length_one(atoms: Array) -> Array:
    """``atoms (n_latents, d_in)``, each scaled to length one; one of no length stays."""
    lengths = np.linalg.norm(atoms, axis=1, keepdims=True)
    return (atoms / np.where(lengths > 0, lengths, 1)).astype(np.float32)


@contextmanager
def unfinished() -> Iterator[None]:
    """Not converged yet is no warning: the next iterations follow, and what was done is shown."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield
