"""What stands where there is nothing yet: one line of what this is, and one button for the next step."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD


class EmptyState(QWidget):
    """One line of what this is, at most one button for the next step, and a faint sketch of what will be here."""

    def __init__(
        self,
        theme: Theme,
        sentence: str,
        button: str = "",
        action: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        theme.changed.connect(self.update)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAD, PAD, PAD, PAD)
        layout.setSpacing(GAP)
        layout.addStretch(1)
        self.label = QLabel(sentence)
        self.label.setWordWrap(True)
        self.label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.label.setProperty("muted", True)
        layout.addWidget(self.label)
        self.button = QPushButton(button)
        if not button:
            self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.button.hide()
        if action is not None:
            self.button.clicked.connect(action)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)

    def paintEvent(self, event: QPaintEvent) -> None:
        # A quiet row of empty tiles at the top and the bottom says that pictures belong here.
        painter = QPainter(self)
        painter.setPen(QPen(self._theme.tokens.color("line", 0.7), 1))
        side, gap = 28, 8
        count = max(0, (self.width() - 2 * PAD) // (side + gap))
        left = (self.width() - count * (side + gap) + gap) / 2
        rows = [PAD, self.height() - PAD - side] if self.height() > 180 else []
        for top in rows:
            for index in range(count):
                painter.drawRoundedRect(
                    QRectF(left + index * (side + gap) + 0.5, top + 0.5, side, side), 3, 3
                )
