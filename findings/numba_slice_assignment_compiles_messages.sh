#!/usr/bin/env bash
# In numba, one assignment of an array to a slice of another compiles some forty functions of strings, for seconds.
#
# Versions: numba 0.68.1, numpy 2.4.6, Python 3.11.
# Expected: `target[:] = source` compiles to a check of the lengths and a copy, like a loop with as many numbers.
# Seen:     a function with the loop compiles alone, in 0.1 s; the one with the slice compiles 37 others, in 2.8 s on the
#           same processor: the check says in words which shapes do not fit, and so formatting of tuples, concatenation of
#           strings and printing of integers are compiled with it. Kernels kept by cache=True do not share them: every
#           process that compiles one pays again. Writing one number into the slice (`target[:] = 0`) compiles nothing more.
# Remedy:   in kernels that are compiled at a user's machine, copy by a loop; it is as fast when it runs.
# Exits non-zero when this changes. Needs Python 3.11 or newer and pip.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check numba==0.68.1 numpy==2.4.6
cat >"$work/slices.py" <<'PY'
import sys
import time

import numba
import numpy as np
from numba.core import event


class Compiled(event.Listener):
    def __init__(self):
        self.names = []

    def on_start(self, started):
        self.names.append(started.data["dispatcher"].py_func.__name__)

    def on_end(self, ended):
        pass


@numba.njit
def first(target, source):
    return len(target) + len(source)


@numba.njit
def by_loop(target, source):
    for i in range(len(target)):
        target[i] = source[i]


@numba.njit
def of_a_number(target, source):
    target[:] = 0


@numba.njit
def by_slice(target, source):
    target[:] = source


numbers = np.zeros(8, np.float32), np.ones(8, np.float32)
first(*numbers)
counts = {}
for function in (by_loop, of_a_number, by_slice):
    compiled = Compiled()
    event.register("numba:compile", compiled)
    began = time.perf_counter()
    function(*numbers)
    seconds = time.perf_counter() - began
    event.unregister("numba:compile", compiled)
    name = function.py_func.__name__
    counts[name] = len(compiled.names)
    strings = sum("string" in each or "concat" in each or "code_point" in each for each in compiled.names)
    print(f"{name}: {len(compiled.names)} functions compiled, {strings} of strings by their names, {seconds:.2f} s")
sys.exit(not (counts["by_loop"] == counts["of_a_number"] == 1 and counts["by_slice"] > 20))
PY
"$work/venv/bin/python" "$work/slices.py"
