"""Which colour and shape is which class; a class that is pressed is shown alone, the others faintly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from saegui.core.figures import class_marks
from saegui.ui.panels.map import dots
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.pictures import to_image
from saegui.ui.widgets.text import without_common_start

WIDEST = 150
"""px of a class' button."""
ICON = 12


class Legend(QWidget):
    """A button a class, as many in a row as there is room for."""

    chosen = Signal(object)
    """The class to show alone; None: all."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._classes: tuple[str, ...] = ()
        self.buttons: list[QToolButton] = []
        self.setAccessibleName("Classes")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._recolour)

    @property
    def value(self) -> int | None:
        """The class that is shown alone."""
        pressed = [place for place, button in enumerate(self.buttons) if button.isChecked()]
        return pressed[0] if pressed else None

    def set_classes(self, classes: Sequence[str]) -> None:
        """Show these; none where there are too many."""
        if tuple(classes) == self._classes:
            return
        self._classes = tuple(classes)
        for button in self.buttons:
            button.deleteLater()
        names = without_common_start(classes) if 1 < len(classes) <= class_marks.MOST else ()
        self.buttons = [self._button(place, name) for place, name in enumerate(names)]
        self.setVisible(bool(names))
        self._recolour()
        self._arrange()

    def _button(self, place: int, name: str) -> QToolButton:
        made = QToolButton(self)
        made.setText(made.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, WIDEST - 40))
        made.setToolTip(f"{name}: press to show this class alone")
        made.setAccessibleName(f"Class {name}")
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        made.setIconSize(QSize(ICON, ICON))
        made.setCheckable(True)
        made.setProperty("chip", True)
        made.clicked.connect(partial(self._pressed, place))
        made.show()
        return made

    def _pressed(self, place: int) -> None:
        for other, button in enumerate(self.buttons):
            if other != place:
                button.setChecked(False)
        self.chosen.emit(self.value)

    def _recolour(self) -> None:
        for place, button in enumerate(self.buttons):
            button.setIcon(self._icon(place))

    def _icon(self, place: int) -> QIcon:
        """The dot of a class, as it is on the map, only larger."""
        tokens, ratio = self._theme.tokens, 2
        ground = QColor(tokens.panel).rgb()
        middle = np.array([ICON * ratio / 2])
        colour = np.array([QColor(tokens.classes[class_marks.colour_of(place)]).rgb()], np.uint32)
        shape = class_marks.SHAPES[class_marks.shape_of(place)]
        layer = dots.Layer(middle, middle, colour, 4.5 * ratio, shape)
        pixels = dots.picture(ICON * ratio, ICON * ratio, ground, [layer])
        picture = QPixmap.fromImage(to_image(pixels[..., None].view(np.uint8)))
        picture.setDevicePixelRatio(ratio)
        return QIcon(picture)

    def _arrange(self) -> None:
        x = y = 0
        height = max((button.sizeHint().height() for button in self.buttons), default=0)
        for button in self.buttons:
            width = button.sizeHint().width()
            if x and x + width > self.width():
                x, y = 0, y + height + UNIT
            button.setGeometry(QRect(x, y, width, height))
            x += width + UNIT
        self.setFixedHeight(y + height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
