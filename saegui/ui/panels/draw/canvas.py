"""The canvas: a sheet of paper to draw on with mouse, touch, pen tablet or keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QEnterEvent,
    QEventPoint,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPointingDevice,
    QTabletEvent,
    QTouchEvent,
    QUndoStack,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from saegui.core import strokes as pen
from saegui.core.arrays import Array
from saegui.core.strokes import Drawing, Stroke
from saegui.ui.panels.draw import canvas_paint
from saegui.ui.panels.draw.drawing_editor import ERASER_RADIUS, DrawingEditor, Tool
from saegui.ui.panels.draw.ink_layer import InkLayer
from saegui.ui.panels.draw.keys import ARROWS, HELP, KEY_STEP
from saegui.ui.panels.draw.palm import PalmGuard
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.pictures import SHADES, Shades

Device = Literal["mouse", "touch", "tablet", "keys"]

_TABBED = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class Canvas(QWidget):
    """A square sheet. Coordinates are canvas units: x right, y down, 0…1."""

    accessible_role = QAccessible.Role.Canvas

    strokes_changed = Signal()
    """:attr:`drawing` changed; at most once a frame, and when the pen is lifted."""
    tool_changed = Signal()
    picture_rubbed = Signal()
    """The eraser was used on a picture, which has no strokes: nothing happened."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, undo: QUndoStack | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sketch = DrawingEditor(self, undo)
        self._sketch.changed.connect(self.update)
        self._sketch.flushed.connect(self.strokes_changed)
        self._sketch.picture_rubbed.connect(self.picture_rubbed)
        self._tool: Tool = "pen"
        self._device: Device | None = None
        self._button = Qt.MouseButton.NoButton
        self._finger = 0
        self._palm = PalmGuard()
        self._layer = InkLayer()
        self._contribution: canvas_paint.Contribution | None = None
        self._pointer: QPointF | None = None
        self._cross = QPointF(0.5, 0.5)
        self._by_keys = False
        self._drop_target = False
        self._message, self.help = "", HELP
        self._shades = SHADES
        self._axes: Sequence[str] = ()
        self.setObjectName("canvas")
        self.setAccessibleName("Canvas")
        self.setAccessibleDescription(self.help)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self._show_cursor()
        theme.changed.connect(self._recolour)

    # -- what is drawn --------------------------------------------------------------------------------

    @property
    def undo_stack(self) -> QUndoStack:
        """Strokes, erase gestures, clears and pictures, among what else was given it."""
        return self._sketch.undo_stack

    @property
    def drawing(self) -> Drawing:
        """What is on it, with the stroke that is being drawn; the same object until something changes."""
        return self._sketch.drawing

    @property
    def strokes(self) -> list[Stroke]:
        """Those of :attr:`drawing`."""
        return list(self.drawing.strokes)

    @property
    def under_way(self) -> bool:
        """Whether a pen or an eraser is down."""
        return self._sketch.gesture is not None

    @property
    def tool(self) -> Tool:
        """What the left button does."""
        return self._tool

    def use(self, tool: Tool) -> None:
        """Take the pen or the eraser; a stroke that has begun keeps its own tool."""
        if tool != self._tool:
            self._tool = tool
            self._show_cursor()
            self.update()
            self.tool_changed.emit()

    def clear(self) -> None:
        """Blank paper; can be undone."""
        self._sketch.clear()

    def show_drawing(self, drawing: Drawing) -> None:
        """Show a drawing from elsewhere; can be undone."""
        self._sketch.show(drawing)

    def undo(self) -> None:
        """Undo the last change, or the stroke that is being drawn."""
        self._sketch.undo()

    def redo(self) -> None:
        """Redo the change that was undone last."""
        self._sketch.redo()

    def cancel(self) -> bool:
        """Undo the stroke that is being drawn or erased; False when there is none."""
        return self._sketch.cancel()

    # -- what lies over it ----------------------------------------------------------------------------

    def set_contribution(self, contribution: Array | None, label: str = "") -> None:
        """Lay signed ink in the image's shape over the drawing, exactly where the model sees it; None takes it away."""
        if contribution is None and self._contribution is None:
            return
        self._contribution = None if contribution is None else canvas_paint.Contribution(contribution, label)
        self.update()

    @property
    def message(self) -> str:
        """The sentence that is shown on the paper."""
        return self._message

    def set_shades(self, shades: Shades, axes: Sequence[str] = ()) -> None:
        """How a picture, and what a latent adds to it, are drawn; ``axes`` are the names of a vector's numbers."""
        if (shades, axes) != (self._shades, self._axes):
            self._shades, self._axes = shades, axes
            self.update()

    def set_message(self, message: str) -> None:
        """Say one sentence on the paper, instead of the invitation to draw; empty: nothing."""
        if message != self._message:
            self._message = message
            self.setAccessibleDescription(f"{message} {self.help}".strip())
            self.update()

    def set_drop_target(self, on: bool) -> None:
        """Show that what is dragged over here can be dropped."""
        self._drop_target = on
        self.update()

    def frame(self) -> QRectF | None:
        """The model's image on the canvas, in canvas units; None for blank paper and a lone dot."""
        if self.drawing.picture is not None:
            return canvas_paint.place_of(self.drawing.picture.shape)
        found = pen.frame(self.strokes)
        return QRectF(found.left, found.top, found.side, found.side) if found is not None else None

    # -- gestures: whatever the device, a tool goes down, moves and is lifted --------------------------

    def _down(self, tool: Tool, at: QPointF, device: Device, button: Qt.MouseButton) -> None:
        if self.under_way:
            return
        self._by_keys = device == "keys"
        self._sketch.begin(tool, self._to_canvas(at))
        if self.under_way:
            self._device, self._button = device, button

    def _moved(self, at: QPointF, device: Device) -> None:
        if self._is_from(device):
            self._sketch.extend(self._to_canvas(at))

    def _up(self) -> None:
        self._sketch.finish()

    def _is_from(self, device: Device) -> bool:
        return self.under_way and self._device == device

    def mousePressEvent(self, event: QMouseEvent) -> None:
        # Its button cannot go down twice: it was let go in between.
        self._end_lost("mouse", event.buttons() & ~event.button())
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            tool: Tool = "eraser" if event.button() == Qt.MouseButton.RightButton else self._tool
            self._down(tool, event.position(), "mouse", event.button())
        else:
            event.ignore()

    def _end_lost(self, device: Device, held: Qt.MouseButton) -> None:
        """End a stroke whose button is up although its release never came here: a dialog or another window had it."""
        if self._is_from(device) and not held & self._button:
            self._up()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(event.position())
        self._end_lost("mouse", event.buttons())
        self._moved(event.position(), "mouse")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._is_from("mouse") and event.button() == self._button:
            self._moved(event.position(), "mouse")
            self._up()

    def tabletEvent(self, event: QTabletEvent) -> None:
        self._point(event.position())
        self._palm.pen_seen()
        pressed = event.type() == QEvent.Type.TabletPress
        # The buttons that were down until now.
        held = event.buttons() & ~event.button() if pressed else event.buttons() | event.button()
        self._end_lost("tablet", held)
        if pressed:
            rubber = event.pointerType() == QPointingDevice.PointerType.Eraser
            rubber = rubber or event.button() == Qt.MouseButton.RightButton
            if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
                self._take_back_palm()
                self._down("eraser" if rubber else self._tool, event.position(), "tablet", event.button())
        else:
            self._moved(event.position(), "tablet")
            # A click of a barrel button ends nothing that the tip began.
            lifted = event.type() == QEvent.Type.TabletRelease and event.button() == self._button
            if lifted and self._is_from("tablet"):
                self._up()
        event.accept()

    def _take_back_palm(self) -> None:
        """The pen wins over the hand that holds it: a touch that came just before it is taken back."""
        if self._is_from("touch"):
            self.cancel()
        if not self.under_way and self._palm.drew(self.drawing):
            self._sketch.take_back()

    def _touch(self, event: QTouchEvent) -> None:
        """The first finger draws; further ones do nothing, and neither does a hand while the pen is near."""
        event.accept()
        if event.type() == QEvent.Type.TouchBegin and not self.under_way and not self._palm.pen_near:
            finger = event.points()[0]
            self._finger, self._pointer = finger.id(), None
            self._down(self._tool, finger.position(), "touch", Qt.MouseButton.NoButton)
        if not self._is_from("touch"):
            return
        if event.type() == QEvent.Type.TouchCancel:
            self.cancel()
            return
        for finger in event.points():
            if finger.id() == self._finger and finger.state() != QEventPoint.State.Stationary:
                self._moved(finger.position(), "touch")
                if finger.state() == QEventPoint.State.Released:
                    steps = self.undo_stack.index()
                    self._up()
                    if self.undo_stack.index() != steps:
                        self._palm.touch_drew(self.drawing)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QTouchEvent):
            self._touch(event)
            return True
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and self._wants(event):
            event.accept()
            return True
        return super().event(event)

    # -- the keyboard ---------------------------------------------------------------------------------

    def _wants(self, event: QKeyEvent) -> bool:
        """Keys that mean something here before they are a shortcut of the window."""
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.ShiftModifier,
        )
        keys = [*ARROWS, Qt.Key.Key_Space] + ([Qt.Key.Key_Escape] if self.under_way else [])
        return plain and event.key() in keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.redo()
        elif not self._wants(event):
            event.ignore()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancel()
        elif event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space()
        else:
            self._arrow(event)

    def _space(self) -> None:
        if self._is_from("keys"):
            self._up()
        else:
            self._down(self._tool, self._to_widget(self._cross), "keys", Qt.MouseButton.NoButton)
        self.update()

    def _arrow(self, event: QKeyEvent) -> None:
        self._by_keys = True
        step = KEY_STEP * (4 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        x, y = ARROWS[Qt.Key(event.key())]
        moved = QPointF(self._cross.x() + x * step, self._cross.y() + y * step)
        self._cross = QPointF(min(1, max(0, moved.x())), min(1, max(0, moved.y())))
        self._moved(self._to_widget(self._cross), "keys")
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_keys = self._by_keys or event.reason() in _TABBED
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if self._is_from("keys"):
            self._up()
        super().focusOutEvent(event)

    # -- looks ----------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(220, 220)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 120)

    @property
    def sheet(self) -> QRectF:
        """The paper: the largest square in the widget's middle, in px."""
        side = float(max(1, min(self.width(), self.height())))
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def _to_canvas(self, at: QPointF) -> tuple[float, float]:
        sheet = self.sheet
        return (at.x() - sheet.x()) / sheet.width(), (at.y() - sheet.y()) / sheet.height()

    def _to_widget(self, at: QPointF) -> QPointF:
        sheet = self.sheet
        return QPointF(sheet.x() + at.x() * sheet.width(), sheet.y() + at.y() * sheet.height())

    @property
    def _erasing(self) -> bool:
        return (self._sketch.gesture or self._tool) == "eraser"

    def _point(self, at: QPointF) -> None:
        """A pointer is over the canvas: the ring follows it, and the cross-hair is not needed."""
        self._pointer = at
        if self._by_keys and not self._is_from("keys"):
            self._by_keys = False
            self.update()
        if self._erasing:
            self.update()

    def _show_cursor(self) -> None:
        rubber = self._tool == "eraser"
        self.setCursor(Qt.CursorShape.BlankCursor if rubber else Qt.CursorShape.CrossCursor)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._point(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self.update()

    def hideEvent(self, event: QHideEvent) -> None:
        # A release that happens elsewhere never arrives here.
        self._up()

    @Slot()
    def _recolour(self) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(self.sheet.topLeft())
        look = self._look()
        canvas_paint.paint(painter, look)
        if look.strokes:
            self._sketch.painted()

    def _look(self) -> canvas_paint.CanvasLook:
        sketch, sheet = self._sketch, self.sheet
        keys = self._by_keys and self.hasFocus()
        at = self._to_widget(self._cross) if keys else self._pointer
        added = self._contribution if not self.under_way else None
        return canvas_paint.CanvasLook(
            tokens=self._theme.tokens,
            side=sheet.width(),
            ratio=self.devicePixelRatioF(),
            layer=self._layer,
            strokes=sketch.finished,
            live=sketch.live,
            erased=sketch.erased,
            picture=sketch.drawing.picture,
            shades=self._shades,
            axes=self._axes,
            title=sketch.drawing.title,
            message=self._message,
            contribution=added,
            frame=self.frame() if added is not None else None,
            ring=(at - sheet.topLeft()) if self._erasing and at is not None else None,
            ring_radius=ERASER_RADIUS,
            cross=self._cross if keys else None,
            focus=self.hasFocus(),
            drop_target=self._drop_target,
        )
