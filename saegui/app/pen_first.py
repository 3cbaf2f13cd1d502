"""PenFirst: does short work right after the window has followed the pen, where it is not felt."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

from saegui.app.state import AppState


class PenFirst(QObject):
    """Does ``work`` whenever :meth:`ask` is called; while the pen moves, after its next movement has been painted.

    A pen movement that arrives during the work would have to wait for it. Right after a movement there is time for it,
    before the next one. So the work waits for the next movement, but no longer than until the next call of :meth:`ask`.
    """

    def __init__(self, state: AppState, work: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._work = state, work
        self._seen = state.drawing
        self._waiting = False
        # A timer without delay runs after everything that is waiting to be painted.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._do)
        state.image_changed.connect(self._image_changed)

    @Slot()
    def ask(self) -> None:
        """Do the work now or in a moment."""
        moves = self._state.drawing is not self._seen
        self._seen = self._state.drawing
        if moves and not self._waiting:
            self._waiting = True
        else:
            self._do()

    @Slot()
    def _image_changed(self) -> None:
        if self._waiting:
            self._soon.start(0)

    @Slot()
    def _do(self) -> None:
        self._soon.stop()
        self._waiting = False
        self._work()
