"""RunConfig: every parameter of a training, once.

The train panel, the command line's options and the table in docs/reference.md are generated from this schema; a field that is
added here appears in all three.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from pydantic import ValidationError, ValidationInfo, field_validator, model_validator

from saegui.core.config.conflicts import conflicts
from saegui.core.config.model_parameters import ModelParameters
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


class RunConfig(ModelParameters):
    """One training, completely described: equal configurations give equal weights on one machine and thread count.

    Raises:
        pydantic.ValidationError: for values out of bounds; :func:`make` turns it into one :class:`ConfigError`.
    """

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
