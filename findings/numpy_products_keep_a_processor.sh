#!/usr/bin/env bash
# After each product of matrices, numpy keeps the other processors busy for a tenth of a second, waiting for the next product.
#
# Versions: numpy 2.4.6 (its wheel for Linux, with OpenBLAS 0.3.31), threadpoolctl 3.6.0 (to name it), Python 3.11, two processors.
# Expected: a product uses its threads, which sleep when it is done; whatever is computed next has all processors.
# Seen:     the second thread goes on asking for work: about 100 ms of processor time after a product of a millisecond, on an AMD EPYC with
#           two processors. Who trains in threads of their own (numba, PyTorch) and measures by numpy now and then has one processor less
#           for that long after each measurement. OPENBLAS_THREAD_TIMEOUT, a binary logarithm of processor cycles that is read when
#           numpy is imported, says how long: with 20, or with one thread, next to nothing is seen.
# Remedy:   set OPENBLAS_THREAD_TIMEOUT=20 before numpy is imported, or give numpy as many threads as others leave.
# Exits non-zero when this changes. Needs Python 3.11 or newer, pip and two processors.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 threadpoolctl==3.6.0
cat >"$work/idle.py" <<'PY'
import json
import time

import numpy as np
from threadpoolctl import threadpool_info

images, weights = np.ones((1500, 784), np.float32), np.ones((784, 64), np.float32)
images @ weights
time.sleep(0.5)
found = []
for _ in range(5):
    images @ weights
    before = time.process_time()
    time.sleep(0.5)
    found.append((time.process_time() - before) * 1000)
(library,) = (each for each in threadpool_info() if each["user_api"] == "blas")
print(json.dumps([library["internal_api"], library["version"], library["num_threads"], sorted(found)[2]]))
PY
cat >"$work/all.py" <<'PY'
import json
import os
import subprocess
import sys

settings = ({}, {"OPENBLAS_THREAD_TIMEOUT": "20"}, {"OPENBLAS_NUM_THREADS": "1"})
others = {name: value for name, value in os.environ.items() if not name.startswith(("OPENBLAS", "OMP"))}
idle = []
for setting in settings:
    command = [sys.executable, sys.argv[1]]
    done = subprocess.run(command, env={**others, **setting}, capture_output=True, text=True, check=True)
    name, version, threads, milliseconds = json.loads(done.stdout)
    idle.append(milliseconds)
    print(f"{name} {version}, {threads} threads, {setting or 'nothing set'}: {milliseconds:.1f} ms of processor time in half a second of sleep")
sys.exit(not (idle[0] > 20 > 5 > max(idle[1:])))
PY
"$work/venv/bin/python" "$work/all.py" "$work/idle.py"
