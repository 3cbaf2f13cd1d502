"""Pieces of the train panel: the presets, what they are for, the buttons' row and the line of hints."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from saegui.core.presets import PRESETS
from saegui.ui.fields import Combo, FieldLabel
from saegui.ui.form import Form
from saegui.ui.theme import PAD, UNIT, Theme

CUSTOM = "custom"
"""What the presets show when the draft is none of them."""


class Presets(Combo):
    """The named configurations; *custom* is there only while it is true."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("preset")
        self.setAccessibleName("Preset")
        for preset in PRESETS.values():
            self.addItem(preset.name, preset.name)
            self.setItemData(self.count() - 1, preset.about, Qt.ItemDataRole.ToolTipRole)

    def show_name(self, name: str) -> None:
        """Show a preset, or *custom* for an empty name; nothing is emitted that a user did not do."""
        place = self.findData(CUSTOM)
        if name and place >= 0:
            self.removeItem(place)
        elif not name and place < 0:
            self.addItem(CUSTOM, CUSTOM)
        self.setCurrentIndex(self.findData(name or CUSTOM))


class About(QLabel):
    """What a preset is for. As high as the longest needs at this width, so that an edit moves no field."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("muted", True)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.setContentsMargins(FieldLabel.INDENT, 0, 0, 0)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        self.setFont(font)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        metrics, width = self.fontMetrics(), max(1, self.width() - FieldLabel.INDENT)
        flags = Qt.TextFlag.TextWordWrap
        heights = [
            metrics.boundingRect(0, 0, width, 999, flags, preset.about).height()
            for preset in PRESETS.values()
        ]
        self.setFixedHeight(max(heights))


class Scroll(QScrollArea):
    """Keeps room for the fields that are always in sight; scrolls only for the others."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(UNIT, 0, PAD, 0)
        self._column.addWidget(form)
        self._column.addStretch(1)
        self.setWidget(self._inside)
        self.verticalScrollBar().rangeChanged.connect(self._make_room)

    def sizeHint(self) -> QSize:
        return QSize(276, self._height())

    def minimumSizeHint(self) -> QSize:
        return QSize(
            self._inside.minimumSizeHint().width(), self._height() if not self._form.expanded else 160
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The fields need another height, as a sentence came or went: ask for it instead of scrolling.
        if watched is self._inside and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    @Slot(int, int)
    def _make_room(self, low: int, high: int) -> None:
        # The bar lies in the margin: the fields keep their width.
        bar = self.verticalScrollBar().sizeHint().width() if high > low else 0
        self._column.setContentsMargins(UNIT, 0, max(0, PAD - bar), 0)

    def _height(self) -> int:
        inside, width = self._inside, max(self.width(), 200)
        return inside.heightForWidth(width) if inside.hasHeightForWidth() else inside.sizeHint().height()


class ButtonRow(QWidget):
    """The buttons beside each other; each shows its name beside its icon where there is room for all."""

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(FieldLabel.INDENT, 0, 0, 0)
        self._row.setSpacing(UNIT)
        # The names must not keep the panel from being made narrow again.
        self._row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        self._tools: list[QToolButton] = []

    def add(self, button: QPushButton | QToolButton, stretch: int = 0) -> None:
        """Append a button."""
        self._row.addWidget(button, stretch)
        if isinstance(button, QToolButton):
            self._tools.append(button)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, self._row.minimumSize().height())

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        names = sum(self.fontMetrics().horizontalAdvance(tool.text()) + 44 for tool in self._tools)
        style = Qt.ToolButtonStyle
        wide = self.width() >= names + 120
        for tool in self._tools:
            tool.setToolButtonStyle(style.ToolButtonTextBesideIcon if wide else style.ToolButtonIconOnly)


class Hint(FieldLabel):
    """One line, shortened to fit; the tooltip has all of it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("", theme)
        self.full = ""
        self.setContentsMargins(FieldLabel.INDENT, 0, 0, 0)
        # Its room is kept when it is empty, so that nothing jumps.
        self.setMinimumHeight(self.fontMetrics().height())
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(self, text: str, details: str, *, bar: bool = False, dot: bool = False) -> None:
        """Show ``text`` with the bar or the dot of the fields it speaks of; ``details`` is the tooltip."""
        self.full, self.live = text, dot
        self.setToolTip(details)
        self.setAccessibleName(text)
        self.set_marks(differs=bar, restarts=False)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.contentsRect().width()
        self.setText(self.fontMetrics().elidedText(self.full, Qt.TextElideMode.ElideRight, room))
