"""What stands where there is nothing yet: one line of what this is, and one button for the next step."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from saegui.ui.theme.icons import icon
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD

OPEN_STARTER = "Open the starter run"
"""The next step where there is no model."""
ICON = 32
"""px of the icon above the sentence."""


class EmptyState(QWidget):
    """A sentence that says what will be here, below a muted icon, and at most one button for the next step."""

    def __init__(
        self,
        theme: Theme,
        picture: str,
        sentence: str,
        button: str = "",
        action: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """``picture`` is the name of an icon; empty: none."""
        super().__init__(parent)
        self._theme, self._name = theme, picture
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAD, PAD, PAD, PAD)
        layout.setSpacing(GAP)
        layout.addStretch(1)
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self.picture)
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.label.setProperty("muted", True)
        layout.addWidget(self.label)
        self.button = QPushButton()
        if action is not None:
            self.button.clicked.connect(action)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        self.say(sentence, button)
        layout.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self._recolour)
        self._recolour()

    def say(self, sentence: str, button: str = "") -> None:
        """Another sentence, and what its button is called; empty: there is none."""
        self.label.setText(sentence)
        self.button.setText(button)
        self.button.setVisible(bool(button))
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if button else Qt.FocusPolicy.NoFocus)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)

    def resizeEvent(self, event: object) -> None:
        # In a low panel the sentence has the room.
        self.picture.setVisible(bool(self._name) and self.height() >= 120)

    @Slot()
    def _recolour(self) -> None:
        if not self._name:
            return
        size = QSize(ICON, ICON)
        self.picture.setPixmap(
            icon(self._name, self._theme.tokens).pixmap(size, self.devicePixelRatioF(), QIcon.Mode.Disabled)
        )
