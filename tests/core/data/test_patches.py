"""Natural patches: equal at every call, whitened, and taken apart into the edges that sparse coding is known for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.arrays import span_of
from saegui.core.config.presets import PRESETS
from saegui.core.data import adding, registry
from saegui.core.data.added import Added
from saegui.core.data.dataset import NO_LABELS, Arrays, Dataset
from saegui.core.data.options import checked
from saegui.core.data.sources import patches
from saegui.core.errors import DataError
from saegui.core.progress import UNWATCHED
from saegui.core.training.devices import use_threads
from saegui.core.training.trainer import Trainer
from tests.core.data.picture_files import save

FIRST = [[-0.17269, -0.20971, -0.23935, -0.23782], [0.81282, 0.93391, 1.13517, 0.79093]]
"""Numbers of the first two patches for training."""


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


def test_their_bytes_are_those_of_every_run_that_was_trained_on_them(prepared: Arrays) -> None:
    rows = prepared.train_images.reshape(50_000, -1)
    # Of the first version; compared with a tolerance, as the eigenvectors of another machine may differ in the last bits.
    np.testing.assert_allclose(rows[:2, :4], FIRST, atol=1e-4)
    assert patches.cache_folder(checked(patches.OPTIONS, {})) == patches.cache_folder()


def other(**given: object) -> Arrays:
    options = checked(patches.OPTIONS, {"number": 2000, **given})
    found = patches.load(None, options, UNWATCHED)
    assert isinstance(found, Arrays) and len(found.train_images) == 2000 and len(found.test_images) == 200
    return found


def test_side_whitening_contrast_and_seed_can_be_chosen() -> None:
    for side in (4, 16):
        assert other(side=side).train_images.shape[1:] == (side, side)
    plain, little, full = (
        other(whitening="none"),
        other(epsilon=10),
        other(epsilon=0.001),
    )
    spread = [spread_of(found) for found in (plain, little, full)]
    assert spread[0] > 1.3 * spread[1] > 5 * spread[2]
    for found in (plain, little, full, other(contrast=False, whitening="none")):
        rows = found.train_images.reshape(2000, -1)
        assert rows.std() == pytest.approx(1, abs=1e-3) and abs(rows.mean(axis=1)).max() < 1e-5
    own = [
        other(contrast=contrast, whitening="none").train_images.std(axis=(1, 2)) for contrast in (True, False)
    ]
    assert np.std(own[0]) < 0.6 * np.std(own[1])
    assert not np.array_equal(other(seed=1).train_images, other().train_images)
    np.testing.assert_array_equal(other(seed=1).train_images, other(seed=1).train_images)


def spread_of(found: Arrays) -> float:
    """How much more the widest direction varies than the twentieth."""
    rows = found.train_images.reshape(len(found.train_images), -1).astype(float)
    own = np.linalg.eigvalsh(rows.T @ rows)[::-1]
    return float(own[0] / own[20])


def test_an_option_that_changes_nothing_is_said() -> None:
    found = patches.load(None, checked(patches.OPTIONS, {"longest": 300, "number": 1000}), UNWATCHED)
    assert "The option longest changes nothing here" in found.notes[0]


def test_with_options_they_are_a_data_set_of_their_own() -> None:
    name = adding.name_of("patches", {"side": "8", "number": "1000", "whitening": "none"})
    try:
        assert data.title_of(name) == "Natural patches (side 8, number 1000, whitening none)"
        known = data.source(name).info
        assert (known.shape, known.n_train) == ((8, 8), 1000), "before they are made"
        assert known.about.startswith("1,100 pieces of two photographs that come with scikit-learn, 8×8; no")
        assert "8×8" not in patches.INFO.about and "12×12, whitened" in patches.INFO.about
        found = data.load(name)
        assert found.train_images.shape == (1000, 8, 8) and data.source(name).info.shape == (8, 8)
    finally:
        registry.forget(name)


class TestOfOwnPictures:
    @pytest.fixture
    def photographs(self, tmp_path: Path) -> Path:
        from sklearn.datasets import load_sample_images

        for name, image in zip(("a", "b"), load_sample_images().images, strict=True):
            save(tmp_path / "set" / f"{name}.png", image)
        return tmp_path / "set"

    def load(self, place: Path, **given: object) -> data.Dataset:
        name = registry.add(Added("patches", place, checked(patches.OPTIONS, {"number": 1000, **given})))
        try:
            return data.load(name)
        finally:
            registry.forget(name)

    def test_a_folder_and_a_file_give_patches_as_the_built_in_photographs_do(self, photographs) -> None:
        for place in (photographs, photographs / "a.png"):
            found = self.load(place)
            assert found.train_images.shape == (1000, 12, 12) and found.test_images.shape == (100, 12, 12)
            assert found.title == f"Natural patches of {place.name}" and not found.has_labels
            assert found.train_images.std() == pytest.approx(1, abs=1e-3)
        assert spread_of(Arrays(*(getattr(found, name) for name in Arrays._fields))) < 5
        assert data.available("patches", photographs) and not data.available(
            "patches", photographs.parent / "none"
        )

    def test_of_several_pictures_whole_ones_are_for_testing(self, tmp_path) -> None:
        for index in range(10):
            stripes = np.tile(np.arange(64, dtype=np.uint8) % 2, (40, 1)) * np.uint8(200 + 4 * index)
            save(tmp_path / "set" / f"{index}.png", stripes)
        found = self.load(tmp_path / "set", contrast=False, whitening="none")
        kinds = [
            set(np.round(part.max(axis=(1, 2)), 3).tolist())
            for part in (found.train_images, found.test_images)
        ]
        assert len(kinds[0]) == 8 and len(kinds[1]) == 2 and not kinds[0] & kinds[1]

    def test_they_are_kept_until_the_folder_changes(self, photographs, own_home) -> None:
        first = self.load(photographs)
        assert self.load(photographs).checksum == first.checksum
        (photographs / "b.png").unlink()
        again = self.load(photographs)
        assert again.checksum != first.checksum and "have changed" in again.notes[0]

    def test_broken_and_small_pictures_are_named(self, photographs) -> None:
        (photographs / "c.png").write_text("hello")
        save(photographs / "d.png", np.zeros((40, 9), np.uint8))
        (note,) = self.load(photographs).notes
        assert note.startswith("2 pictures give no patches: c.png is no picture")
        assert note.endswith("d.png has only 40×9 pixels.")

    def test_what_gives_no_patches_is_said_in_one_sentence(self, tmp_path, photographs) -> None:
        save(tmp_path / "small" / "a.png", np.zeros((20, 20), np.uint8))
        save(tmp_path / "plain" / "a.png", np.full((200, 200), 77, np.uint8))
        (tmp_path / "empty").mkdir()
        (tmp_path / "table.csv").write_text("a,b\n1,2\n")
        for name, given, words in (
            (
                "small",
                {},
                r"small holds no pictures that are large enough for patches of 12×12; choose a smaller side",
            ),
            ("plain", {}, r"All patches of the pictures in .*plain are of one grey each; choose other"),
            (
                "set",
                {"longest": 8},
                r"set holds no pictures .*pixels once it is reduced from .*; raise the option longest \(now 8\), choose a smaller",
            ),
            (
                "table.csv",
                {},
                r"table\.csv holds no picture that can be read: .*; patches are cut from pictures: give a folder of them",
            ),
            ("empty", {}, r"empty holds no pictures; choose"),
            ("gone", {}, r"gone cannot be read \(No such file or directory\); choose"),
            (
                "set",
                {"side": 32, "number": 500_000},
                r"500,000 patches of 32×32 are too many .* at most 58,593",
            ),
        ):
            with pytest.raises(DataError, match=words):
                self.load(tmp_path / name, **given)
        with pytest.raises(DataError, match="side is '33'; it is a whole number from 4 to 32"):
            checked(patches.OPTIONS, {"side": 33})


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
    values = {"dataset": "patches", "n_latents": 128, "lr": 1e-2, "epochs": 8}
    config = PRESETS["best"].config.model_copy(update=values)
    trainer = Trainer(config, dataset)
    while not trainer.done:
        trainer.step()
    atoms = trainer.snapshot().decoder_images
    noise = np.random.default_rng(0).standard_normal(atoms.shape)
    assert np.median(oriented(atoms)) > 3 * np.median(oriented(noise))
    assert (local(atoms) < local(noise).min()).mean() > 0.3
    assert np.median(band(atoms)) < 0.85 * np.median(band(noise))
