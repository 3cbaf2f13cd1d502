"""What saegui may use of the machine: processors, and how numpy and torch are loaded, which both take their time."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

from saegui.core import collector
from saegui.core.errors import ConfigError

_BLAS = "libscipy_openblas64_*.so"
_BLAS_THREADS = "OPENBLAS_NUM_THREADS"

MAX_THREADS = 1024
"""More are never of use, and OpenMP ends the whole process when it cannot start as many as it was told to."""


def processors() -> int:
    """How many processors this process may use: on a cluster fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_threads() -> int:
    """All processors but one, which the window needs; torch's products lose nothing by it on small models."""
    return max(1, processors() - 1)


def use_threads(threads: int | None) -> int:
    """Let torch use ``threads`` processors (default: :func:`default_threads`); returns how many.

    Weights are bit-identical only between trainings that ran with equal numbers of threads.

    Raises:
        ConfigError: for a number below one or above :data:`MAX_THREADS`.
    """
    count = default_threads() if threads is None else threads
    if not 1 <= count <= MAX_THREADS:
        raise ConfigError(f"--threads is {count}; it must be a whole number from 1 to {MAX_THREADS:,}.")
    import torch

    torch.set_num_threads(count)
    return count


def load_numpy() -> None:
    """Import numpy with one thread for its products, until :func:`share_numpy` gives it more.

    To start its threads is half of the time that numpy's own OpenBLAS takes to load. Any other numpy, and one whose
    threads the user chose, is imported as ever.
    """
    if "numpy" in sys.modules or _BLAS_THREADS in os.environ or _numpy_blas() is None:
        return
    os.environ[_BLAS_THREADS] = "1"
    try:
        import numpy  # noqa: F401
    finally:
        # Other libraries read it too, and so would every process that is started from here.
        del os.environ[_BLAS_THREADS]
    _Numpy.alone = True


def share_numpy() -> None:
    """Let numpy's products use :func:`default_threads`, if :func:`load_numpy` kept them to one."""
    blas = _numpy_blas() if _Numpy.alone else None
    _Numpy.alone = False
    if blas is not None:
        ctypes.CDLL(str(blas)).scipy_openblas_set_num_threads64_(default_threads())


class _Numpy:
    alone = False
    """Whether its products have one thread because :func:`load_numpy` said so."""


def _numpy_blas() -> Path | None:
    """The OpenBLAS that numpy's wheels bring, on Linux."""
    spec = importlib.util.find_spec("numpy") if sys.platform == "linux" else None
    if spec is None or spec.origin is None:
        return None
    return next((Path(spec.origin).parents[1] / "numpy.libs").glob(_BLAS), None)


def load_torch() -> None:
    """Import torch without holding up other threads for longer than need be.

    Python keeps its interpreter lock while it loads an extension's libraries, which for torch takes half a second in
    which a window stands still. A call through ctypes gives the lock up, so on Linux the libraries are loaded that way
    first; elsewhere this is a plain import.
    """
    if "torch" not in sys.modules and sys.platform == "linux":
        spec = importlib.util.find_spec("torch")
        if spec is not None and spec.origin is not None:
            folder = Path(spec.origin).parent / "lib"
            dlopen = ctypes.CDLL(None).dlopen
            dlopen.restype, dlopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
            # In torch's own order and modes: CUDA's libraries must be global before the rest looks for them. A build
            # without one of the files is imported all the same, only less smoothly.
            dlopen(bytes(folder / "libtorch_global_deps.so"), os.RTLD_GLOBAL | os.RTLD_NOW)
            dlopen(bytes(folder / "libtorch_python.so"), os.RTLD_LAZY)
    with collector.paused():
        import torch  # noqa: F401
