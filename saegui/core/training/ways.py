"""Which way of computing a step is the fastest on this machine: measured once for each kind of training, and kept.

What was measured is kept beside the settings (``ways.json``), because ways differ in the last digits of their sums: equal
trainings on one machine take the same one, and so give equal weights. Only what several threads took while other programs kept
the machine busy is measured again, as soon as it is idle when a training begins. A run keeps the way that it took, and a resumed
training takes it again.
"""

from __future__ import annotations

import json
import math
import os
import sys
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from saegui.core.config.schema import RunConfig
from saegui.core.errors import ConfigError, DivergedError, RunError
from saegui.core.families.registry import WITH_SEARCH
from saegui.core.files import paths
from saegui.core.runs.run import Run
from saegui.core.training import devices, kernels, stepping
from saegui.core.training.batches import Batch, Batches
from saegui.core.training.gradients.plan import (
    BY_LIMITS,
    DENSE,
    KERNELS,
    SPARSE_WAY,
    WAYS,
    Group,
    plan,
    takes_kernels,
)
from saegui.core.training.learner import Learner

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.training.kernels.inked import Inked

VARIABLE = "SAEGUI_WAY"
"""Environment variable that names the way for all trainings that begin."""
NAME = "ways.json"
COMPILING = "compiling for this processor, once for each kind of training: some fifteen seconds"
LEAST_WORK = 2e7
"""Latents times images of a training that is worth measuring: shorter ones last about as long as numba takes to load."""
SECONDS, TURNS = 0.03, 2
"""How long each way is measured, in so many turns; the shortest step counts, as other programs can only make it longer."""
ENOUGH = 1.0
"""Seconds of all ways after which there is no other turn: steps are then so long that one is a measurement."""
MOST_TOGETHER = 4
"""Of more models that step together, so many are measured."""
MOST_LATENTS = 4096
"""Of more latents, so many are measured, with a k that is smaller by as much: all parts of a step are then shorter alike, nobody waits
for seconds, and the measurement needs less memory than the training."""
SMALL = 2**18
"""Weights up to which a model's step is one thread's: of a larger one, threads share the images and the latents."""
_SEED = 0
"""Of the images that are measured with."""
IDLE, PROBED = 0.9, 0.03
"""The share of a processor that each thread gets where nobody else wants it, and the seconds in which that is seen."""


class _Kept(NamedTuple):
    """What is known of a kind of training."""

    way: str
    busy: bool
    """Whether other programs kept the machine busy when it was measured."""
    seconds: dict[str, float]
    """What the shortest step took, by way."""


def groups(
    configs: Sequence[RunConfig],
    models: Sequence[dict[str, Tensor]],
    batch: int,
    batches: Batches,
    way: str,
    lists: Callable[[], Inked] | None = None,
    threads: int | None = None,
) -> list[Group]:
    """What computes the steps of ``models`` in this ``way``, those that cannot take it in the fastest that they can.

    ``lists`` of another batch than the one that ``batches`` handed out last. ``threads`` that kernels use; None for
    :func:`~saegui.core.training.devices.kernel_threads`.
    """
    found = plan(configs, models, batch, batches.zeros, way)
    if way != KERNELS:
        return found
    from saegui.core.training.kernels.fused import FusedStep
    from saegui.core.training.kernels.plan import Scratch
    from saegui.core.training.kernels.refined import RefinedStep
    from saegui.core.training.kernels.small_refined import SmallRefinedStep

    able = [
        index
        for index, (config, weights) in enumerate(zip(configs, models, strict=True))
        if takes_kernels(config, weights)
    ]
    small = [index for index in able if models[index]["W_dec"].numel() <= SMALL]
    # Each thread does whole steps of one model after the other, where there is one for each.
    beside = set(small) if len(small) >= (threads or devices.kernel_threads()) > 1 else set()
    scratch = Scratch() if len(able) > 1 else None
    for index in able:
        alone = 1 if index in beside else threads
        refinements = configs[index].refinements
        weights, listed = models[index], lists or batches.lists
        step: FusedStep | RefinedStep | SmallRefinedStep
        if refinements:
            refined = SmallRefinedStep if len(weights["W_dec"]) <= kernels.SMALL else RefinedStep
            step = refined(weights, batch, refinements, listed, alone, scratch)
        else:
            step = FusedStep(weights, batch, listed, alone, scratch)
        found.append(Group((index,), step, index in beside, step))
    return found


def fastest(configs: Sequence[RunConfig], weights: Sequence[dict[str, Tensor]], batches: Batches) -> str:
    """One of :data:`~saegui.core.training.gradients.plan.WAYS` for trainings that begin with these ``weights``.

    Raises:
        ConfigError: :data:`VARIABLE` names no way, or one that is not there.
    """
    if named := os.environ.get(VARIABLE):
        if named not in WAYS:
            raise ConfigError(f"{VARIABLE} is '{named}'; choose one of {', '.join(WAYS)}.")
        if named == KERNELS and not has_kernels():
            raise ConfigError(
                f"{VARIABLE} is {KERNELS}, but numba is not installed: pip install 'saegui[fast]'."
            )
        return named
    able = [index for index, config in enumerate(configs) if takes_kernels(config, weights[index])]
    work = sum(config.n_latents * config.epochs for config in configs) * batches.n_images
    if not able or work < LEAST_WORK:
        return BY_LIMITS
    able = able[:MOST_TOGETHER]
    known = _kept()
    found = _known([configs[index] for index in able], [weights[index] for index in able], batches, known)
    if found == KERNELS and not has_kernels():
        return BY_LIMITS
    return found


def compiles_first(config: RunConfig, n_images: int) -> bool:
    """Whether a training that begins is the first of its kind on this machine, and so waits for kernels to be compiled."""
    named = os.environ.get(VARIABLE) or KERNELS
    if named != KERNELS or config.arch not in WITH_SEARCH or config.precision != "float32":
        return False
    measured = os.environ.get(VARIABLE) or config.n_latents * config.epochs * n_images >= LEAST_WORK
    return bool(measured) and has_kernels() and not kernels.are_compiled(kernels.kind(config))


def _known(
    configs: Sequence[RunConfig],
    weights: Sequence[dict[str, Tensor]],
    batches: Batches,
    known: dict[str, _Kept],
) -> str:
    """What is ``known`` of these trainings, or is measured now and kept."""
    import torch

    threads = torch.get_num_threads()
    key = _key(configs, batches, threads)
    before = known.get(key)
    if before is not None and (not before.busy or _is_busy(threads)):
        return before.way
    # One thread's own time does not depend on others.
    busy = _is_busy(threads)
    seconds = _measured(configs, weights, batches, threads)
    devices.give_memory_back()
    if seconds is None:
        # The training itself says so at its first step.
        return BY_LIMITS
    busy = busy or _is_busy(threads)
    if before is not None and busy:
        return before.way
    known[key] = _Kept(min(seconds, key=lambda way: seconds[way]), busy, seconds)
    try:
        content = {name: each._asdict() for name, each in known.items()}
        paths.write_text(_file(), json.dumps(content, indent=1, sort_keys=True))
    except OSError:
        # Measured again, it might come out differently.
        return BY_LIMITS
    return known[key].way


def again(run: Run) -> str:
    """The way that ``run`` took, for a training that continues it; raises :class:`RunError` where it is not there."""
    if run.way is None:
        return BY_LIMITS
    if run.way not in WAYS:
        raise RunError(
            f"{run.path} was trained in a way that this saegui does not know ({run.way}); update saegui to resume it."
        )
    if run.way == KERNELS and not has_kernels():
        raise RunError(
            f"{run.path} was trained with compiled kernels, for which numba is missing; install it to resume its training: "
            "pip install 'saegui[fast]'."
        )
    return run.way


def threads_of(way: str) -> int:
    """How many threads steps may use that are computed in this ``way``."""
    import torch

    return devices.kernel_threads() if way == KERNELS else torch.get_num_threads()


def has_kernels() -> bool:
    """Whether numba is installed."""
    return find_spec("numba") is not None


def _file() -> Path:
    return paths.home() / NAME


def _kept() -> dict[str, _Kept]:
    """What was measured; nothing of what is damaged, or of an older saegui: it is then measured again."""
    try:
        found = json.loads(paths.read_text(_file()))
    except (OSError, ValueError, RecursionError):
        return {}
    pairs = found.items() if isinstance(found, dict) else ()
    return {key: kept for key, value in pairs if (kept := _checked(value)) is not None}


def _checked(value: Any) -> _Kept | None:
    if not isinstance(value, dict) or set(value) != set(_Kept._fields):
        return None
    way, busy, seconds = (value[name] for name in _Kept._fields)
    if not isinstance(way, str) or not isinstance(busy, bool) or not isinstance(seconds, dict):
        return None
    if not all(name in WAYS and _is_time(each) for name, each in seconds.items()):
        return None
    # What a thread measures of itself can be nothing; but what is kept is the least of what was measured.
    return _Kept(way, busy, seconds) if way in seconds and seconds[way] == min(seconds.values()) else None


def _is_time(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value) and value >= 0


def _key(configs: Sequence[RunConfig], batches: Batches, threads: int) -> str:
    """What a way's speed depends on, in words."""
    import torch

    config = configs[0]
    size = f"{config.arch} {config.n_latents} k {config.k} batch {config.batch_size} inputs of {batches.d_in}"
    size += f", {config.refinements} refinements" if config.refinements else ""
    if len(configs) > 1:
        size = (
            f"{len(configs)} or more together, the first {size}"
            if len(configs) == MOST_TOGETHER
            else f"{len(configs)} together, the first {size}"
        )
    kind = f"{batches.zeros:.1f} zero, pre-bias {config.pre_bias}, revival {config.revival}"
    machine = f"{devices.processor()}, {threads} threads, torch {torch.__version__}"
    # With another saegui, they may be faster.
    of_kernels = f"kernels {kernels.checksum()}" if has_kernels() else "no kernels"
    return f"{size}, {kind}, {of_kernels}, {machine}"


def _is_busy(threads: int) -> bool:
    """Whether other programs want the processors that so many threads would use; one thread's own time does not depend on them."""
    if threads == 1:
        return False
    shares: list[float] = []
    # Python holds no lock while it computes checksums.
    data = bytes(2**18)

    def work() -> None:
        wall, own = time.perf_counter(), time.thread_time()
        while time.perf_counter() - wall < PROBED:
            zlib.crc32(data)
        shares.append((time.thread_time() - own) / (time.perf_counter() - wall))

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return min(shares) < IDLE


def _measured(
    configs: Sequence[RunConfig], weights: Sequence[dict[str, Tensor]], batches: Batches, threads: int
) -> dict[str, float] | None:
    """Seconds of the shortest step of all models in each way, on copies of ``weights``; None where they diverge.

    One way after the other, so that there are never more copies than one training has.
    """
    import torch

    smaller = [_smaller(*each) for each in zip(configs, weights, strict=True)]
    configs, weights = [config for config, _ in smaller], [each for _, each in smaller]
    count = min(configs[0].batch_size, batches.n_images)
    batch = batches.sample(count, torch.Generator().manual_seed(_SEED))
    ways = (DENSE, SPARSE_WAY, *([KERNELS] if has_kernels() else []))
    least = dict.fromkeys(ways, math.inf)
    # What other programs take does not count where one thread does everything. On Windows that clock has 64 ticks a second.
    clock = time.thread_time if threads == 1 and sys.platform != "win32" else time.perf_counter
    started = time.perf_counter()
    for _ in range(TURNS):
        for way in ways:
            step = _stepping(configs, weights, batch, batches, way, threads)
            try:
                # Whatever is made or compiled at the first step is not measured.
                step()
                begun = time.perf_counter()
                while True:
                    before = clock()
                    step()
                    least[way] = min(least[way], clock() - before)
                    if time.perf_counter() - begun >= SECONDS / TURNS:
                        break
            except DivergedError:
                return None
        if time.perf_counter() - started > ENOUGH:
            break
    return least


def _smaller(config: RunConfig, weights: dict[str, Tensor]) -> tuple[RunConfig, dict[str, Tensor]]:
    """What is measured of a model: up to :data:`MOST_LATENTS`, and the k that most steps have."""
    F = min(config.n_latents, MOST_LATENTS)
    k = max(1, round(config.k * F / config.n_latents))
    of_latents = {
        "W_enc": weights["W_enc"][:, :F],
        "W_dec": weights["W_dec"][:F],
        "b_enc": weights["b_enc"][:F],
    }
    return config.model_copy(update={"n_latents": F, "k": k, "k_anneal": 0.0}), {**weights, **of_latents}


def _stepping(
    configs: Sequence[RunConfig],
    weights: Sequence[dict[str, Tensor]],
    batch: Batch,
    batches: Batches,
    way: str,
    threads: int,
) -> Callable[[], None]:
    """A step of copies of all models, as :class:`~saegui.core.training.joint_trainer.JointTrainer` does it."""
    import torch

    # In the order in memory that they have.
    own = [
        {name: weight.clone(memory_format=torch.preserve_format) for name, weight in each.items()}
        for each in weights
    ]
    made = groups(configs, own, len(batch.x), batches, way, _lists(len(batch.x), batches, way), threads)
    learners = [Learner(*each, batches) for each in zip(configs, own, strict=True)]
    parts = stepping.parts_of(batch, made, learners)

    def step() -> None:
        stepping.do_all(made, parts)
        for learner in learners:
            if learner.diverged is not None:
                raise learner.diverged

    return step


def _lists(count: int, batches: Batches, way: str) -> Callable[[], Inked] | None:
    """Of the sample of so many images, which is no batch of an epoch's."""
    if way != KERNELS or batches.lists is None:
        return None
    import torch

    from saegui.core.training.kernels.inked import listed

    images = batches.stored(count, torch.Generator().manual_seed(_SEED))
    found = listed(images.numpy(), 1 - batches.zeros).of(np.arange(count))
    return lambda: found
