"""RunConfig: every parameter of a training, once.

The train panel, the command line's options and the table in docs/reference.md are generated from this schema; a field that is
added here appears in all three.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator, model_validator

from saegui.core.config.conflicts import conflicts
from saegui.core.config.parameter import Parameter, declared, described, number_from, out_of_range
from saegui.core.data import registry
from saegui.core.data.dataset import DatasetInfo
from saegui.core.errors import ConfigError
from saegui.core.families.registry import IN_BATCHES, KINDS, SYMBOLS, TRAINED, WITH_K, using
from saegui.core.numbers import counted_latents

SHARED = ("dataset", "input", "batch_size")
"""Parameters that must be equal to train several configurations on the same batches."""
FROM_A_FILE = {"stored": True}
"""Where a configuration that is checked comes from: see :func:`from_file`."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
"""What a data set may be called."""


class RunConfig(BaseModel):
    """One training, completely described: equal configurations give equal weights on one machine and thread count.

    Raises:
        pydantic.ValidationError: for values out of bounds; :func:`make` turns it into one :class:`ConfigError`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    dataset: str = declared(
        registry.DEFAULT,
        "Data",
        "The inputs that the autoencoder learns to reconstruct.",
        "Data",
        registered=True,
    )
    input: Literal["raw", "centred", "unit", "standardised", "layer_norm"] = declared(
        "raw",
        "Input",
        "What the autoencoder reads: the numbers themselves, pixels from 0 to 1; the numbers minus the mean input; that difference scaled to "
        "length one in every input; that difference divided by one standard deviation for all inputs; or each input minus "
        "the mean of its own numbers, divided by their standard deviation. Errors are always measured in pixels.",
        "Data",
        titles=("Pixels 0…1", "Centred", "Centred, length one", "Standardised", "Layer norm"),
    )
    arch: str = declared(
        "topk",
        "Kind",
        "How the code is made sparse: either only the largest activations are kept (TopK and similar kinds), or a penalty "
        "in the loss makes activations small. From PCA on, the kinds are baselines, which scikit-learn fits.",
        "Model",
        choices=tuple(KINDS),
        titles=tuple(family.title for family in KINDS.values()),
    )
    n_latents: int = declared(
        64,
        "Latents",
        "Number of latents. Each has one atom in the dictionary. scikit-learn's n_components, and n_clusters of k-means.",
        "Model",
        option="--latents",
        ge=1,
        le=65536,
    )
    k: int = declared(
        10,
        "k",
        "The largest number of latents that are active on one input. With BatchTopK and Matryoshka it is the mean over "
        "inputs. When k equals the number of latents, the code is not sparse.",
        "Model",
        live=True,
        when={"arch": using("k")},
        ge=1,
        le=65536,
    )
    l1: float = declared(
        1.5e-3,
        "λ (L1)",
        "Weight of the L1 penalty in the loss. A higher weight makes codes sparser.",
        "Model",
        live=True,
        when={"arch": using("l1")},
        ge=0,
        le=100,
    )
    l0_weight: float = declared(
        1e-3,
        "λ (L0)",
        "Cost of each active latent in the loss. A higher cost makes codes sparser.",
        "Model",
        live=True,
        when={"arch": using("l0_weight")},
        ge=0,
        le=100,
    )
    bandwidth: float = declared(
        0.5,
        "Bandwidth",
        "Width ε of the range around a threshold in which activations change that threshold. Every threshold starts "
        "at ε.",
        "Model",
        when={"arch": using("bandwidth")},
        gt=0,
        le=100,
    )
    code: Literal["relu", "sigmoid"] = declared(
        "relu",
        "Activation",
        "With ReLU an activation can be zero. With sigmoid it never is, so L0 equals the number of latents.",
        "Model",
        titles=("ReLU", "Sigmoid"),
        when={"arch": using("code")},
    )
    output: Literal["linear", "sigmoid"] = declared(
        "linear",
        "Output",
        "Linear leaves the decoder's values as they are. A sigmoid after the decoder keeps reconstructions between 0 "
        "and 1.",
        "Model",
        titles=("Linear", "Sigmoid"),
        when={"arch": using("output")},
    )
    rho: float = declared(
        0.05,
        "ρ",
        "The target for each latent's mean activation. The loss pulls every latent towards it.",
        "Model",
        live=True,
        when={"arch": using("rho")},
        ge=0.001,
        le=0.999,
    )
    kl_weight: float = declared(
        0.1,
        "λ (KL)",
        "Weight of the penalty: the Kullback-Leibler divergence between ρ and the mean activations.",
        "Model",
        live=True,
        when={"arch": using("kl_weight")},
        ge=0,
        le=100,
    )
    refinements: int = declared(
        0,
        "Refinements",
        "Number of times that the encoder compares its reconstruction with the input and then chooses the active latents "
        "again. The encoder is trained through these repetitions, which are steps of iterative hard thresholding "
        "(Blumensath & Davies 2009), unrolled (Gregor & LeCun 2010).",
        "Model",
        when={"arch": using("refinements")},
        ge=0,
        le=8,
    )
    refit: bool = declared(
        False,
        "Refit",
        "The encoder chooses which latents are active, then least squares fits their activations to each input. Latents "
        "whose fitted activation would be negative are switched off. Training does not use the refit, so training loss is "
        "above test loss.",
        "Model",
        when={"arch": using("refit")},
    )
    n_nonzero_coefs: int = declared(
        0,
        "n_nonzero_coefs",
        "The largest number of atoms that draw one input. Above 0, orthogonal matching pursuit chooses them, and activations "
        "may be negative. 0 is the baseline's own code: all scores of PCA and ICA, the nearest centre of k-means.",
        "Model",
        when={"arch": using("n_nonzero_coefs")},
        ge=0,
        le=65536,
    )
    fun: Literal["logcosh", "exp", "cube"] = declared(
        "logcosh",
        "fun",
        "The function by which FastICA measures how far a component is from normally distributed. logcosh suits most inputs, exp "
        "those with rare large values, and cube is the kurtosis.",
        "Model",
        titles=("logcosh", "exp", "cube"),
        when={"arch": using("fun")},
    )
    alpha: float = declared(
        1.0,
        "alpha",
        "Weight of the L1 penalty on codes while the dictionary is learnt. A higher weight makes those codes sparser. The codes "
        "that are shown come from orthogonal matching pursuit.",
        "Model",
        when={"arch": using("alpha")},
        gt=0,
        le=100,
    )
    tol: float = declared(
        1e-4,
        "tol",
        "The fit ends when an iteration changes less than this: the centres, relative to the variance of the inputs, or the "
        "directions of the components. 0: it ends after the last epoch.",
        "Training",
        when={"arch": using("tol")},
        ge=0,
        le=1,
    )
    max_samples: int = declared(
        0,
        "Inputs fitted",
        "The largest number of training inputs that are fitted. Where there are more, a random sample is taken. 0: all.",
        "Training",
        unit="inputs",
        when={"arch": using("max_samples")},
        ge=0,
        le=10_000_000,
    )
    init: Literal["linear", "normal", "data"] = declared(
        "linear",
        "Initialisation",
        "The weights before the first step: uniform within ±1/√fan-in (PyTorch's Linear), normal with variance 2/fan-in "
        "(He 2015), or atoms that are training inputs minus their mean.",
        "Model",
        titles=("Linear (uniform)", "He (normal)", "Training inputs"),
        when={"arch": TRAINED},
    )
    tied_init: bool = declared(
        False,
        "Tied start",
        "The decoder starts as the transpose of the encoder.",
        "Model",
        when={"arch": TRAINED},
    )
    pre_bias: bool = declared(
        False,
        "Pre-bias",
        "The decoder bias is subtracted from the input before encoding. It starts as the mean input (Bricken 2023).",
        "Model",
        when={"arch": TRAINED},
    )
    unit_norm: bool = declared(
        False,
        "Unit-norm atoms",
        "Every atom is scaled back to length one after each step.",
        "Model",
        when={"arch": TRAINED},
    )
    non_negative: bool = declared(
        False,
        "Non-negative",
        "After each step, negative weights of encoder and decoder become zero; biases may stay negative. Atoms then look "
        "like parts of inputs.",
        "Model",
        when={"arch": TRAINED},
    )
    revival: Literal["none", "auxk", "resample"] = declared(
        "none",
        "Dead latents",
        "What happens to dead latents. AuxK trains them to reconstruct the error that the other latents leave (Gao 2024, "
        "App. A.2); it reaches only latents with a positive pre-activation, which are few in kinds without k. Resampling "
        "gives them new weights, taken from the errors of badly reconstructed inputs (after Bricken 2023).",
        "Model",
        titles=("Leave dead", "Revive: AuxK", "Revive: resample"),
        when={"arch": TRAINED},
    )
    dead_after: float = declared(
        0.25,
        "Dead after",
        "A latent counts as dead when it has been inactive for this long.",
        "Model",
        unit="epochs",
        when={"arch": TRAINED, "revival": ("auxk", "resample")},
        gt=0,
        le=100,
    )
    resample_every: float = declared(
        0.25,
        "Resample every",
        "Time between two resamplings. The first comes after 25 steps at the earliest, and there is none in the last tenth "
        "of the training.",
        "Model",
        unit="epochs",
        when={"arch": TRAINED, "revival": ("resample",)},
        gt=0,
        le=100,
    )
    lr: float = declared(
        5e-4,
        "Learning rate",
        "Step size of the optimiser, Adam.",
        "Training",
        live=True,
        gt=0,
        le=1,
        when={"arch": TRAINED},
    )
    warmup_steps: int = declared(
        0,
        "Warm-up",
        "Number of first steps over which the learning rate rises linearly from zero.",
        "Training",
        unit="steps",
        ge=0,
        le=100_000,
        when={"arch": TRAINED},
    )
    decay: float = declared(
        0.0,
        "Decay",
        "Share of the training, at its end, over which the learning rate falls linearly to zero.",
        "Training",
        ge=0,
        le=1,
        when={"arch": TRAINED},
    )
    k_anneal: float = declared(
        0.0,
        "Anneal k",
        "Share of the training, at its start, over which k falls linearly from four times its value.",
        "Training",
        when={"arch": using("k_anneal")},
        ge=0,
        le=1,
    )
    precision: Literal["float32", "bfloat16"] = declared(
        "float32",
        "Precision",
        "Number format in which the encoder looks for the largest activations. bfloat16 is less precise and up to twice as "
        "fast on hardware that supports it; weights and gradients stay float32.",
        "Training",
        titles=("float32", "bfloat16 search"),
        when={"arch": using("precision")},
    )
    batch_size: int = declared(
        256,
        "Batch",
        "Number of inputs in one step.",
        "Training",
        unit="inputs",
        ge=1,
        le=65536,
        when={"arch": (*TRAINED, *IN_BATCHES)},
    )
    epochs: int = declared(
        50,
        "Epochs",
        "Number of passes over the training inputs. The largest number for kinds that end when nothing changes any more (scikit-learn's "
        "max_iter).",
        "Training",
        ge=1,
        le=10_000,
        when={"arch": tuple(name for name in KINDS if name != "pca")},
    )
    seed: int = declared(
        0,
        "Seed",
        "Start of the random numbers for the first weights and the order of the inputs. The same seed gives the same weights again on one machine. scikit-learn's random_state.",
        "Training",
        ge=0,
        le=2**31 - 1,
    )

    @field_validator("*")
    @classmethod
    def _is_a_choice(cls, value: Any, info: ValidationInfo) -> Any:
        """Registries know the choices of some fields: their type is ``str``."""
        if not isinstance(value, str):
            # Lists of thousands of runs read as many configurations, most of whose fields are numbers.
            return value
        choices = parameter(str(info.field_name)).choices
        # A file's data set may be one that only the program that wrote it knows: the weights can be looked at all the same.
        if info.field_name == "dataset" and info.context is FROM_A_FILE and _NAME.fullmatch(value):
            return value
        if choices and value not in choices:
            raise ValueError(f"choose one of {', '.join(choices)}")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> RunConfig:
        if found := conflicts(self.model_dump()):
            raise ValueError(next(iter(found.values())))
        return self

    def describe(self) -> str:
        """A few words for names of runs, such as ``TopK · 64 latents · k 10 · AuxK``."""
        words = [KINDS[self.arch].title, counted_latents(self.n_latents)]
        if not self.is_fitted or self.n_nonzero_coefs:
            words.append(self.sparsity)
        if self.arch in WITH_K and self.refinements:
            words.append(f"{self.refinements} refinement{'s' if self.refinements > 1 else ''}")
        if self.arch in WITH_K and self.refit:
            words.append("refit")
        if self.revival != "none" and not self.is_fitted:
            words.append({"auxk": "AuxK", "resample": "resampling"}[self.revival])
        if self.non_negative and not self.is_fitted:
            words.append("non-negative")
        if self.input != "raw":
            words.append(f"{self.input.replace('_', '-')} input")
        return " · ".join(words)

    @property
    def sparsity(self) -> str:
        """The parameter that makes this family's codes sparse, such as ``k 10`` or ``λ 0.003``."""
        name = KINDS[self.arch].parameters[0]
        return f"{SYMBOLS.get(name, 'λ')} {getattr(self, name):g}"

    @property
    def is_fitted(self) -> bool:
        """Whether this is a baseline that a library fits, instead of an autoencoder that is trained."""
        return KINDS[self.arch].fitted

    @property
    def signed_codes(self) -> bool:
        """Whether activations may be negative; a latent is then active where its activation is not 0."""
        return KINDS[self.arch].signed(self)

    @property
    def sigmoid_output(self) -> bool:
        """Whether reconstructions go through a sigmoid, which only the family KL offers."""
        return self.arch == "kl" and self.output == "sigmoid"

    @property
    def target_l0(self) -> float | None:
        """The intended number of active latents: k, or ρ·F; None when only a penalty decides, or a baseline's own code."""
        if self.is_fitted:
            return self.n_nonzero_coefs or None
        if self.arch in WITH_K:
            return self.k
        return self.rho * self.n_latents if self.arch == "kl" else None


def relevant(values: Mapping[str, Any]) -> list[str]:
    """The parameters that have an effect with these ``values``, in their order."""
    return [p.name for p in parameters() if all(values[name] in ok for name, ok in p.when.items())]


def parameters() -> tuple[Parameter, ...]:
    """Every field of :class:`RunConfig` in the order of forms, options and tables."""
    return tuple(_parameters(tuple(registry.DATASETS.values())).values())


def parameter(name: str) -> Parameter:
    """One field by its name; ``KeyError`` when there is none."""
    return _parameters(tuple(registry.DATASETS.values()))[name]


@cache
def _parameters(infos: tuple[DatasetInfo, ...]) -> dict[str, Parameter]:
    """By name; ``infos`` of the data sets there are, to which one may have been added."""
    choices = {info.name: info.title for info in infos}
    return {name: described(name, field, choices) for name, field in RunConfig.model_fields.items()}


def make(values: Mapping[str, Any], base: RunConfig | None = None) -> RunConfig:
    """A configuration from ``values`` over ``base`` (or the defaults).

    Raises:
        ConfigError: names the parameter, its value and the allowed range.
    """
    read = {name: _read(name, value) for name, value in values.items()}
    return _made({**(base.model_dump() if base else {}), **read}, None, given=values)


def from_file(values: Mapping[str, Any]) -> RunConfig:
    """As :func:`make`, of what a file says: its data set may be one that this program does not know."""
    return _made(values, FROM_A_FILE)


def _read(name: str, value: Any) -> Any:
    """``value``, as a number where it is the text of one, as on a command line."""
    if not isinstance(value, str) or name not in RunConfig.model_fields:
        return value
    found = parameter(name)
    return number_from(found, value) if found.kind in ("int", "float") else value


def _made(values: Mapping[str, Any], context: object, *, given: Mapping[str, Any] | None = None) -> RunConfig:
    """``given`` are the values as the user wrote them, for the sentence of an error."""
    try:
        return RunConfig.model_validate({**values}, context=context)
    except ValidationError as error:
        raise ConfigError(_sentence(error, given or {})) from error


def _sentence(error: ValidationError, given: Mapping[str, Any]) -> str:
    first = error.errors()[0]
    if not first["loc"]:
        return str(first["msg"]).removeprefix("Value error, ")
    name = str(first["loc"][0])
    if name not in RunConfig.model_fields:
        return f"There is no parameter '{name}'; the parameters are {', '.join(RunConfig.model_fields)}."
    found = parameter(name)
    value = given.get(name, first.get("input"))
    if found.choices:
        return f"{found.option} is {value!r}; choose one of {', '.join(found.choices)}."
    if found.kind == "bool":
        return f"{found.option} is {value!r}; it is either true or false."
    return out_of_range(found, value)
