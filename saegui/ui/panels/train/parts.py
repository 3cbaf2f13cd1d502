"""Pieces of the train panel: the presets, what they are for, the buttons' row and the line of hints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from saegui.core.config.presets import PRESETS
from saegui.core.config.schema import RunConfig, parameter
from saegui.core.families.family import Family, Formulas
from saegui.core.families.registry import KINDS
from saegui.ui.panels.train.form import Form
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD, UNIT
from saegui.ui.widgets.fields import Combo, FieldLabel
from saegui.ui.widgets.styled import set_styled

LEAST_HEIGHT = 190
"""px that the fields insist on; where a window gives them no more, they scroll."""
POPUP = 420
"""px that the list of presets is wide: most sentences on what a preset is for then take one line or two."""

_LOSS, _FITTED = "Loss: {}", "scikit-learn: {}"
"""The line below the kind: of a baseline it has the class that fits it, and the tooltip the whole call."""

AUXK = "AuxK: the error of dead latents when they reconstruct what the other latents leave."

_WRAPPED = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


def smaller(font: QFont) -> QFont:
    """For what explains something else."""
    made = QFont(font)
    made.setPointSizeF(font.pointSizeF() * 0.9)
    return made


class _PresetRows(QStyledItemDelegate):
    """Name, and below it what the preset is for."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        height = option.fontMetrics.height()
        return QSize(
            POPUP, GAP + height + self._about(option, index, QRect(0, 0, POPUP - 2 * GAP - 2, 999)).height()
        )

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        role, box = QPalette.ColorRole, option.rect.adjusted(GAP, UNIT, -GAP, -UNIT)
        if chosen:
            painter.fillRect(option.rect, option.palette.color(role.Highlight))
        painter.setPen(option.palette.color(role.HighlightedText if chosen else role.Text))
        painter.setFont(option.font)
        painter.drawText(box, _WRAPPED, str(index.data()))
        painter.setPen(self._theme.tokens.color("on_accent" if chosen else "muted"))
        painter.setFont(smaller(option.font))
        box.setTop(box.top() + option.fontMetrics.height())
        painter.drawText(box, _WRAPPED, self._text(index))
        painter.restore()

    def _about(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex, room: QRect
    ) -> QRect:
        return QFontMetrics(smaller(option.font)).boundingRect(room, _WRAPPED, self._text(index))

    @staticmethod
    def _text(index: QModelIndex | QPersistentModelIndex) -> str:
        return str(index.data(Qt.ItemDataRole.ToolTipRole) or "")


class Beside(QToolButton):
    """A small button beside a field, or as high as it is, named after its action."""

    def __init__(self, field: QWidget, action: str, said: str, text: str, tip: str) -> None:
        super().__init__()
        self.setObjectName(action)
        self.setText(text)
        self.setProperty("bordered", True)
        self.setAccessibleName(said)
        self.setToolTip(tip)
        # No higher than the fields: the form fits at the smallest size that a window has.
        self.setFixedHeight(field.sizeHint().height())
        if len(text) == 1:
            self.setFixedWidth(28)


class Presets(Combo):
    """The named configurations, each with its sentence, and ``modern, changed`` only while it is true."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("preset")
        self.setAccessibleName("Preset")
        self.setMaxVisibleItems(len(PRESETS) + 1)
        self.view().setMinimumWidth(POPUP)
        self.setItemDelegate(_PresetRows(theme, self))
        for preset in PRESETS.values():
            self._add(preset.name, preset.about)

    def show_name(self, name: str) -> None:
        """Show a preset, or what else the settings are called; nothing is emitted that a user did not do."""
        for place in reversed(range(len(PRESETS), self.count())):
            if self.itemText(place) != name:
                self.removeItem(place)
        if self.findData(name) < 0:
            self._add(name, "Your own settings.")
        self.setCurrentIndex(self.findData(name))

    def _add(self, name: str, about: str) -> None:
        self.addItem(name, name)
        self.setItemData(self.count() - 1, about, Qt.ItemDataRole.ToolTipRole)
        self.setItemData(self.count() - 1, f"{name}: {about}", Qt.ItemDataRole.AccessibleTextRole)


class About(QLabel):
    """What a preset is for. As high as the longest needs at this width, so that an edit moves no field."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("muted", True)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.setContentsMargins(FieldLabel.INDENT, 0, 0, 0)
        self.setFont(smaller(self.font()))

    @property
    def texts(self) -> list[str]:
        """Everything that it may have to show."""
        return [preset.about for preset in PRESETS.values()]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = QRect(0, 0, max(1, self.width() - FieldLabel.INDENT), 999)
        heights = [self.fontMetrics().boundingRect(room, _WRAPPED, text).height() for text in self.texts]
        self.setFixedHeight(max(heights))


class Formula(About):
    """What the kind minimises, and in the tooltip how its code is made and whose it is."""

    def __init__(self) -> None:
        super().__init__()
        flag = Qt.TextInteractionFlag
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(flag.TextSelectableByMouse | flag.TextSelectableByKeyboard)
        # To be copied, not to be stopped at on the way from field to field.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName("Loss and code")
        self._shown: tuple[str, Formulas] | None = None

    @property
    def texts(self) -> list[str]:
        values = RunConfig(revival="auxk").model_dump()
        return [line_of(family, family.formulas({**values, "arch": kind})) for kind, family in KINDS.items()]

    def show_values(self, values: Mapping[str, Any]) -> None:
        """Show the formulas of a training with these parameters, which need not fit together."""
        kind, family = values["arch"], KINDS[values["arch"]]
        code, reconstruction, loss = found = family.formulas(values)
        if (kind, found) == self._shown:
            return
        self._shown = (kind, found)
        self.setText(line_of(family, found))
        arch = parameter("arch")
        title = arch.choice_titles[arch.choices.index(kind)]
        self.setToolTip(
            f"<b>{escape(title)}</b> ({escape(family.source)})<br>"
            f"Code: {escape(code)}<br>Reconstruction: {escape(reconstruction)}<br>{_FITTED.format(escape(loss)) if family.fitted else _LOSS.format(escape(loss))}"
            f"{f'<br>{AUXK}' if 'AuxK' in loss else ''}"
        )
        self.setAccessibleDescription(
            f"{'Fitted by' if family.fitted else 'Minimises'} {loss}. Code {code}. Reconstruction {reconstruction}. {family.source}."
        )


def line_of(family: Family, found: Formulas) -> str:
    """What is shown of the formulas of a kind without its tooltip."""
    return _FITTED.format(found.loss.partition("(")[0]) if family.fitted else _LOSS.format(found.loss)


class Scroll(QScrollArea):
    """Asks for room for the fields that are shown; scrolls as a whole where there is less."""

    def __init__(self, make_form: Callable[[QWidget], Form], parent: QWidget) -> None:
        """``make_form``: makes the form within the widget it is given. Moved there, each field would get its style again."""
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = QWidget(self.viewport())
        self.form = make_form(self._inside)
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(UNIT, 0, PAD, 0)
        self._column.addWidget(self.form)
        self._column.addStretch(1)
        self.setWidget(self._inside)
        self.verticalScrollBar().rangeChanged.connect(self._make_room)

    def sizeHint(self) -> QSize:
        return QSize(276, self._height())

    def minimumSizeHint(self) -> QSize:
        # Of one width, whether it scrolls or not: the bar lies in the margin, or is wider than it.
        margin = max(PAD, self.verticalScrollBar().sizeHint().width())
        width = self.form.minimumSizeHint().width() + UNIT + margin
        return QSize(width, min(self._height(), LEAST_HEIGHT))

    def show_from(self, widget: QWidget) -> None:
        """Scroll so that ``widget`` stands at the top, and what is below it can be seen."""
        # What was just shown has no place yet.
        for layout in (self.form.layout(), self._column):
            assert layout is not None
            layout.activate()
        self._inside.resize(self.viewport().width(), self._height())
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self._inside.height() - self.viewport().height()))
        bar.setValue(widget.mapTo(self._inside, QPoint(0, 0)).y())

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

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
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


class HintLine(FieldLabel):
    """One line, shortened to fit; the tooltip has all of it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("", theme)
        self.full = ""
        self.setContentsMargins(FieldLabel.INDENT, 0, 0, 0)
        # Its room is kept when it is empty, so that nothing jumps.
        self.setMinimumHeight(self.fontMetrics().height())
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(
        self, text: str, details: str, *, bar: bool = False, dot: bool = False, bad: bool = False
    ) -> None:
        """Show ``text`` with the bar or the dot of the fields it speaks of; ``details`` is the tooltip."""
        self.full, self.live = text, dot
        if bad != bool(self.property("problem")):
            set_styled(self, problem=bad, muted=not bad)
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


def tell(button: QPushButton | QToolButton, tip: str) -> None:
    """Explain a button, for eyes and for screen readers."""
    if tip:
        button.setAccessibleDescription(tip)
        button.setToolTip(f"{button.text()}: {tip[0].lower()}{tip[1:]}")
