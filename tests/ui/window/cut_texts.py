"""What of a window's texts has no room: titles, labels and buttons that are cut without saying the rest as a tooltip."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QFontMetrics, QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QScrollArea,
    QStyle,
    QStyleOptionComboBox,
    QToolButton,
    QWidget,
)

from saegui.ui.panels.latent.bars import BarChart
from saegui.ui.panels.latent.class_rows import ClassRows
from saegui.ui.widgets.fields import Combo


def cut_texts(root: QWidget) -> list[str]:
    """A line for each text in sight below ``root`` that is cut: what it is, and how much room it has."""
    found = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        for text, needed, room in _texts(widget):
            # A name of a run may be as long as its owner likes: then the tooltip has all of it.
            tip = widget.shown_tip if isinstance(widget, Combo) else widget.toolTip()
            whole = text.rstrip("…") in tip
            # Sentences about work that is under way end so, too; those that were cut fill their room.
            elided = text.endswith("…") and (needed > room * 0.85 or isinstance(widget, BarChart | ClassRows))
            elided = elided and isinstance(widget, QLabel | BarChart | ClassRows) and needed > 20
            if (needed > room + 1 or elided) and not (whole and len(tip) >= len(text)):
                found.append(
                    f"{type(widget).__name__} {widget.objectName()!r} {text!r}: {needed} px, has {room}"
                )
        if isinstance(widget, QLabel) and widget.text() and not _inside(widget, root):
            found.append(f"{type(widget).__name__} {widget.text()!r} reaches beyond what it stands in")
    return found


def _texts(widget: QWidget) -> Iterator[tuple[str, int, int]]:
    """Texts of a widget: each with the px that it needs and those that it has, across or, where it is wrapped, down."""
    metrics = QFontMetrics(widget.font())
    if isinstance(widget, QLabel) and widget.text():
        document = QTextDocument()
        document.setHtml(widget.text())
        words = document.toPlainText() if "<" in widget.text() else widget.text()
        inside = widget.contentsRect()
        if widget.wordWrap():
            yield words, widget.heightForWidth(widget.width()), widget.height()
        else:
            yield words, max(map(metrics.horizontalAdvance, words.split("\n"))), inside.width()
            yield words, metrics.height() * (words.count("\n") + 1) - 4, inside.height()
    elif isinstance(widget, QComboBox) and widget.currentText():
        option = QStyleOptionComboBox()
        widget.initStyleOption(option)
        field = widget.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, widget
        )
        yield widget.currentText(), metrics.horizontalAdvance(widget.currentText()), field.width()
    elif isinstance(widget, QAbstractButton) and widget.text():
        if not isinstance(widget, QToolButton) or widget.sizeHint().width() > 30:
            yield widget.text(), widget.sizeHint().width(), widget.width()
    elif isinstance(widget, BarChart | ClassRows):
        yield widget.caption, metrics.horizontalAdvance(widget.caption) * 11 // 13, widget.width()


def _inside(widget: QWidget, root: QWidget) -> bool:
    """Whether nothing but an area that scrolls hides a part of it."""
    box = QRect(QPoint(), widget.size())
    parent, at = widget.parentWidget(), QPoint(widget.pos())
    while parent is not None:
        box = QRect(at, widget.size())
        if isinstance(parent.parentWidget(), QScrollArea):
            return True
        if not parent.rect().adjusted(-1, -1, 1, 1).contains(box):
            return False
        at += parent.pos()
        parent = parent.parentWidget() if parent is not root else None
    return True
