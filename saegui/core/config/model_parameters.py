"""The parameters of a model and its data: those of :class:`~saegui.core.config.schema.RunConfig` that stand first in forms."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from saegui.core.config.parameter import declared
from saegui.core.data import registry
from saegui.core.families.registry import KINDS, TRAINED, using


class ModelParameters(BaseModel):
    """What is trained, and on which inputs."""

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
        "OMP",
        "scikit-learn's n_nonzero_coefs: the largest number of atoms that draw one input. Above 0, orthogonal matching pursuit "
        "chooses them, and activations may be negative. 0 is the baseline's own code: all scores of PCA and ICA, the nearest "
        "centre of k-means.",
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
