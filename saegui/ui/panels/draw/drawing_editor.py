"""The drawing while it is made: gestures of a pen or an eraser, undo, and signals at most once a frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from weakref import WeakMethod

from PySide6.QtCore import QElapsedTimer, QObject, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from saegui.core import strokes as pen
from saegui.core.strokes import BLANK_DRAWING, PEN_WIDTH, Drawing, Stroke, as_stroke

Tool = Literal["pen", "eraser"]
Point = tuple[float, float]

FRAME_MS = 8
"""Half a frame of an ordinary screen, so that a movement is never held back for most of one by the movement before it."""
ERASER_RADIUS = 0.05
"""Canvas units; ink that the ring touches goes."""
CHUNK = 32
"""Points of a live stroke that become a finished part, so that only its end is painted again and again."""


@dataclass
class _Gesture:
    tool: Tool
    before: Drawing
    points: list[Point] = field(default_factory=list)
    chunks: list[Stroke] = field(default_factory=list)
    rubbed: int = 0
    """Points of an eraser's path that took effect already."""


class Change(QUndoCommand):
    """One step of the undo stack: a whole stroke, a whole erase gesture, a clear, another picture."""

    panel = "draw"
    """The panel that shows it."""

    def __init__(self, show: Callable[[Drawing], None], before: Drawing, after: Drawing, text: str) -> None:
        super().__init__(text)
        # Not held: the editor's stack holds this step, and a circle of objects, half of them Qt's, would be left to Python's
        # collector, which may take them apart in an order that Qt does not survive.
        self._show = WeakMethod(show)
        self._before, self._after = before, after

    def go_on(self, after: Drawing) -> None:
        """More of the same was done."""
        self._after = after

    def redo(self) -> None:
        self._shown(self._after)

    def undo(self) -> None:
        self._shown(self._before)

    def _shown(self, drawing: Drawing) -> None:
        if (show := self._show()) is not None:
            show(drawing)


class DrawingEditor(QObject):
    """A :class:`Drawing` that is worked on, without any widget. Points are kept within 0…1 (canvas units)."""

    changed = Signal()
    """Something must be painted again: any number of times a frame."""
    picture_rubbed = Signal()
    """An eraser was put on a picture, which has no strokes to erase: nothing happens."""
    flushed = Signal()
    """Tell the model: at most once a frame while a tool is down, and at once when it is lifted."""

    def __init__(self, parent: QObject | None = None, undo: QUndoStack | None = None) -> None:
        """``undo``: takes the changes; without one, the editor has its own."""
        super().__init__(parent)
        self.undo_stack = QUndoStack(self) if undo is None else undo
        self._last: Change | None = None
        self._drawing = BLANK_DRAWING
        self._gesture: _Gesture | None = None
        self._under_way: Drawing | None = None
        self._erased: QRectF | None = None
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._flush)
        self._since = QElapsedTimer()
        self._since.start()

    # -- what is there --------------------------------------------------------------------------------

    @property
    def drawing(self) -> Drawing:
        """What is on the canvas, with the stroke that is being drawn; the same object until something changes."""
        gesture = self._gesture
        if gesture is None or gesture.tool == "eraser":
            return self._drawing
        if self._under_way is None:
            self._under_way = Drawing((*self._drawing.strokes, as_stroke(gesture.points)))
        return self._under_way

    @property
    def gesture(self) -> Tool | None:
        """The tool that is down."""
        return self._gesture.tool if self._gesture is not None else None

    @property
    def finished(self) -> list[Stroke]:
        """Everything but :attr:`live`; pieces of the stroke that is being drawn are separate strokes."""
        return [*self._drawing.strokes, *(self._gesture.chunks if self._gesture is not None else ())]

    @property
    def live(self) -> list[Point]:
        """The newest end of the stroke that is being drawn."""
        gesture = self._gesture
        if gesture is None or gesture.tool == "eraser":
            return []
        # One point is shared with the piece before, so that there is no gap.
        return gesture.points[max(0, len(gesture.chunks) * CHUNK - 1) :]

    @property
    def erased(self) -> QRectF | None:
        """Where ink was rubbed out, and nothing else changed, since :meth:`painted` was called; None: anywhere."""
        return self._erased

    def painted(self) -> None:
        """The strokes have been painted as they are now."""
        self._erased = QRectF()

    # -- changes that can be undone -------------------------------------------------------------------

    def clear(self) -> None:
        """Blank paper."""
        self.cancel()
        if not self._drawing.empty:
            self._push(self._drawing, BLANK_DRAWING, "clear")

    def show(self, drawing: Drawing) -> None:
        """Show a drawing from elsewhere; a stroke that is being drawn is dropped."""
        before = self._gesture.before if self._gesture is not None else self._drawing
        if before.empty and drawing.empty:
            self._gesture, self._drawing = None, drawing
            return
        if self._goes_on(drawing):
            assert self._last is not None
            self._last.go_on(drawing)
            self._show(drawing)
        else:
            self._push(before, drawing, _name(drawing))

    def undo(self) -> None:
        """Undo the last change, or the stroke that is being drawn."""
        if not self.cancel():
            self.undo_stack.undo()

    def take_back(self) -> None:
        """Undo the last change of the drawing, unless something else was done since."""
        stack = self.undo_stack
        if stack.canUndo() and stack.command(stack.index() - 1) is self._last:
            stack.undo()

    def redo(self) -> None:
        """Redo the change that was undone last."""
        self.cancel()
        self.undo_stack.redo()

    def _goes_on(self, drawing: Drawing) -> bool:
        """Whether a text is typed on within a word: that is one step with what was typed of the word before."""
        before, stack = self._drawing, self.undo_stack
        if before.title or drawing.title or not before.text or drawing.text[:-1] != before.text:
            return False
        if before.text[-1].isspace() and not drawing.text[-1].isspace():
            return False
        return stack.index() == stack.count() > 0 and stack.command(stack.index() - 1) is self._last

    def _push(self, before: Drawing, after: Drawing, text: str) -> None:
        self._last = Change(self._show, before, after, text)
        self.undo_stack.push(self._last)

    def _show(self, drawing: Drawing) -> None:
        self._gesture = self._erased = self._under_way = None
        self._drawing = drawing
        self._flush()

    # -- gestures -------------------------------------------------------------------------------------

    def begin(self, tool: Tool, at: Point) -> None:
        """Put a tool down; ignored while another is down. A pen on a picture starts a fresh drawing."""
        if self._gesture is not None:
            return
        if tool == "eraser" and not self._drawing.drawn:
            self.picture_rubbed.emit()
            return
        self._gesture = _Gesture(tool, self._drawing)
        if tool == "pen" and not self._drawing.drawn:
            self._drawing, self._erased = BLANK_DRAWING, None
        self.extend(at)

    def extend(self, at: Point) -> None:
        """The tool that is down moved; every point is kept."""
        gesture = self._gesture
        if gesture is None:
            return
        point = (_clamp(at[0]), _clamp(at[1]))
        if gesture.points and gesture.points[-1] == point:
            return
        gesture.points.append(point)
        self._under_way = None
        if gesture.tool == "pen" and len(gesture.points) % CHUNK == 0:
            gesture.chunks.append(as_stroke(gesture.points[-CHUNK - 1 :]))
        self.changed.emit()
        if not self._timer.isActive():
            self._timer.start(max(0, FRAME_MS - int(self._since.elapsed())))

    def finish(self) -> None:
        """Lift the tool: the gesture becomes one step that can be undone."""
        gesture = self._gesture
        if gesture is None:
            return
        self._rub()
        if gesture.tool == "pen":
            self._push(gesture.before, self.drawing, "stroke")
        elif self._drawing is not gesture.before:
            self._push(gesture.before, self._drawing, "erase")
        else:
            self._show(gesture.before)

    def cancel(self) -> bool:
        """Undo the stroke that is being drawn or erased; False when there is none."""
        if self._gesture is None:
            return False
        self._show(self._gesture.before)
        return True

    def _rub(self) -> None:
        """Let the eraser take effect along the part of its path that is new."""
        gesture = self._gesture
        if gesture is None or gesture.tool != "eraser" or gesture.rubbed == len(gesture.points):
            return
        path = gesture.points[max(0, gesture.rubbed - 1) :]
        gesture.rubbed = len(gesture.points)
        before = self._drawing.strokes
        # Strokes have a width: cutting their middle lines this far away lets their round ends touch the ring.
        left = pen.erase(before, path, ERASER_RADIUS + PEN_WIDTH / 2)
        if len(left) != len(before) or any(a is not b for a, b in zip(left, before, strict=True)):
            kept = {id(stroke) for stroke in before}
            self._drawing = Drawing(tuple(s if id(s) in kept else as_stroke(s) for s in left))
            if self._erased is not None:
                self._erased = self._erased.united(_rubbed(path))

    @Slot()
    def _flush(self) -> None:
        self._timer.stop()
        self._since.restart()
        self._rub()
        self.changed.emit()
        self.flushed.emit()


def _name(drawing: Drawing) -> str:
    """What stands after *Undo* for a drawing from elsewhere."""
    if drawing.empty:
        return "clear"
    return drawing.title or ("text" if drawing.text else "drawing" if drawing.drawn else "picture")


def _rubbed(path: list[Point]) -> QRectF:
    """Where the eraser may have taken ink along ``path``: its ring, and the round ends that it cut."""
    reach = ERASER_RADIUS + PEN_WIDTH
    (left, right), (top, bottom) = ((min(axis), max(axis)) for axis in zip(*path, strict=True))
    return QRectF(left, top, right - left, bottom - top).adjusted(-reach, -reach, reach, reach)


def _clamp(value: float) -> float:
    return min(1.0, max(0.0, value))
