"""Input transforms: what the autoencoder sees, errors in pixels all the same, and numpy's forward pass as torch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from saegui.core.analysis import metrics
from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.families.registry import FAMILIES
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.training.trainer import Trainer
from tests.core.families.cases import OPTIONS, config

torch = pytest.importorskip("torch")

INPUTS = ("raw", "centred", "unit", "standardised", "layer_norm")
FITTED = ("raw", "centred", "unit", "standardised")
PAIRS = [(name, kind) for name in OPTIONS for kind in FITTED if name != "kl-sigmoid-output" or kind == "raw"]
PAIRS += [("topk", "layer_norm"), ("gated", "layer_norm")]
Pixels = NDArray[np.float64]


def pixels(images: NDArray[np.uint8]) -> Pixels:
    return images.reshape(len(images), -1) / 255


def seen(kind: str, x: Pixels, train: Pixels) -> tuple[Pixels, Pixels | float, Pixels | float]:
    """``x`` as the autoencoder sees it, what it was divided by, and what was subtracted before."""
    mean = train.mean(0)
    if kind == "raw":
        return x, 1.0, 0.0
    if kind == "centred":
        return x - mean, 1.0, mean
    if kind == "layer_norm":
        own, deviations = x.mean(1, keepdims=True), x.std(1, keepdims=True, ddof=1)
        return (x - own) / (deviations + 1e-5), deviations, own
    if kind == "unit":
        lengths = np.sqrt(((x - mean) ** 2).sum(1, keepdims=True))
        return (x - mean) / lengths, lengths, mean
    deviation = float(np.sqrt(((train - mean) ** 2).mean()))
    return (x - mean) / deviation, deviation, mean


def trainer(name: str, kind: str, digits: Dataset, **options: Any) -> Trainer:
    base = {"dataset": "digits", "n_latents": 24, "k": 4, "lr": 1e-3, "input": kind, "epochs": 2}
    return Trainer(make({**base, "batch_size": 200, "l1": 1e-3, **options}, config(name)), digits)


@pytest.mark.parametrize(("name", "kind"), PAIRS)
class TestSnapshot:
    def test_encodes_and_decodes_as_torch_does(self, name: str, kind: str, digits: Dataset) -> None:
        made = trainer(name, kind, digits, pre_bias=kind == "unit")
        while not made.done:
            made.step()
        with torch.no_grad():
            # So that also short trainings at a high price leave latents on.
            for bias in {"b_enc", "b_mag"} & set(made.weights):
                made.weights[bias] += 0.5
        model, c = made.snapshot(), made.config
        x_in, scale, shift = seen(kind, pixels(digits.test_images), pixels(digits.train_images))
        wide = {n: weight.double() for n, weight in made.weights.items()}
        x = torch.from_numpy(x_in)
        encoded = FAMILIES[c.arch].encode(wide, x, c, c.k)
        z = encoded.z
        if "threshold" in model.extras:
            # At inference the batch is not asked.
            z = encoded.pre.relu()
            z = z * (z >= float(model.extras["threshold"][0]))
        x_hat = z @ wide["W_dec"] + wide["b_dec"]
        x_hat = x_hat.sigmoid() if c.sigmoid_output else x_hat
        images = to_input(digits.test_images)
        found = model.encode(images)
        differing = np.abs(found - z.numpy()).max(1) > 1e-4
        # At an edge between on and off, rounding decides.
        assert differing.mean() < 0.01
        assert (found > 0).any() and found.dtype == np.float32
        decoded = model.decode(z.numpy().astype(np.float32), images)
        np.testing.assert_allclose(decoded, x_hat.numpy() * scale + shift, atol=1e-4)
        one = model.decode(found[:1].copy(), images[:1])
        np.testing.assert_allclose(one, model.decode(found.copy(), images)[:1], atol=1e-5)

    def test_measures_in_pixels(self, name: str, kind: str, digits: Dataset) -> None:
        model = trainer(name, kind, digits).snapshot()
        x, train = pixels(digits.test_images), pixels(digits.train_images)
        error = model.decode(model.encode(x.astype(np.float32)), x.astype(np.float32)) - x
        found = metrics.reconstruction(model, digits.test_images)
        assert found.mse == pytest.approx((error**2).mean(), rel=1e-5)
        assert found.fvu == pytest.approx((error**2).sum() / ((x - x.mean(0)) ** 2).sum(), rel=1e-5)
        # Without any code what is left is the bias, in pixels: near the mean image where the input is centred.
        if kind != "raw":
            nothing = model.decode(np.zeros((len(x), 24), np.float32), x.astype(np.float32))
            _, scale, shift = seen(kind, x, train)
            expected = np.broadcast_to(model.b_dec * scale + shift, nothing.shape)
            np.testing.assert_allclose(nothing, expected, atol=1e-5)


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("name", ["topk", "relu_l1", "gated", "jumprelu"])
def test_the_training_s_fvu_is_that_of_pixels(name: str, kind: str, digits: Dataset) -> None:
    """With all images in one batch it is the FVU of the training images before the step, whatever the input."""
    made = trainer(name, kind, digits, batch_size=2000)
    for _ in range(2):
        before = metrics.reconstruction(made.snapshot(), digits.train_images)
        result = made.step()
        assert result.fvu == pytest.approx(before.fvu, rel=1e-3)
        assert result.l0 == pytest.approx(before.l0, abs=0.02)


@pytest.mark.parametrize("kind", INPUTS)
def test_what_is_minimised_is_the_error_of_what_is_seen(kind: str, digits: Dataset) -> None:
    made = trainer("topk", kind, digits, batch_size=2000)
    model = made.snapshot()
    images = to_input(digits.train_images)
    x_in, scale, _ = seen(kind, pixels(digits.train_images), pixels(digits.train_images))
    error = (model.decode(model.encode(images), images) - images) / scale
    assert made.step().losses["mse"] == pytest.approx(float((error**2).mean()), rel=1e-3)
    if kind == "unit":
        np.testing.assert_allclose(np.linalg.norm(x_in, axis=1), 1)


@pytest.mark.parametrize("kind", INPUTS)
def test_an_image_that_is_the_mean_stays_finite(kind: str, digits: Dataset) -> None:
    model = trainer("topk", kind, digits).snapshot()
    mean = pixels(digits.train_images).mean(0, keepdims=True).astype(np.float32)
    z = model.encode(mean)
    assert np.isfinite(z).all() and np.isfinite(model.decode(z, mean)).all()


def test_pre_bias_begins_at_the_mean_of_what_is_seen(digits: Dataset) -> None:
    for kind in INPUTS:
        model = trainer("topk", kind, digits, pre_bias=True).snapshot()
        x, _, _ = seen(kind, pixels(digits.train_images), pixels(digits.train_images))
        # The mean of images at length one is nearly the mean image, which is what counts.
        np.testing.assert_allclose(model.b_dec, x.mean(0), atol=0.02 if kind == "unit" else 1e-6)


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_files_come_back_bit_for_bit(name: str, kind: str, digits: Dataset, tmp_path: Any) -> None:
    from saegui.core.model.snapshot_file import extra_names, load, save

    made = trainer(name, kind, digits)
    for _ in range(3):
        made.step()
    model = made.snapshot()
    save(model, tmp_path / "weights")
    loaded = load(tmp_path / "weights")
    assert (loaded.config, loaded.step, loaded.epoch) == (model.config, model.step, model.epoch)
    family = FAMILIES[model.config.arch]
    own = {*family.learnt, *family.measured} | (
        {"input_mean", "input_scale"} if kind in ("centred", "unit", "standardised") else set()
    )
    assert set(loaded.extras) == set(model.extras) == set(extra_names(model.config)) == own
    for tensor, before in zip(tensors(loaded), tensors(model), strict=True):
        assert tensor.dtype == before.dtype == np.float32
        assert tensor.tobytes() == before.tobytes()
    x = to_input(digits.test_images[:50])
    assert loaded.encode(x).tobytes() == model.encode(x).tobytes()
    save(loaded, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "weights").read_bytes()


def tensors(model: Snapshot) -> list[NDArray[np.float32]]:
    usual = [model.W_enc, model.b_enc, model.W_dec, model.b_dec, model.density]
    return usual + [model.extras[name] for name in sorted(model.extras)]
