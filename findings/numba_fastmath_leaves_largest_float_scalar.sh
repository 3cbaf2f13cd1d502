#!/usr/bin/env bash
# In numba, a loop that finds the largest of many floats takes them one at a time, also with fastmath=True.
#
# Versions: numba 0.68.1, numpy 2.4.6, Python 3.11, x86-64 (code for AVX2).
# Expected: with fastmath=True the loop compares eight float32 at once, as it adds eight at once in a sum: NaN need not be minded.
# Seen:     the sum is made of vaddps, the maximum of vmaxss alone, whether it is written as max(), as an if or as np.max, and with
#           every set of flags. Of non-negative floats the bits are in the same order as whole numbers, and the maximum of those is
#           made of vectors: of eight where each number is made np.int32 again (vpmaxsd), of four where it is not, as & of two int32
#           is an int64.
# Remedy:   look for the largest among the bits, as np.int32.
# Exits non-zero when this changes. Needs Python 3.11 or newer, pip and an x86-64 processor with AVX2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check numba==0.68.1 numpy==2.4.6
cat >"$work/largest.py" <<'PY'
import re
import sys

import numba
import numpy as np

WITHOUT_SIGN = np.int32(0x7FFFFFFF)


def total(a):
    found = np.float32(0)
    for p in range(len(a)):
        found += a[p]
    return found


def by_max(a):
    found = np.float32(0)
    for p in range(len(a)):
        found = max(found, a[p])
    return found


def by_if(a):
    found = np.float32(0)
    for p in range(len(a)):
        if a[p] > found:
            found = a[p]
    return found


def by_numpy(a):
    return np.max(a)


def of_bits(a):
    bits, found = a.view(np.int32), np.int32(0)
    for p in range(len(bits)):
        found = max(found, bits[p] & WITHOUT_SIGN)
    return found


def of_narrow_bits(a):
    bits, found = a.view(np.int32), np.int32(0)
    for p in range(len(bits)):
        found = max(found, np.int32(bits[p] & WITHOUT_SIGN))
    return found


def used(function, words, **options):
    compiled = numba.njit(**options)(function)
    compiled(np.ones(1000, np.float32))
    (code,) = compiled.inspect_asm().values()
    found = [bool(re.search(rf"\b{word}\b.*ymm", code)) for word in words]
    print(function.__name__, options, dict(zip(words, found)))
    return found


print("numba", numba.__version__, "numpy", np.__version__)
ok = used(total, ["vaddps"], fastmath=True) == [True]
for function in (by_max, by_if, by_numpy):
    for fastmath in (False, True, {"nnan", "nsz"}):
        ok &= used(function, ["vmaxps", r"vcmp\w*ps"], fastmath=fastmath) == [False, False]
ok &= used(of_bits, ["vpmaxsd", "vpcmpgtq"]) == [False, True]
ok &= used(of_narrow_bits, ["vpmaxsd", "vpcmpgtq"]) == [True, False]
sys.exit(not ok)
PY
NUMBA_CPU_NAME=haswell "$work/venv/bin/python" "$work/largest.py"
