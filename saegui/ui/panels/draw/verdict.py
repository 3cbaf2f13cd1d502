"""What the network takes the drawing for, before and after the autoencoder."""

from __future__ import annotations

import numpy as np

from saegui.app.code import Code
from saegui.core.analysis.effects import readout_of
from saegui.core.arrays import Images
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.networks.readout import probabilities


def verdicts(
    dataset: Dataset | None, snapshot: Snapshot | None, given: Images | None, code: Code | None
) -> tuple[str, str]:
    """The class of the activations and that of their reconstruction, such as ``7, 98 %``; empty where there is no network."""
    if dataset is None or snapshot is None or given is None or code is None:
        return "", ""
    readout = readout_of(dataset)
    if readout is None or dataset.shape != snapshot.shape:
        return "", ""
    both = np.stack([to_input(given[np.newaxis])[0], code.reconstruction.reshape(-1)])
    shares = probabilities(readout.logits(both))
    first, second = (f"{readout.classes[int(each.argmax())]}, {100 * each.max():.0f} %" for each in shares)
    return first, second
