"""How fast a training goes."""

from __future__ import annotations

from collections import deque

from saegui.core.runs.history import StepResult

SECONDS = 2.0


class TrainingRate:
    """Images per second over the last two seconds of training time, of which pauses are no part."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, int]] = deque()

    def add(self, step: StepResult) -> None:
        """A step was made."""
        recent = self._recent
        recent.append((step.seconds, step.images))
        while recent[-1][0] - recent[0][0] > SECONDS:
            recent.popleft()

    def clear(self) -> None:
        """Another training begins."""
        self._recent.clear()

    @property
    def value(self) -> float:
        """Images per second; 0 before the second step."""
        if len(self._recent) < 2:
            return 0.0
        seconds = self._recent[-1][0] - self._recent[0][0]
        images = sum(count for _, count in list(self._recent)[1:])
        return images / seconds if seconds > 0 else 0.0
