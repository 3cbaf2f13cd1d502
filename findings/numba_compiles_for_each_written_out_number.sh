#!/usr/bin/env bash
# In numba, a function that compiled code calls with a number that is written out is compiled once more for each such number.
#
# Versions: numba 0.68.1, numpy 2.4.6, Python 3.11.
# Expected: `product(a, 1) + product(a, 2) + product(a, 3)` compiles `product` once, for whole numbers: it asks for no number by
#           numba.literally, and Python's own calls with 1, 2 and 3 compile it once.
# Seen:     called from compiled code it is compiled three times, for Literal[int](1), Literal[int](2) and Literal[int](3), and so is
#           all that it hands the number on to. Numbers in global names count as written out; those that are np.int64 do not. Of a
#           set of kernels in which two small functions were called with zeros, ones and block sizes, that was a third of what was
#           compiled, and a fifth of the time.
# Remedy:   keep such numbers as np.int64 in global names, and call with these.
# Exits non-zero when this changes. Needs Python 3.11 or newer and pip.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check numba==0.68.1 numpy==2.4.6
cat >"$work/written.py" <<'PY'
import sys

import numba
import numpy as np

ONE, TWO, THREE = 1, 2, 3
FIRST, SECOND, THIRD = np.int64(1), np.int64(2), np.int64(3)


def made():
    @numba.njit
    def inner(a, n):
        return a[0] * n

    @numba.njit
    def product(a, n):
        return inner(a, n) + 1

    return product, inner


def compiled(name, calls):
    product, inner = made()
    calls(product)(np.ones(2))
    found = [[str(signature[1]) for signature in each.signatures] for each in (product, inner)]
    print(f"{name}: {found[0]}; what it calls: {found[1]}")
    return [len(each) for each in found]


def written_out(product):
    return numba.njit(lambda a: product(a, 1) + product(a, 2) + product(a, 3))


def in_names(product):
    return numba.njit(lambda a: product(a, ONE) + product(a, TWO) + product(a, THREE))


def as_numpy(product):
    return numba.njit(lambda a: product(a, FIRST) + product(a, SECOND) + product(a, THIRD))


def by_python(product):
    return lambda a: product(a, 1) + product(a, 2) + product(a, 3)


print("numba", numba.__version__, "numpy", np.__version__)
found = [
    compiled("written out", written_out),
    compiled("in global names", in_names),
    compiled("in global names, as np.int64", as_numpy),
    compiled("from Python", by_python),
]
sys.exit(found != [[3, 3], [3, 3], [1, 1], [1, 1]])
PY
"$work/venv/bin/python" "$work/written.py"
