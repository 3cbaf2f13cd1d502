"""Which moments of a training its run keeps: dense at the beginning, where most happens, then at ends of epochs."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from saegui.core.model.snapshot import Snapshot

MAX_SNAPSHOTS = 200
MAX_SNAPSHOT_BYTES = 128 * 2**20
"""At most this many snapshots and this many bytes are kept of one training, however long it is."""
SAVES = 32
"""Ends of epochs at which everything is saved. Whatever is kept beside them is one small file each."""
EARLY = 24
"""Snapshots within the first epoch, where there is room for twice as many in all."""


class Moments(NamedTuple):
    """The moments that are kept, beside the weights before the first step and the last ones."""

    early: tuple[int, ...]
    """Steps before the end of the first epoch, ascending."""
    every: int
    """Epochs from one to the next; the first one's end is among them only where this is 1."""
    save_every: int
    """Epochs from one to the next at whose end everything is saved, so that the training can be resumed from there."""

    def saves(self, epoch: int) -> bool:
        """Whether everything is saved at the end of ``epoch`` (1-based), however short it was."""
        return epoch % self.save_every == 0

    def keeps(self, epoch: int) -> bool:
        """Whether the weights at the end of ``epoch`` (1-based) are kept."""
        return epoch % self.every == 0


def moments(steps_per_epoch: int, epochs: int, n_bytes: int) -> Moments:
    """The moments of a training of ``epochs``, of which a kept snapshot takes ``n_bytes``."""
    count = max(2, min(MAX_SNAPSHOTS, MAX_SNAPSHOT_BYTES // n_bytes))
    early = early_steps(steps_per_epoch, min(EARLY, count // 2))
    return Moments(early, max(1, -(-epochs // (count - len(early)))), max(1, -(-epochs // SAVES)))


def early_steps(steps_per_epoch: int, count: int) -> tuple[int, ...]:
    """At most ``count`` steps of the first epoch before its end, ascending: 1, 2, 4, 8 …, and evenly between these.

    Where ``count`` does not hold all powers of two, some of them: the first and the last are always among them.
    """
    if steps_per_epoch - 1 <= count:
        return tuple(range(1, steps_per_epoch))
    powers = [2**power for power in range((steps_per_epoch - 1).bit_length())]
    chosen = set(spread(powers, count))
    room = count - len(chosen)
    chosen |= {math.ceil(steps_per_epoch * part / (room + 1)) for part in range(1, room + 1)}
    return tuple(sorted(chosen))


def spread(values: Sequence[int], count: int) -> list[int]:
    """``count`` of ``values``, evenly, the first and the last among them; all where there are not more."""
    if len(values) <= count:
        return list(values)
    if count < 2:
        return list(values[:count])
    return [values[round(place * (len(values) - 1) / (count - 1))] for place in range(count)]


def place_of(stops: Sequence[int], step: int) -> float:
    """Where ``step`` lies among ``stops`` (ascending, not empty), as a slider counts: 1.5 is half-way from the second to the third."""
    after = bisect_left(stops, step)
    if after == 0:
        return 0.0
    if after == len(stops):
        return float(after - 1)
    before = stops[after - 1]
    return after - 1 + (step - before) / (stops[after] - before)


def position(snapshot: Snapshot) -> str:
    """Where in its training a snapshot is: ``epoch 12 of 50 · step 2,820``."""
    epoch = f"{snapshot.epoch:.1f}".removesuffix(".0")
    return f"epoch {epoch} of {snapshot.config.epochs:,} · step {snapshot.step:,}"
