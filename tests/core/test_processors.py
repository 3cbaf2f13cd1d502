"""How numpy is loaded: with one thread for its products first, with its share of the processors later."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from saegui.core import processors

CODE = """
import ctypes, os
from saegui.core import processors
processors.load_numpy()
blas = processors._numpy_blas()
count = ctypes.CDLL(str(blas)).scipy_openblas_get_num_threads64_ if blas else lambda: "none"
print(count(), os.environ.get("OPENBLAS_NUM_THREADS"))
processors.default_threads = lambda: 3
processors.share_numpy()
print(count())
"""


def said(**environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.split()


def test_numpy_starts_with_one_thread_and_gets_more_later() -> None:
    if processors._numpy_blas() is None:
        pytest.skip("numpy brings no OpenBLAS of its own here")
    assert said() == ["1", "None", "3"]


def test_the_user_s_own_number_of_threads_stands() -> None:
    if processors._numpy_blas() is None:
        pytest.skip("numpy brings no OpenBLAS of its own here")
    assert said(OPENBLAS_NUM_THREADS="2") == ["2", "2", "2"]
