"""Dictionary learning: atoms for codes that lasso keeps sparse (Mairal 2009); orthogonal matching pursuit makes the codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saegui.core.families.baselines.baseline import CODES, SUITED, Baseline


class DictionaryLearning(Baseline):
    """The classical way to what a sparse autoencoder does: a search for each input instead of an encoder."""

    name = "dictionary"
    title = "Dictionary learning"
    parameters: tuple[str, ...] = (CODES, "alpha")
    suited: Mapping[str, Any] = {**SUITED, CODES: 10, "epochs": 5}
    source = "Mairal 2009; scikit-learn"
    code = "z = orthogonal matching pursuit of x − mean, of any sign"
    library = "MiniBatchDictionaryLearning(n_components={n_latents}, alpha={alpha:g}, batch_size={batch_size}, fit_algorithm=cd)"
    own_codes = False


FAMILY = DictionaryLearning()
