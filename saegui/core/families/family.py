"""What all families share: the interface, the linear encoder and decoder, and AuxK.

A family states its forward pass twice: :meth:`Family.encode` and :meth:`Family.losses` in torch, differentiable and as the
paper writes them, for training; :meth:`Family.activate` in numpy, for everything that only looks at a model. Notation
and shapes: ``x (batch, d_in)``, ``pre`` and ``z (batch, n_latents)``, ``W_enc (d_in, n_latents)``, ``b_enc (n_latents,)``,
``W_dec (n_latents, d_in)``, ``b_dec (d_in,)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from saegui.core.arrays import Array

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig


LEAST_VARIATION = 1e-6
"""Of their squares, float32 errors that are all equal vary by less."""
K_PARAMETERS = ("k", "refinements", "refit", "k_anneal")
"""The parameters of a family that limits the number of active latents."""
AUXK_WEIGHT = 1 / 32
"""α of the auxiliary loss (Gao 2024, App. A.2)."""


RECIPE: Mapping[str, Any] = {
    "pre_bias": True,
    "tied_init": True,
    "unit_norm": True,
    "non_negative": False,
    "revival": "auxk",
    "lr": 1e-3,
    "warmup_steps": 100,
    "decay": 0.4,
}
"""What suits most families: the values of the preset ``modern``. With them no latent of 64 died on MNIST.

Non-negative weights are for TopK as in the preset ``parts``: with them a penalty leaves 80 % unexplained.
"""
RECIPE_WITH_K: Mapping[str, Any] = {**RECIPE, "k": 10, "refinements": 0, "refit": False, "k_anneal": 0.0}
"""What suits the families that limit the number of active latents."""


class Encoded(NamedTuple):
    """What an encoder makes of a batch; both ``(batch, n_latents)``."""

    pre: Tensor
    """Pre-activations, which decide the active latents; AuxK makes the codes of dead latents from them."""
    z: Tensor
    """The code, never negative."""


class Pass(NamedTuple):
    """One forward pass over a batch."""

    losses: dict[str, Tensor]
    """Named scalars; the training minimises their sum. ``mse`` is always among them."""
    z: Tensor
    """The code ``(batch, n_latents)``."""
    error: Tensor
    """e = x − x̂ ``(batch, d_in)``."""


class Formulas(NamedTuple):
    """What a training computes, as people read it."""

    code: str
    reconstruction: str
    loss: str


class Family:
    """One way to make codes sparse. Subclasses override what their paper changes."""

    name = ""
    """As in :attr:`RunConfig.arch`."""
    title = ""
    """As people read it."""
    parameters: tuple[str, ...] = ()
    """The fields of :class:`RunConfig` that only some families have and this one uses; the first makes its codes sparse."""
    suited: Mapping[str, Any] = RECIPE
    """The values of parameters that suit it: what a training takes where this family is chosen and no others are given."""
    source = ""
    """The paper."""
    code = ""
    """The code z as a formula, ``{x}`` being what is encoded."""
    loss = ""
    """The loss as a formula, without AuxK."""
    learnt: tuple[str, ...] = ()
    """Names of further weights, each ``(n_latents,)``."""
    paces: Mapping[str, float] = MappingProxyType({})
    """Of those in :attr:`learnt` that are trained at another learning rate: how many times the usual one."""
    fitted = False
    """Whether a library fits it, instead of a training by gradients."""
    measured: tuple[str, ...] = ()
    """Names of numbers, each ``(1,)``, that inference needs and :meth:`calibrate` measures."""

    def formulas(self, values: Mapping[str, Any]) -> Formulas:
        """The formulas for the parameters ``values``, valid together or not."""
        x = "(x − b_dec)" if values["pre_bias"] else "x"
        code = [self.code.format(x=x, **self.words(values))]
        if "refinements" in self.parameters and values["refinements"]:
            times = "once" if values["refinements"] == 1 else f"{values['refinements']} times"
            code.append(f"chosen again {times}, after z − W_encᵀ W_decᵀ z is added to the pre-activations")
        if "refit" in self.parameters and values["refit"]:
            code.append("after the training, least squares compute the activations of the chosen latents")
        auxk = f" + AuxK/{1 / AUXK_WEIGHT:.0f}" if values["revival"] == "auxk" else ""
        loss = self.loss.format(**self.words(values))
        return Formulas("; ".join(code), self.reconstruction(values), f"{loss}{auxk}")

    def words(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Values for the placeholders in :attr:`code` and :attr:`loss`, beside ``x``."""
        return {}

    def reconstruction(self, values: Mapping[str, Any]) -> str:
        """x̂ as a formula."""
        return "x̂ = W_decᵀ z + b_dec"

    def start(self, config: RunConfig) -> dict[str, float]:
        """The first value of everything in :attr:`learnt`."""
        return {}

    def encode(self, W: Mapping[str, Tensor], x: Tensor, config: RunConfig, k: int) -> Encoded:
        """Codes of a batch, differentiable; ``k`` as annealed."""
        raise NotImplementedError

    def penalties(
        self, W: Mapping[str, Tensor], x: Tensor, encoded: Encoded, config: RunConfig, k: int
    ) -> dict[str, Tensor]:
        """The named losses that come on top of ``mse``."""
        return {}

    def signed(self, config: RunConfig) -> bool:
        """Whether activations may be negative; those of sparse autoencoders never are."""
        return False

    def uses_products(self, config: RunConfig) -> bool:
        """Whether :meth:`activate` needs the products of all pairs of atoms."""
        return False

    def calibrate(self, pieces: Iterable[Array], n_images: int, config: RunConfig) -> dict[str, float]:
        """Every number of :attr:`measured`, from the pre-activations of so many training images, in ``pieces`` of ``(batch, n_latents)``."""
        return {}

    def activate(self, pre: Array, extras: Mapping[str, Array], config: RunConfig) -> Array:
        """The code for ``pre`` in numpy, as it is at inference; may write into ``pre``."""
        raise NotImplementedError

    def forward(
        self, W: Mapping[str, Tensor], x: Tensor, config: RunConfig, k: int, dead: Tensor | None = None
    ) -> Pass:
        """The whole forward pass. ``dead (n_latents,)`` marks what AuxK revives; None leaves that loss out."""
        encoded = self.encode(W, x, config, k)
        error = x - decode(W, encoded.z, config)
        losses = {"mse": error.square().mean(), **self.penalties(W, x, encoded, config, k)}
        if dead is not None:
            losses["auxk"] = AUXK_WEIGHT * auxk(encoded.pre, W["W_dec"], error.detach(), dead)
        return Pass(losses, encoded.z, error)


def pre_activations(W: Mapping[str, Tensor], x: Tensor, config: RunConfig) -> Tensor:
    """x·W_enc + b_enc, with pre-bias (x − b_dec)·W_enc + b_enc."""
    return (x - W["b_dec"] if config.pre_bias else x) @ W["W_enc"] + W["b_enc"]


def encoder_bias(W: Mapping[str, Tensor], config: RunConfig) -> Tensor:
    """What :func:`pre_activations` adds to x·W_enc: b_enc, with pre-bias less b_dec·W_enc."""
    return W["b_enc"].addmv(W["W_enc"].t(), W["b_dec"], alpha=-1) if config.pre_bias else W["b_enc"]


def add_bias_gradients(
    W_enc: Tensor, b_dec: Tensor, pull: Tensor, W: Mapping[str, Tensor], config: RunConfig
) -> None:
    """Add to the gradients ``W_enc (d_in, n_latents)`` and ``b_dec (d_in,)`` what comes through :func:`encoder_bias`.

    ``pull (n_latents,)`` is the gradient of that bias.
    """
    if config.pre_bias:
        W_enc.addr_(W["b_dec"], pull, alpha=-1)
        b_dec.addmv_(W["W_enc"], pull, alpha=-1)


def decode(W: Mapping[str, Tensor], z: Tensor, config: RunConfig) -> Tensor:
    """x̂ = z·W_dec + b_dec, through a sigmoid where the configuration asks for one."""
    x_hat = z @ W["W_dec"] + W["b_dec"]
    return x_hat.sigmoid() if config.sigmoid_output else x_hat


def auxk(pre: Tensor, W_dec: Tensor, error: Tensor, dead: Tensor) -> Tensor:
    """Σ‖e − ê‖² / Σ‖e − ē‖², where ê is what the k_aux largest dead latents draw, without b_dec (Gao 2024, App. A.2).

    ``error (batch, d_in)`` is detached. Without dead latents, or without any error to explain, the loss is zero.
    """
    count = min(error.shape[1] // 2, pre.shape[1])
    # More are asked for than may be dead: the living come out as −∞, which ReLU makes zero.
    values, indices = pre.masked_fill(~dead, float("-inf")).topk(count, dim=1, sorted=False)
    z = pre.new_zeros(pre.shape).scatter(1, indices, values.relu())
    total = variation(error)
    share = (error - z @ W_dec).square().sum() / total.where(total > 0, 1)
    return share * (dead.any() & (total > 0))


def variation(error: Tensor) -> Tensor:
    """Σ‖e − ē‖² of ``error (batch, d_in)``; zero where the errors differ by no more than rounding does."""
    total, whole = (sum_of_squares(each) for each in (error - error.mean(0), error))
    return total * (total > LEAST_VARIATION * whole)


def sum_of_squares(values: Tensor) -> Tensor:
    """In one pass, without a tensor of the squares."""
    flat = values.reshape(-1)
    return flat.dot(flat)


def mean_square(values: Tensor) -> Tensor:
    """Mean of the squares of ``values``."""
    return sum_of_squares(values) / values.numel()
