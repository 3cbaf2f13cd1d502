#!/usr/bin/env bash
# In numba, a loop over array[start + j] is computed by gathers, and one over range(first, last) number by number, where slices take vectors.
#
# Versions: numba 0.68.1, numpy 2.4.6, Python 3.11; compiled for Skylake with AVX-512, not run, so it needs no such processor.
# Expected: three ways to write one loop over neighbouring numbers, array[start + j] for j in range(64), array[p] for p in
#           range(first, last), and both of a slice that begins there, are compiled alike: vectors are loaded, used and stored.
# Seen:     each index is signed, and one that might be negative counts from the end. That range(64) and range(len(a)) are not
#           negative is known; of `start + j`, and of a range that begins with an argument, it is not. So each index gets its own choice
#           of two places: the sum is read by gathers (for AVX2 number by number), and the range is not vectorised at all. Of a slice,
#           whose indices begin with zero, both are vectors. In kernels of a training, two loops over such ranges took 135 ns an image,
#           and 20 ns with slices.
# Remedy:   take a slice of what the loop reads and writes, and count from zero.
# Exits non-zero when this changes. Needs Python 3.11 or newer and pip.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check numba==0.68.1 numpy==2.4.6
cat >"$work/ranges.py" <<'PY'
import re
import sys

import numba
import numpy as np
from numba import float32, int64, void

options = {"fastmath": {"contract", "reassoc"}, "error_model": "numpy"}


@numba.njit(void(float32[::1], float32[::1], int64), **options)
def by_sums(out, numbers, start):
    for j in range(64):
        out[j] += numbers[start + j]


@numba.njit(void(float32[::1], float32[::1], int64), **options)
def by_slice(out, numbers, start):
    here = numbers[start : start + 64]
    for j in range(64):
        out[j] += here[j]


@numba.njit(void(float32[:, ::1], int64, int64, int64, float32), **options)
def by_range(rows, f, first, last, by):
    for p in range(first, last):
        rows[f, p] *= by


@numba.njit(void(float32[:, ::1], int64, int64, int64, float32), **options)
def by_row(rows, f, first, last, by):
    row = rows[f, first:last]
    for p in range(len(row)):
        row[p] *= by


def count(function, what):
    (code,) = function.inspect_asm().values()
    return len(re.findall(what, code))


print("numba", numba.__version__, "numpy", np.__version__)
gathers = [count(each, r"vgather|vpgather") for each in (by_sums, by_slice)]
vectors = [count(each, r"vmulps\s.*%ymm") for each in (by_range, by_row)]
print("gathers, of start + j and of a slice:", gathers)
print("products of vectors, of range(first, last) and of a slice:", vectors)
sys.exit(not (gathers[0] > 0 == gathers[1] and vectors[1] > 0 == vectors[0]))
PY
NUMBA_CPU_NAME=skylake-avx512 NUMBA_CPU_FEATURES="+avx512f,+avx512dq,+avx512bw,+avx512vl,+avx2,+fma" "$work/venv/bin/python" "$work/ranges.py"
