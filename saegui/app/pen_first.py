"""When work that takes a few milliseconds is not felt: right after the window has followed the pen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

from saegui.app.state import AppState


class PenFirst(QObject):
    """Does ``work`` whenever :meth:`ask` is called; while the pen moves, once its last movement has been painted.

    A movement that comes while new weights are drawn waits for them. Between two movements there is room for both: so
    what is asked for waits for the next movement, and for no longer than until it is asked for once more.
    """

    def __init__(self, state: AppState, work: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._work = state, work
        self._seen = state.image
        self._waiting = False
        # Without a delay, and so after everything that is due to be painted.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._do)
        state.image_changed.connect(self._image_changed)

    @Slot()
    def ask(self) -> None:
        """Do the work now or in a moment."""
        moves = self._state.image is not self._seen
        self._seen = self._state.image
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
