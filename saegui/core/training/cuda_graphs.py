"""GraphReplay: records training steps as CUDA graphs and repeats them.

Starting a small computation takes longer than computing it; a graph starts all computations of a step at once. The first
step of a kind runs normally, the second is recorded, and later ones replay the recording.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    import torch

T = TypeVar("T")
MOST = 2
"""Graphs that are kept: one for whole batches, and one for the smaller last batch of an epoch."""


class _Recording(NamedTuple, Generic[T]):
    graph: torch.cuda.CUDAGraph
    results: list[T]


class GraphReplay(Generic[T]):
    """Runs computations that are repeated on the same tensors, by replaying a recording of them.

    They must not wait for the device. The next run overwrites the tensors that hold their results.
    """

    def __init__(self, device: torch.device) -> None:
        """``device`` is one of CUDA's."""
        self._device = device
        self._done: set[Hashable] = set()
        self._recordings: dict[Hashable, _Recording[T]] = {}
        self._streams: list[Any] = []
        """Reused, because libraries keep tens of megabytes for every stream that they have seen."""
        self._works = True

    def forget(self) -> None:
        """Drop all recordings: the computations or their tensors have changed."""
        self._done.clear()
        self._recordings.clear()

    def __call__(self, graph_key: Hashable, parts: Sequence[Callable[[], T]]) -> list[T]:
        """Run ``parts``, which do not depend on each other; returns what each returns. Equal keys mean equal parts."""
        if not self._works:
            return [part() for part in parts]
        if graph_key not in self._done:
            # Libraries initialise themselves when they are first used, which cannot be recorded.
            self._done.add(graph_key)
            return [part() for part in parts]
        if graph_key not in self._recordings:
            try:
                recording = self._record(parts)
            except RuntimeError as error:
                self._works = False
                # Nothing was computed yet: recording a graph does not run it.
                warnings.warn(
                    f"Training continues more slowly: its steps cannot be recorded as a CUDA graph ({error}).",
                    stacklevel=1,
                )
                return [part() for part in parts]
            # After recording, because the new graph uses the memory of the old ones.
            if len(self._recordings) == MOST:
                del self._recordings[next(iter(self._recordings))]
            self._recordings[graph_key] = recording
        found = self._recordings[graph_key]
        found.graph.replay()
        return found.results

    def _record(self, parts: Sequence[Callable[[], T]]) -> _Recording[T]:
        import torch

        # Not torch.cuda.graph, which may collect Python's garbage: that is for the window's thread to do.
        graph = torch.cuda.CUDAGraph()
        pool = next((recording.graph.pool() for recording in self._recordings.values()), None)
        while len(self._streams) < len(parts) + 1:
            self._streams.append(torch.cuda.Stream(self._device))  # type: ignore[no-untyped-call]
        first, *branches = self._streams[: len(parts) + 1]
        results = []
        torch.cuda.synchronize(self._device)
        with torch.cuda.device(self._device), torch.cuda.stream(first):
            # Other threads may use the device meanwhile.
            graph.capture_begin(pool=pool, capture_error_mode="thread_local")
            try:
                for branch, part in zip(branches, parts, strict=True):
                    branch.wait_stream(first)
                    with torch.cuda.stream(branch):
                        results.append(part())
                for branch in branches:
                    first.wait_stream(branch)
            except BaseException:
                with suppress(RuntimeError):
                    graph.capture_end()
                raise
            graph.capture_end()
        return _Recording(graph, results)
