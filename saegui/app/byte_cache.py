"""What was used last, kept so that coming back to it costs nothing, within a bound of memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

LIMIT = 256 * 2**20
"""Bytes. Snapshots are from 0.1 to 400 MB: a count alone would bound nothing."""


class ByteLRU(Generic[Key, Value]):
    """The values used last, as many as ``limit`` bytes hold; the newest stays however large it is."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._found: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._found)

    def get(self, key: Key) -> Value | None:
        """What was kept for ``key``, used again by this; None when it is gone."""
        if key not in self._found:
            return None
        self._found.move_to_end(key)
        return self._found[key][0]

    def put(self, key: Key, value: Value, size: int) -> None:
        """Keep ``value``, which takes ``size`` bytes; what was not used for longest gives way."""
        if key in self._found:
            self._bytes -= self._found.pop(key)[1]
        self._found[key] = value, size
        self._bytes += size
        while self._bytes > self._limit and len(self._found) > 1:
            self._bytes -= self._found.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Keep nothing."""
        self._found.clear()
        self._bytes = 0
