"""Progress that remembers what was reported, and gives the work up when asked."""

from __future__ import annotations

from collections.abc import Callable

from saegui.core.errors import Cancelled
from saegui.core.progress import Progress


class Watched(Progress):
    """``given_up`` is asked at every report."""

    def __init__(self, given_up: Callable[[], bool] = lambda: False) -> None:
        self._given_up = given_up
        self.reports: list[tuple[int, int, str]] = []

    @property
    def done(self) -> list[int]:
        return [done for done, _, _ in self.reports]

    @property
    def texts(self) -> list[str]:
        return [text for _, _, text in self.reports]

    def report(self, done: int, total: int, text: str = "") -> None:
        if self._given_up():
            raise Cancelled
        self.reports.append((done, total, text))
