"""Steps as CUDA graphs: starting a small computation takes longer than doing it, and a graph starts them all at once.

The first time anything is done, it is done the usual way; the second time it is recorded, and from then on repeated.
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
"""Graphs that are kept, the newest: a whole batch has one and an epoch's last one another."""


class _Recording(NamedTuple, Generic[T]):
    graph: torch.cuda.CUDAGraph
    results: list[T]


class GraphReplay(Generic[T]):
    """Computations that are repeated: the same ones, on the same tensors, each time they are done the same way.

    They must not wait for the device. Their results are in tensors that the next time overwrites.
    """

    def __init__(self, device: torch.device) -> None:
        """``device`` is one of CUDA's."""
        self._device = device
        self._done: set[Hashable] = set()
        self._recordings: dict[Hashable, _Recording[T]] = {}
        self._streams: list[Any] = []
        """Used again each time, because libraries keep tens of megabytes for every one they have seen."""
        self._works = True

    def forget(self) -> None:
        """From now on it is other computations, or on other tensors."""
        self._done.clear()
        self._recordings.clear()

    def __call__(self, graph_key: Hashable, parts: Sequence[Callable[[], T]]) -> list[T]:
        """What each of ``parts`` returns; they do not depend on each other. Equal ``way``s stand for equal parts."""
        if not self._works:
            return [part() for part in parts]
        if graph_key not in self._done:
            # Libraries set themselves up at their first use, which cannot be recorded.
            self._done.add(graph_key)
            return [part() for part in parts]
        if graph_key not in self._recordings:
            try:
                recording = self._record(parts)
            except RuntimeError as error:
                self._works = False
                # Nothing was done yet: while a graph is recorded, computations are only noted.
                warnings.warn(
                    f"Training continues more slowly: its steps cannot be recorded as a CUDA graph ({error}).",
                    stacklevel=1,
                )
                return [part() for part in parts]
            # Only now, because the new one uses the old one's memory.
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
