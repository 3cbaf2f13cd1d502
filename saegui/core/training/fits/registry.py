"""Which fit belongs to which baseline. A new one is a file of its own here and an entry."""

from __future__ import annotations

from saegui.core.training.fits.dictionary import DictionaryFit
from saegui.core.training.fits.fit import Fit
from saegui.core.training.fits.ica import ICAFit
from saegui.core.training.fits.kmeans import KMeansFit, MiniBatchKMeansFit
from saegui.core.training.fits.nmf import MiniBatchNMFFit, NMFFit
from saegui.core.training.fits.pca import PCAFit

FITS: dict[str, type[Fit]] = {
    "pca": PCAFit,
    "ica": ICAFit,
    "nmf": NMFFit,
    "minibatch_nmf": MiniBatchNMFFit,
    "kmeans": KMeansFit,
    "minibatch_kmeans": MiniBatchKMeansFit,
    "dictionary": DictionaryFit,
}
"""By the name that :attr:`RunConfig.arch` gives it."""
