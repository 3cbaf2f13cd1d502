"""All terms. What the program explains elsewhere (metrics, kinds) is taken from there, so that it is said once.

The sentences of those that docs/vocabulary.md has, too, are the ones there; a test compares them.
"""

from __future__ import annotations

from saegui.core.analysis.coactivation import LEAST_SHARED
from saegui.core.analysis.metrics import HELP
from saegui.core.families.family import AUXK_WEIGHT
from saegui.core.families.registry import KINDS
from saegui.core.glossary.term import Term


def _baseline(name: str, text: str, formula: str) -> Term:
    """A kind that a library fits."""
    family = KINDS[name]
    return Term(
        family.title,
        text,
        formula,
        family.source,
        "decoder-grid",
        also=() if name == "dictionary" else (name,),
    )


def _kind(name: str, text: str, figure: str, formula: str = "") -> Term:
    """A kind of autoencoder: its formulas and its source are those of the family."""
    family = KINDS[name]
    if not formula:
        formula = f"{family.code.format(x='x', activation='f')};  loss: {family.loss}"
    return Term(family.title, text, formula, family.source, figure, also=(name,))


_TERMS = (
    Term(
        "SAE",
        "A sparse autoencoder: a small network that describes each input by a few active latents and reconstructs the "
        "input from them. It is trained to make the error small while most latents stay inactive.",
        "x̂ = W_decᵀ z + b_dec, with z = f(W_encᵀ x + b_enc) and few zⱼ > 0",
        "Bricken 2023; Cunningham 2023",
        "reconstruction",
        ("sparse autoencoder", "autoencoder"),
    ),
    Term(
        "latent",
        "One unit of the autoencoder: it looks for one pattern in the input and draws one pattern into the reconstruction. "
        "A model with 64 latents describes every input with at most 64 numbers.",
        "zⱼ, for j = 0 … F − 1",
        "Gao 2024",
        "decoder-grid",
        ("latents", "feature", "unit"),
    ),
    Term(
        "activation",
        "The number zⱼ that says how strongly latent j responds to an input. The latent is active when zⱼ > 0 and inactive "
        "when zⱼ = 0; a baseline such as PCA has negative ones, too, which are as active.",
        "z = f(W_encᵀ x + b_enc)",
        "Bricken 2023",
        figure="activation-pattern",
        also=("active", "inactive", "code"),
    ),
    Term(
        "atom",
        "The pattern that a latent draws: row j of W_dec, as a picture. All atoms together are the dictionary.",
        "dⱼ = row j of W_dec",
        "Olshausen & Field 1996",
        "decoder-grid",
        ("dictionary", "decoder"),
    ),
    Term(
        "reconstruction",
        "The input as the decoder makes it from a code. The closer it is to the input, the more of the input the code "
        "describes.",
        "x̂ = W_decᵀ z + b_dec = b_dec + Σⱼ zⱼ dⱼ",
        "Bricken 2023",
        figure="reconstruction",
        also=("error",),
    ),
    Term(
        "L0",
        "The number of active latents on one input, as a mean over inputs. A lower L0 means a sparser code.",
        "L0 = mean of #{ j : zⱼ > 0 }",
        "Bricken 2023",
        figure="percent-active",
        also=("sparsity",),
    ),
    Term(
        "k",
        "The largest number of latents that TopK and similar kinds keep active on one input. A smaller k gives a sparser "
        "code and a larger error.",
        "L0 ≤ k",
        KINDS["topk"].source,
        "activation-pattern",
    ),
    Term(
        "MSE",
        f"{HELP['mse']} Each number of an input counts the same, so for pictures it is an error per pixel.",
        "MSE = mean of e², with e = x − x̂",
        "Goodfellow, Bengio & Courville 2016, ch. 5",
        figure="curves",
        also=("mean squared error", "loss"),
    ),
    Term(
        "FVU",
        "The fraction of variance unexplained: the squared error of the reconstructions, divided by that of the mean input. "
        "0 is perfect, and 1 is no better than the mean input.",
        "FVU = Σ(x − x̂)² / Σ(x − mean input)²",
        "Gao 2024, as normalised MSE",
        figure="curves",
        also=("fraction of variance unexplained", "explained variance"),
    ),
    Term(
        "density",
        "The share of inputs on which a latent is active. A density of 0.1 means one input in ten.",
        "densityⱼ = #{ x : zⱼ > 0 } / #{ x }",
        "Bricken 2023",
        "density-scatter",
        ("dense", "frequency"),
    ),
    Term(
        "dead",
        "A latent is dead when its density over the training inputs is 0. During training it counts as dead when it was "
        "inactive for a whole epoch.",
        "densityⱼ = 0",
        "Bricken 2023",
        "density-raster",
        ("dead latent", "dead latents"),
    ),
    Term(
        "AuxK",
        "A further loss that trains dead latents to reconstruct the error that the other latents leave. It reaches only dead "
        "latents with a positive pre-activation.",
        f"loss + AuxK/{1 / AUXK_WEIGHT:.0f}, with AuxK = Σ‖e − ê‖² / Σ‖e − mean e‖², e = x − x̂, ê drawn by dead latents",
        "Gao 2024, App. A.2",
        "density-raster",
        ("auxiliary loss", "revival"),
    ),
    Term(
        "resampling",
        "Dead latents get new weights, taken from the errors of badly reconstructed inputs. It happens at intervals, and not in "
        "the last tenth of the training.",
        "new dⱼ = e / ‖e‖, with e = x − x̂ of an input that is drawn with a probability ∝ ‖e‖⁴",
        "after Bricken 2023",
        "density-raster",
        also=("resample",),
    ),
    _kind(
        "topk",
        "The kind that keeps the k largest activations of each input and sets all others to zero. L0 is chosen, not found by "
        "trial of a penalty.",
        "percent-active",
    ),
    _kind(
        "batch_topk",
        "The kind that keeps the k largest activations per input as a mean over the batch, so that hard inputs get more "
        "latents than easy ones. After the training a threshold decides, as inputs then come one by one.",
        "percent-active",
    ),
    _kind(
        "relu_l1",
        "The kind in which a penalty on the sum of activations makes most of them zero. The penalty also makes the remaining "
        "activations smaller than the best reconstruction needs.",
        "activation-histogram",
    ),
    _kind(
        "jumprelu",
        "The kind in which every latent has a threshold θ of its own, below which its activation is zero. The thresholds are "
        "learnt, from a cost of each active latent.",
        "activation-histogram",
    ),
    _kind(
        "matryoshka",
        "The kind whose first latents must reconstruct the input alone, then more of them, then all. The first latents learn "
        "what is general, the later ones the details.",
        "decoder-grid",
        "loss: Σ over prefixes m of MSE(x, b_dec + Σⱼ₍ⱼ<ₘ₎ zⱼ dⱼ)",
    ),
    _kind(
        "multi_topk",
        "TopK whose codes must also reconstruct the input with four times as many latents. The model then bears other values of k "
        "than the one that it was trained with.",
        "percent-active",
    ),
    _kind(
        "gated",
        "The kind in which one path chooses the active latents and another computes their activations. The penalty on the first "
        "path so makes no activation smaller.",
        "activation-histogram",
    ),
    _kind(
        "kl",
        "The kind of many tutorials, in which a penalty pulls the mean activation of each latent towards a small number ρ. It asks "
        "for small means and not for zeros, so codes need not become sparse.",
        "density-histogram",
    ),
    Term(
        "penalty",
        "A further part of the loss that grows with the activations, or with the number of active latents. A larger weight λ gives a "
        "sparser code and a larger error.",
        "loss = MSE + λ · penalty(z)",
        "Tibshirani 1996",
        figure="curves",
        also=("sparsity penalty", "regularisation", "λ"),
    ),
    Term(
        "learning rate",
        "The size of the updates of the weights. A larger one learns faster, and lets more latents die.",
        "step of Adam = lr · m̂ / (√v̂ + ε)",
        "Kingma & Ba 2015",
        "curves",
        ("lr", "warm-up", "decay"),
    ),
    Term(
        "refinement",
        "The encoder compares its reconstruction with the input and then chooses the active latents again. Each repetition costs "
        "time and lowers the error.",
        "z ← f(u + z − W_encᵀ W_decᵀ z), with u = W_encᵀ x + b_enc",
        "Blumensath & Davies 2009",
        "reconstruction",
        ("refinements", "refit"),
    ),
    Term(
        "pre-bias",
        "The decoder bias is subtracted from the input before encoding. It starts as the mean input.",
        "z = f(W_encᵀ (x − b_dec) + b_enc)",
        "Bricken 2023",
        "reconstruction",
        ("bias",),
    ),
    Term(
        "purity",
        "The largest share of one class in the mean activations of a latent. A latent with purity 1 is active on inputs of one "
        "class only.",
        "purityⱼ = max over c of mⱼ(c) / Σ mⱼ(c), with mⱼ(c) = mean of zⱼ over inputs of class c",
        "after Manning, Raghavan & Schütze 2008",
        figure="latent",
        also=("class purity",),
    ),
    Term(
        "skew",
        "How lopsided the activations of a latent are, over the inputs on which it is active. Above 0 most are weak and a few are "
        "strong.",
        "skewⱼ = mean of ((zⱼ − mean) / sd)³, over zⱼ > 0",
        "Pearson 1895",
        figure="latent",
        also=("skewness",),
    ),
    Term(
        "kurtosis",
        "How often activations of a latent lie far from their mean, over the inputs on which it is active. 0 is a normal "
        "distribution, and more means more values far out.",
        "kurtosisⱼ = mean of ((zⱼ − mean) / sd)⁴ − 3, over zⱼ > 0",
        "Pearson 1905",
        figure="latent",
        also=("excess kurtosis",),
    ),
    Term(
        "epoch",
        "One pass over all training inputs. With 60,000 inputs and 256 inputs per batch an epoch has 235 steps.",
        "steps per epoch = ⌈inputs / batch⌉",
        "Goodfellow, Bengio & Courville 2016, ch. 8",
        figure="curves",
        also=("batch", "step"),
    ),
    Term(
        "steering",
        "To set the activation of a latent by hand and look at how the reconstruction changes. Setting it to 0 is an ablation: "
        "the change shows what the latent contributes.",
        "x̂′ = x̂ + (z′ⱼ − zⱼ) dⱼ",
        "Templeton 2024",
        "reconstruction",
        ("ablation", "ablate", "steer"),
    ),
    Term(
        "cosine",
        "How alike the directions of two atoms are, whatever their lengths. 1 is the same direction, 0 is none in common, and "
        "−1 is the opposite.",
        "cos(i, j) = dᵢ · dⱼ / (‖dᵢ‖ ‖dⱼ‖)",
        "Salton & McGill 1983",
        figure="latent-map",
        also=("cosine similarity", "neighbours"),
    ),
    Term(
        "PCA",
        "Principal component analysis: the directions in which points differ most. A map shows the first two of them, and says "
        "how much of the variance each has.",
        "the eigenvectors with the largest eigenvalues of Σ(p − mean)(p − mean)ᵀ",
        "Pearson 1901",
        "latent-map",
        ("principal components", "map"),
    ),
    _baseline(
        "ica",
        "Independent component analysis: components, of any sign, whose values are as far from normally distributed as possible. "
        "It draws every input exactly as PCA does, by other atoms, whose order and sign say nothing.",
        "z = W_encᵀ (x − mean), x̂ = W_decᵀ z + mean",
    ),
    _baseline(
        "nmf",
        "Non-negative matrix factorisation: atoms and activations are nowhere negative, so that an input is a sum of parts. Its "
        "codes have zeros, but nothing limits how few are not.",
        "minimises Σ ‖x − W_decᵀ z‖² with W_dec ≥ 0 and z ≥ 0",
    ),
    _baseline(
        "minibatch_nmf",
        "NMF that reads a few inputs at a time. It is faster, and its error is larger: it does not stand in for NMF.",
        "as NMF, batch by batch",
    ),
    _baseline(
        "kmeans",
        "Each input is drawn by the one atom, called centre, that is nearest to it. L0 is 1.",
        "minimises Σ minⱼ ‖x − dⱼ‖²",
    ),
    _baseline(
        "minibatch_kmeans",
        "k-means that reads a few inputs at a time. It is about ten times as fast, and its error is slightly larger.",
        "as k-means, batch by batch",
    ),
    _baseline(
        "dictionary",
        "Atoms are learnt for sparse codes that a search finds for each input; an autoencoder has an encoder instead. "
        "The codes that are shown come from orthogonal matching pursuit, and may be negative.",
        "minimises Σ ½ ‖x − mean − W_decᵀ z‖² + alpha ‖z‖₁, with ‖dⱼ‖ ≤ 1",
    ),
    Term(
        "OMP",
        "Orthogonal matching pursuit: a search that takes, again and again, the atom that correlates most with what is left of "
        "the input, and fits all activations again by least squares. Activations may be negative.",
        "j = argmax |dⱼ · (x − x̂)|, then z = argmin ‖x − x̂‖²",
        "Pati 1993",
        "activation-pattern",
        ("orthogonal matching pursuit", "pursuit", "n_nonzero_coefs"),
    ),
    Term(
        "t-SNE",
        "A map on which points lie near each other that are near each other in many dimensions. Sizes of groups and distances "
        "between them say little, and another perplexity, here 30, gives another map.",
        "minimises KL(P ‖ Q), with neighbours pᵢⱼ in all dimensions and qᵢⱼ ∝ 1 / (1 + ‖yᵢ − yⱼ‖²) on the map",
        "van der Maaten & Hinton 2008",
        "latent-map",
        ("tsne", "perplexity"),
        method="tsne",
    ),
    Term(
        "UMAP",
        "A map that keeps neighbours, as t-SNE does, from a graph of the 15 nearest points of each. Distances between groups say "
        "a little more than those of t-SNE, and should still not be measured.",
        "minimises the cross-entropy between neighbours pᵢⱼ in all dimensions and qᵢⱼ = 1 / (1 + a‖yᵢ − yⱼ‖²ᵇ) on the map",
        "McInnes, Healy & Melville 2018",
        "latent-map",
        method="umap",
    ),
    Term(
        "Jaccard index",
        "How often two latents are active together: of the inputs on which one of them is active, the share on which both are. 1 "
        "is always together, and 0 is never.",
        "J(i, j) = #{ x : zᵢ > 0 and zⱼ > 0 } / #{ x : zᵢ > 0 or zⱼ > 0 }",
        "Jaccard 1912",
        figure="latent",
        also=("Jaccard", "co-activation", "active together"),
    ),
    Term(
        "family",
        "Latents that are often active together. Each latent is linked to the one with which it has the largest Jaccard index, at "
        f"least {LEAST_SHARED}, and what these links connect is a family.",
        f"i and j are linked where J(i, j) = max over l of J(i, l) ≥ {LEAST_SHARED}",
        "after O'Neill 2024",
        "activation-pattern",
        also=("families", "feature family"),
    ),
)

TERMS: dict[str, Term] = {each.name: each for each in _TERMS}
"""By name, from what is looked at to what is done with it."""

OF_PARAMETER: dict[str, str] = {
    "n_latents": "latent",
    "k": "k",
    "pre_bias": "pre-bias",
    "revival": "AuxK",
    "dead_after": "dead",
    "resample_every": "resampling",
    "unit_norm": "atom",
    "batch_size": "epoch",
    "epochs": "epoch",
    "lr": "learning rate",
    "warmup_steps": "learning rate",
    "decay": "learning rate",
    "n_nonzero_coefs": "OMP",
    "l1": "penalty",
    "l0_weight": "penalty",
    "kl_weight": "penalty",
    "rho": "KL",
    "bandwidth": "JumpReLU",
    "k_anneal": "k",
    "refinements": "refinement",
    "refit": "refinement",
    "non_negative": "atom",
}
"""Field of :class:`saegui.core.config.schema.RunConfig` → the term that it is about."""
OF_METRIC: dict[str, str] = {
    "mse": "MSE",
    "fvu": "FVU",
    "l0": "L0",
    "dead": "dead",
    "dense": "density",
    "density": "density",
    "loss": "MSE",
}
"""Name in :data:`saegui.core.analysis.metrics.HELP` → the term that it is about."""
