"""Undo: what the user did last, whichever panel it was in, is what is undone first."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

MOST_STEPS = 500
"""Older steps are forgotten."""


class Step(QUndoCommand):
    """Something that was done, with the functions that undo and repeat it.

    Each of them returns whether it could. Where it could not, it has said why, and the step is dropped.
    """

    def __init__(
        self, text: str, undo: Callable[[], bool], redo: Callable[[], bool], panel: str = ""
    ) -> None:
        """``text``: what follows *Undo* in the menu; ``panel``: the name of the panel that shows the change, if one does."""
        super().__init__(text)
        self.panel = panel
        self._undo, self._redo, self._done = undo, redo, True

    def replace(self, undo: Callable[[], bool], redo: Callable[[], bool]) -> None:
        """More of the same was done: undo and repeat it with these."""
        self._undo, self._redo = undo, redo

    def redo(self) -> None:
        if self._done:
            # Qt repeats a step when it is given one.
            self._done = False
        elif not self._redo():
            self.setObsolete(True)

    def undo(self) -> None:
        if not self._undo():
            self.setObsolete(True)


class Undo(QUndoStack):
    """Every step of one window, in the order in which they were made."""

    went = Signal(str)
    """A step was undone or repeated; the name of the panel that shows it, or nothing."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setUndoLimit(MOST_STEPS)

    def add(self, step: Step) -> Step:
        """Remember what was just done; returns the step."""
        self.push(step)
        return step

    def end(self) -> None:
        """Forget every step: the window closes. Of what is still added, a field that is left for instance, nobody hears any more."""
        self.clear()
        # When it is deleted with a step in it Qt says once more that the steps changed, and what listens would ask what is gone.
        self.blockSignals(True)

    @property
    def last(self) -> QUndoCommand | None:
        """The step that :meth:`undo` undoes, if there is one."""
        return self.command(self.index() - 1) if self.index() else None

    def undo(self) -> None:
        """Undo the last step."""
        step = self.last
        if step is not None:
            panel = getattr(step, "panel", "")
            super().undo()
            self.went.emit(panel)

    def redo(self) -> None:
        """Repeat the step that was undone last."""
        if self.canRedo():
            panel = getattr(self.command(self.index()), "panel", "")
            super().redo()
            self.went.emit(panel)
