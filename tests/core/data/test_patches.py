"""Natural patches: equal at every call, whitened, and taken apart into the edges that sparse coding is known for."""

from __future__ import annotations

import numpy as np
import pytest

from saegui.core.arrays import span_of
from saegui.core.config.presets import PRESETS
from saegui.core.data.dataset import NO_LABELS, Arrays, Dataset
from saegui.core.data.sources import patches
from saegui.core.progress import UNWATCHED
from saegui.core.training.devices import use_threads
from saegui.core.training.trainer import Trainer


@pytest.fixture(scope="module")
def prepared() -> Arrays:
    return patches.prepare(UNWATCHED)


def test_they_are_equal_at_every_call(prepared: Arrays) -> None:
    again = patches.prepare(UNWATCHED)
    np.testing.assert_array_equal(prepared.train_images, again.train_images)
    np.testing.assert_array_equal(prepared.test_images, again.test_images)


def test_they_vary_by_about_one_around_zero_in_every_direction_but_the_finest(prepared: Arrays) -> None:
    rows = prepared.train_images.reshape(len(prepared.train_images), -1).astype(float)
    assert abs(rows.mean(axis=1)).max() < 1e-5
    assert rows.std() == pytest.approx(1, abs=1e-3)
    own = np.linalg.eigvalsh(rows.T @ rows / len(rows))[::-1]
    # The widest of 143 directions (the mean is gone) varies hardly more than the twentieth; before whitening 50 times.
    assert own[0] / own[20] < 2
    low, high = span_of(prepared.train_images)
    assert low == -high and 2 < high < 8


def test_patches_for_testing_come_from_another_part_of_the_photographs() -> None:
    ramp = np.tile(np.arange(100.0), (40, 1))
    rows = patches.cut([ramp], 500, 8, np.random.default_rng(0))
    assert rows.shape == (500, 64)
    squares = rows.reshape(-1, 8, 8)
    np.testing.assert_array_equal(np.diff(squares, axis=2), 1)
    np.testing.assert_array_equal(np.diff(squares, axis=1), 0)
    assert len(np.unique(squares[:, 0, 0])) > 80


def oriented(atoms: np.ndarray) -> np.ndarray:
    """How much of an atom's power lies at one orientation: 1 for a grating, 0 where all are alike."""
    power, angle, _ = spectrum(atoms)
    return abs((power * np.exp(2j * angle)).sum((1, 2))) / power.sum((1, 2))


def local(atoms: np.ndarray) -> np.ndarray:
    """How far an atom's energy lies from its middle, in pixels: the root of its mean squared distance."""
    energy = np.square(atoms)
    energy = energy / energy.sum((1, 2), keepdims=True)
    places = np.arange(atoms.shape[1])
    squared = np.zeros(len(atoms))
    for axis in (1, 2):
        profile = energy.sum(axis=3 - axis)
        squared += profile @ places**2 - (profile @ places) ** 2
    return np.sqrt(squared)


def band(atoms: np.ndarray) -> np.ndarray:
    """Standard deviation of an atom's spatial frequency, in octaves."""
    power, _, frequency = spectrum(atoms)
    share = power / power.sum((1, 2), keepdims=True)
    octaves = np.log2(np.where(frequency > 0, frequency, 1))
    mean = (share * octaves).sum((1, 2), keepdims=True)
    return np.sqrt((share * np.square(octaves - mean)).sum((1, 2)))


def spectrum(atoms: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    size = 32
    power = abs(np.fft.fft2(atoms, (size, size))) ** 2
    power[:, 0, 0] = 0
    y, x = np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size), indexing="ij")
    return power, np.arctan2(y, x), np.hypot(y, x)


@pytest.mark.slow
def test_atoms_are_oriented_local_and_band_passed(prepared: Arrays) -> None:
    """As Olshausen and Field found (1996): against atoms of noise, what a dictionary is before it learns."""
    use_threads(1)
    dataset = Dataset("patches", "Natural patches", *prepared, classes=NO_LABELS)
    values = {"dataset": "patches", "n_latents": 256, "lr": 1e-2, "epochs": 12}
    config = PRESETS["best"].config.model_copy(update=values)
    trainer = Trainer(config, dataset)
    while not trainer.done:
        trainer.step()
    atoms = trainer.snapshot().decoder_images
    noise = np.random.default_rng(0).standard_normal(atoms.shape)
    assert np.median(oriented(atoms)) > 3 * np.median(oriented(noise))
    assert (local(atoms) < local(noise).min()).mean() > 0.3
    assert np.median(band(atoms)) < 0.85 * np.median(band(noise))
