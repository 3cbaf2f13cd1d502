"""What the rest of a network makes of reconstructed activations, and of single latents. All losses are in nats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array, Images
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.networks.readout import Readout, cross_entropies
from saegui.core.progress import UNWATCHED, Progress

N_INPUTS = 1000
"""Test inputs over which the effect of one latent is averaged."""


@dataclass(frozen=True)
class Recovery:
    """How well the rest of a network does with reconstructions in place of the activations."""

    loss_recovered: float | None
    """(CE_ablated − CE_reconstruction) / (CE_ablated − CE_original); None where ablating changes nothing."""
    ce_original: float
    ce_reconstruction: float
    ce_ablated: float
    """Cross-entropy with all activations set to zero."""
    accuracy: float
    """Share of correct classes with the activations as they are."""
    accuracy_reconstruction: float
    """Share of correct classes with the reconstructions in their place."""


def readout_of(dataset: Dataset) -> Readout | None:
    """What follows the activations that ``dataset`` consists of, where its logits are for the data set's own classes."""
    readout = dataset.readout
    return readout if readout is not None and readout.classes == dataset.classes else None


def recovery(
    snapshot: Snapshot,
    readout: Readout,
    inputs: Images,
    labels: NDArray[np.integer],
    progress: Progress = UNWATCHED,
) -> Recovery:
    """Measured on ``inputs (N, *shape)`` with their ``labels (N,)``.

    Loss recovered as in T. Bricken et al. (2023), Towards monosemanticity, and S. Rajamanoharan et al. (2024), Improving
    dictionary learning with gated sparse autoencoders, with zero ablation: 1 where reconstructions are as good as the
    activations, 0 where they are as bad as zeros.
    """
    losses = np.zeros(3)
    right = np.zeros(2, np.int64)
    for rows, x, z in snapshot.batches(inputs):
        progress.report(rows.start, len(inputs))
        wanted = labels[rows]
        parts = [readout.logits(part) for part in (x, snapshot.decode(z, x), np.zeros_like(x))]
        losses += [cross_entropies(logits, wanted).sum() for logits in parts]
        right += [np.count_nonzero(logits.argmax(axis=1) == wanted) for logits in parts[:2]]
    original, reconstruction, ablated = (losses / len(inputs)).tolist()
    gap = ablated - original
    return Recovery(
        (ablated - reconstruction) / gap if gap else None,
        original,
        reconstruction,
        ablated,
        *(right / len(inputs)).tolist(),
    )


@dataclass(frozen=True, eq=False)
class Effect:
    """What one latent does to the logits of C classes."""

    adding: Array
    """(C,): mean change of the logits when a·atom is added to the activations of every input."""
    ablating: Array
    """(C,): mean change of the logits when the latent's part is taken out of those inputs on which it is active; zeros where
    there are none. What the autoencoder does not explain stays in."""
    amount: float
    """a: the latent's mean activation over the inputs on which it is active; 1 where there are none."""
    n_inputs: int
    n_active: int
    """Inputs on which the latent is active."""
    lens: Array | None = None
    """(C,): the atom times the weights of the rest, where the rest is linear (the logit lens): the change of the logits for
    each unit of activation. nostalgebraist (2020), Interpreting GPT: the logit lens."""


def effect(snapshot: Snapshot, readout: Readout, inputs: Images, latent: int) -> Effect:
    """The effect of ``latent`` over ``inputs (N, *shape)``; of one input, give that one.

    Both changes are made to the activations x themselves, not to their reconstruction: x + a·atom, and x − z·atom, as in
    S. Marks et al. (2024), Sparse feature circuits.
    """
    x = to_input(inputs)
    z = snapshot.encode(x)
    active = z[:, latent] != 0
    count = int(active.sum())
    amount = float(z[active, latent].mean()) if count else 1.0
    logits = readout.logits(x)
    more = z.copy()
    more[:, latent] += amount
    adding = _change(snapshot, readout, x, z, more, logits)
    ablating = np.zeros_like(adding)
    if count:
        x, z, logits = x[active], z[active], logits[active]
        less = z.copy()
        less[:, latent] = 0
        ablating = _change(snapshot, readout, x, z, less, logits)
    lens = None
    if readout.weights is not None:
        # One unit of activation, in the units of the inputs: the decoder may scale what it draws.
        none = np.zeros((1, snapshot.n_latents), np.float32)
        one = none.copy()
        one[0, latent] = 1
        lens = ((snapshot.decode(one, x[:1]) - snapshot.decode(none, x[:1])) @ readout.weights)[0]
    return Effect(adding, ablating, amount, len(inputs), count, lens)


def _change(snapshot: Snapshot, readout: Readout, x: Array, z: Array, other: Array, logits: Array) -> Array:
    """``(C,)``: mean change of the ``logits`` of ``x`` when its code is ``other`` instead of ``z``."""
    moved = x + (snapshot.decode(other, x) - snapshot.decode(z, x))
    change: Array = (readout.logits(moved) - logits).mean(axis=0)
    return change


def some_test_inputs(dataset: Dataset) -> Images:
    """At most :data:`N_INPUTS` test inputs, evenly spread over all."""
    inputs = dataset.test_images
    found: Images = inputs[:: -(-len(inputs) // N_INPUTS)]
    return found
