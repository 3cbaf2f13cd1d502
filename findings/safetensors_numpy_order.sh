#!/usr/bin/env bash
# safetensors' numpy writer stores a view of an array in the order of its memory, not of its elements, and says nothing.
#
# Versions: safetensors 0.8.0, numpy 2.4.6, Python 3.11.
# Expected: what is saved is what is loaded, or an error for arrays that are not contiguous.
# Seen:     contiguous True, transposed False, fortran False, every_second_column False
#           (equal to what was saved?). Decoder weights are often such views: W.T of a linear layer, for example.
# Remedy:   numpy.ascontiguousarray before saving.
# Exits non-zero when this changes. Needs Python 3.11 or newer and pip.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6
cat >"$work/order.py" <<'PY'
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

whole = np.arange(6, dtype=np.float32).reshape(2, 3)
cases = {
    "contiguous": whole,
    "transposed": whole.T,
    "fortran": np.asfortranarray(whole),
    "every_second_column": np.arange(12, dtype=np.float32).reshape(2, 6)[:, ::2],
}
equal = {}
for name, array in cases.items():
    path = Path(sys.argv[1]) / f"{name}.safetensors"
    save_file({"array": array}, path)
    equal[name] = bool(np.array_equal(load_file(path)["array"], array))
print(", ".join(f"{name} {same}" for name, same in equal.items()))
seen = {"contiguous": True, "transposed": False, "fortran": False, "every_second_column": False}
sys.exit(equal != seen)
PY
"$work/venv/bin/python" "$work/order.py" "$work"
