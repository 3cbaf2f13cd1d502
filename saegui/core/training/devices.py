"""What a training uses of the machine: threads and device; and importing torch without blocking the window."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from saegui.core import gc_pause
from saegui.core.errors import ConfigError, DeviceError, reason

if TYPE_CHECKING:
    from saegui.core.training.checkpoints import Checkpointer

MAX_THREADS = 1024
"""More threads are of no use, and OpenMP ends the whole process when it cannot start as many as it should."""
_all_for_kernels = False
DEVICES = ("auto", "cpu", "cuda", "mps")
"""The devices that can train; ``auto`` takes an accelerator if there is one."""


def processors() -> int:
    """How many processors this process may use: on a cluster fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """The processor's model name."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def default_threads() -> int:
    """All processors but one, which the window needs; PyTorch trains small models no slower for it."""
    return max(1, processors() - 1)


def use_threads(threads: int | None, *, windowless: bool = False) -> int:
    """Let torch use ``threads`` processors (default: :func:`default_threads`); returns how many.

    What torch computes is bit-identical only between trainings that ran with equal numbers of threads, so that number is the same with a
    window and without. What compiled kernels compute is so for any number: ``windowless``, they use all processors by default.

    Raises:
        ConfigError: for a number below one or above :data:`MAX_THREADS`.
    """
    count = default_threads() if threads is None else threads
    if not 1 <= count <= MAX_THREADS:
        raise ConfigError(f"--threads is {count}; it must be a whole number from 1 to {MAX_THREADS:,}.")
    import torch

    global _all_for_kernels
    _all_for_kernels = windowless and threads is None
    torch.set_num_threads(count)
    return count


def kernel_threads() -> int:
    """How many threads the steps of compiled kernels may use."""
    import torch

    return processors() if _all_for_kernels else torch.get_num_threads()


def share_with_numpy() -> None:
    """Let numpy's products use no more threads than torch does by default, and let these sleep soon; call it before numpy is imported.

    OpenBLAS, which computes them, keeps its threads busy for a tenth of a second after each product, waiting for another one; what
    trains meanwhile would get a processor less. What the user's environment says is left as it is.
    """
    if not {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"} & os.environ.keys():
        os.environ["OPENBLAS_NUM_THREADS"] = str(default_threads())
    # Binary logarithm of the processor's cycles: less than a millisecond.
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")


def give_memory_back() -> None:
    """Let the system have the memory that was freed: glibc keeps hundreds of megabytes of it, and takes more for what is larger."""
    # Other libraries of C have no such function.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def choose_device(name: str) -> str:
    """``cpu``, ``cuda`` or ``mps``, whichever ``name`` (one of :data:`DEVICES`) means on this machine.

    Raises:
        ConfigError: this machine does not have that accelerator.
    """
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return next(device for device, found in there.items() if found)
    if name not in there:
        raise ConfigError(f"--device is '{name}'; choose one of {', '.join(DEVICES)}.")
    if not there[name]:
        raise ConfigError(
            f"--device is {name}, which torch does not find on this machine; choose auto or cpu."
        )
    return name


@contextmanager
def failures_named(training: Checkpointer) -> Iterator[None]:
    """What an accelerator raises becomes a :class:`DeviceError`, and others may resume the run, on the processor for example.

    What torch raises on a processor is a mistake of the program, and stays as it is.
    """
    try:
        yield
    except RuntimeError as error:
        device = training.trainer.device
        if device == "cpu":
            raise
        training.release()
        raise DeviceError(
            f"The device {device} failed after step {training.trainer.steps:,} ({reason(error)}). {training.run.path} keeps "
            f"step {training.run.step:,}; resume its training on the processor (--device cpu)."
        ) from error


def load_torch() -> None:
    """Import torch, and block other threads as little as possible.

    Python holds its interpreter lock while it loads the libraries of an extension. For torch that takes half a second, in
    which the window would not react. A call through ctypes releases the lock, so on Linux the libraries are loaded that
    way first; elsewhere this is a plain import.
    """
    if "torch" not in sys.modules and sys.platform == "linux":
        spec = importlib.util.find_spec("torch")
        if spec is not None and spec.origin is not None:
            folder = Path(spec.origin).parent / "lib"
            dlopen = ctypes.CDLL(None).dlopen
            dlopen.restype, dlopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
            # In the order and modes that torch uses: CUDA's libraries must be global before the others look for them. If a
            # build lacks one of the files, the import below still works; it only blocks for longer.
            dlopen(bytes(folder / "libtorch_global_deps.so"), os.RTLD_GLOBAL | os.RTLD_NOW)
            dlopen(bytes(folder / "libtorch_python.so"), os.RTLD_LAZY)
    with gc_pause.paused():
        import torch  # noqa: F401
