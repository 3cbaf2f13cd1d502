"""AuxK (Gao 2024, App. A.2): who takes part, what is explained, and who feels a gradient; each trap of public code once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.families.registry import FAMILIES
from saegui.core.training.gradients.auxk import auxk_gradients
from saegui.core.training.gradients.step import PlainStep
from saegui.core.training.trainer import Trainer
from tests.core.families.cases import BATCH, F, Fast, config, forms, images, label, weights
from tests.mnist_shape import D_IN

torch = pytest.importorskip("torch")

SILENT = ("topk", "batch_topk", "multi_topk", "matryoshka", "jumprelu", "gated")
"""Families whose latents can have a positive pre-activation and be off all the same: those AuxK can revive."""


def tensors(c: RunConfig, w: dict[str, Any]) -> dict[str, Any]:
    return {name: torch.tensor(weight, dtype=torch.float32) for name, weight in w.items()}


def silent(name: str, **options: Any) -> tuple[RunConfig, dict[str, Any], Any, int]:
    """A latent, the last of those returned, that is never on though its pre-activation is sometimes above zero."""
    c = config(name, k=1, **options)
    x = images(batch=BATCH, d=D_IN)
    w = weights(c, d=D_IN)
    w["W_enc"] /= 20
    w["b_dec"][:] = 0
    w["b_enc"][:] = 1.0
    latent = F - 1
    w["W_enc"][:, latent] = 1e-4
    w["b_enc"][latent] = 0.0
    for learnt, value in {"log_threshold": np.log(0.2), "b_mag": 1.0}.items():
        if learnt in w:
            w[learnt][:] = value
            if learnt == "b_mag":
                w[learnt][latent] = -5.0
    return c, w, x, latent


@pytest.mark.parametrize("pre_bias", [False, True])
@pytest.mark.parametrize("name", SILENT)
@pytest.mark.parametrize("fast", [False, True], ids=["plain", "chosen"])
def test_only_auxk_gives_an_inactive_latent_s_encoder_a_gradient(
    name: str, fast: bool, pre_bias: bool
) -> None:
    c, w, x, latent = silent(name, pre_bias=pre_bias)
    step = Fast(c, BATCH) if fast else PlainStep(FAMILIES[c.arch])
    dead = torch.arange(F) == latent
    for mask in (None, torch.zeros(F, dtype=torch.bool), dead):
        mine = tensors(c, w)
        # Gated and Multi-TopK have losses of their own that reach latents which are off; here only AuxK's share counts.
        alone = tensors(c, w)
        outcome = step(mine, torch.tensor(x, dtype=torch.float32), c, c.k, mask)
        assert int(outcome.fired[latent]) == 0
        PlainStep(FAMILIES[c.arch])(alone, torch.tensor(x, dtype=torch.float32), c, c.k, None)
        moved = (mine["W_enc"].grad - alone["W_enc"].grad)[:, latent].abs().max()
        assert bool(moved > 1e-9) is (mask is dead)
        bias = (mine["b_enc"].grad - alone["b_enc"].grad)[latent].abs()
        assert bool(bias > 1e-9) is (mask is dead)
        atom = (mine["W_dec"].grad - alone["W_dec"].grad)[latent].abs().max()
        assert bool(atom > 1e-9) is (mask is dead)


@pytest.mark.parametrize("c", forms(revival="auxk", pre_bias=True), ids=label)
def test_e_hat_contains_no_decoder_bias(c: RunConfig) -> None:
    """Images and b_dec moved by the same amount leave the error, and so what AuxK explains, as they were."""
    family, dead = FAMILIES[c.arch], torch.arange(F) % 2 == 0
    w = {name: torch.tensor(weight) for name, weight in weights(c).items()}
    x = torch.tensor(images())
    before = family.forward(w, x, c, c.k, dead).losses
    after = family.forward({**w, "b_dec": w["b_dec"] + 3}, x + 3, c, c.k, dead).losses
    assert float(before["auxk"]) > 1e-3
    assert {n: float(v) for n, v in after.items()} == pytest.approx({n: float(v) for n, v in before.items()})


@pytest.mark.parametrize("c", forms(revival="auxk"), ids=label)
def test_only_the_error_is_added_and_only_once(c: RunConfig) -> None:
    """The losses beside AuxK's are those without it, and its gradient does not go through the error."""
    family, dead = FAMILIES[c.arch], torch.ones(F, dtype=torch.bool)
    w = {name: torch.tensor(weight, requires_grad=True) for name, weight in weights(c).items()}
    x = torch.tensor(images())
    without, found = family.forward(w, x, c, c.k).losses, family.forward(w, x, c, c.k, dead).losses
    values = [{n: float(v.detach()) for n, v in losses.items() if n != "auxk"} for losses in (without, found)]
    assert values[0] == values[1]
    (bias,) = torch.autograd.grad(found["auxk"], [w["b_dec"]], allow_unused=True)
    assert bias is None


@pytest.mark.parametrize("fast", [False, True], ids=["plain", "chosen"])
def test_images_that_are_all_reconstructed_alike_leave_nothing_to_explain(fast: bool) -> None:
    c = config("topk")
    w, x = weights(c, d=D_IN), np.repeat(images(batch=1, d=D_IN), 2, axis=0)
    step = Fast(c, 2) if fast else PlainStep(FAMILIES["topk"])
    mine = tensors(c, w)
    outcome = step(mine, torch.tensor(x[:1], dtype=torch.float32), c, c.k, torch.ones(F, dtype=torch.bool))
    assert float(outcome.losses["auxk"]) == 0
    assert all(bool(weight.grad.isfinite().all()) for weight in mine.values())


@pytest.mark.parametrize("share", [0, 2, 3], ids=["none", "half", "two thirds"])
def test_asked_about_all_latents_it_is_that_of_the_dead(share: int) -> None:
    """Which are dead is not known on an accelerator: all are looked at, also when there are none."""
    dead = torch.arange(F) % share > 0 if share else torch.zeros(F, dtype=torch.bool)
    generator = torch.Generator().manual_seed(3)
    pre, error, W_dec = (torch.randn(n, m, generator=generator) for n, m in ((BATCH, F), (BATCH, 6), (F, 6)))
    found = auxk_gradients(W_dec, dead, pre.clone(), error)
    delta, atoms = torch.zeros(BATCH, F), torch.zeros(F, 6)
    loss = torch.zeros(())
    if dead.any():
        # Six pixels leave room for three latents an image.
        few = auxk_gradients(W_dec[dead], dead[dead], pre[:, dead], error)
        delta[:, dead], atoms[dead], loss = few.delta, few.W_dec, few.loss
    assert float(found.loss) == pytest.approx(float(loss))
    assert torch.allclose(found.delta, delta) and torch.allclose(found.W_dec, atoms)


@pytest.mark.parametrize("arch", ["topk", "batch_topk", "multi_topk", "matryoshka", "jumprelu"])
def test_in_a_training_a_latent_becomes_dead_after_a_share_of_an_epoch_and_is_pulled_at(
    arch: str, digits: Dataset
) -> None:
    """Dead is a matter of images seen; until then, and ever without AuxK, nothing reaches the encoder's column."""
    options = {"dataset": "digits", "n_latents": 24, "k": 1, "arch": arch, "batch_size": 100, "lr": 1e-6}
    per_epoch = len(digits.train_images)
    for revival in ("none", "auxk"):
        trainer = Trainer(RunConfig(**options, revival=revival, dead_after=0.25, pre_bias=True), digits)
        with torch.no_grad():
            # Above zero for every image and always below the others.
            trainer.weights["W_enc"][:, 5] = 0
            trainer.weights["b_enc"][:] = 20.0
            trainer.weights["b_enc"][5] = 0.01
            if arch == "jumprelu":
                trainer.weights["log_threshold"].fill_(np.log(5.0))
        for _ in range(8):
            due = trainer.steps * 100 > 0.25 * per_epoch
            trainer.step()
            reached = bool(trainer.weights["W_enc"].grad[:, 5].any())
            own = arch == "multi_topk" and not due  # its 4k may include the latent
            assert reached is (due and revival == "auxk") or own


@pytest.mark.parametrize("name", ["topk", "relu_l1"])
@pytest.mark.parametrize("fast", [False, True], ids=["plain", "chosen"])
def test_of_images_that_are_all_alike_nothing_is_to_be_explained(name: str, fast: bool) -> None:
    """Errors that only rounding tells apart are no variation to divide by."""
    c = config(name, n_latents=32, k=4, pre_bias=True)
    w = {n: torch.tensor(weight, dtype=torch.float32) for n, weight in weights(c, d=D_IN).items()}
    x = torch.tensor(images(0, 1, D_IN), dtype=torch.float32).expand(600, -1).contiguous()
    step = Fast(c, 600) if fast else PlainStep(FAMILIES[c.arch])
    outcome = step(w, x, c, 4, torch.arange(32) < 16)
    assert float(outcome.losses["auxk"]) == 0
