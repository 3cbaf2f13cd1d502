#!/usr/bin/env bash
# scikit-learn's FastICA loses directions of float32 data whose first feature is constant, as in pictures with an empty corner.
#
# Versions: scikit-learn 1.9.1, numpy 2.4.6, Python 3.11.
# Expected: whitening keeps the directions that PCA keeps, so that reconstructing from as many components as PCA has
#           gives PCA's mean squared error, whatever the rotation.
# Seen:     on scikit-learn's own digits (8x8, the first pixel is 0 in every picture), 16 components:
#           PCA 0.01104, FastICA 0.02393 in float32: one of the sixteen directions is gone.
#           The same pixels in float64: 0.01104. Signs are fixed by the first feature: where it is exactly 0, its sign is
#           0, and whole directions are multiplied by it; in float64 rounding leaves a tiny number in place of the zero.
# Remedy:   fit on the features whose variance is above 1e-4 (0.01104), or whiten with PCA first and pass whiten=False.
# Exits non-zero when this changes. Needs Python 3.11 or newer and pip.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6
cat >"$work/ica.py" <<'PY'
import sys

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA, FastICA

images = (load_digits().data / 16).astype(np.float32)
varies = images.var(axis=0) > 1e-4


def error(model, columns, dtype=np.float32):
    chosen = images[:, columns].astype(dtype)
    back = model.inverse_transform(model.fit_transform(chosen))
    return float(np.square(back - chosen).sum() / images.size)


def ica():
    return FastICA(16, random_state=0, max_iter=500, whiten="unit-variance")


everything = np.ones_like(varies)
pca, single = error(PCA(16), everything), error(ica(), everything)
double, varying = error(ica(), everything, np.float64), error(ica(), varies)
print(f"PCA {pca:.5f}, FastICA float32 {single:.5f}, float64 {double:.5f}, float32 on pixels that vary {varying:.5f}")
sound = max(abs(double - pca), abs(varying - pca)) < 1e-4
sys.exit(not (sound and single > 1.5 * pca))
PY
"$work/venv/bin/python" "$work/ica.py"
