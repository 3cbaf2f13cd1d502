"""The glossary: a list of terms that a search makes shorter, and what is said about the chosen one."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from saegui.app.exporting import Preview
from saegui.app.nouns import Naming
from saegui.app.services import Services
from saegui.app.state import NO_MODEL
from saegui.core.data.noun import INPUT, Noun
from saegui.core.figures import KINDS
from saegui.core.glossary import TERMS, Term, found, term
from saegui.ui.theme.tokens import PAD
from saegui.ui.widgets.fitted_picture import FittedPicture
from saegui.ui.widgets.titles import titled
from saegui.ui.window.drawing_dialog import DRAWING, DrawingDialog

LIST_WIDTH = 170
NOTHING_DRAWN = f"A figure of the model is shown here. {NO_MODEL}"
NOTHING = "No term is called so, and no explanation has it. A shorter part of the word finds more."


class GlossaryWindow(DrawingDialog):
    """It stays open beside the main window, so that what it explains can be looked at."""

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self._noun: Noun = INPUT
        self.setWindowTitle(titled("Glossary", parent))
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName("Search the glossary")
        self.search.setClearButtonEnabled(True)
        self.search.installEventFilter(self)
        self.terms = QListWidget()
        self.terms.setAccessibleName("Terms")
        self.text, self.caption, self.figure = QLabel(), QLabel(), FittedPicture()
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setAccessibleName("Explanation")
        self.caption.setProperty("muted", True)
        for label in (self.text, self.caption):
            label.setWordWrap(True)
        self.figure.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._arrange()
        self.search.textChanged.connect(self._list)
        self.terms.currentItemChanged.connect(self._show)
        services.state.run_changed.connect(self._draw)
        Naming(services.state, self._name_inputs, self)
        self._list()

    def open_at(self, name: str) -> None:
        """Show what is said about the term called ``name``."""
        self.search.clear()
        wanted = term(name).name
        (item,) = self.terms.findItems(
            wanted, Qt.MatchFlag.MatchFixedString | Qt.MatchFlag.MatchCaseSensitive
        )
        self.terms.setCurrentItem(item)

    @property
    def shown(self) -> Term | None:
        """The term that is explained; None where the search finds none."""
        item = self.terms.currentItem()
        return TERMS[item.text()] if item is not None else None

    def _arrange(self) -> None:
        left = QVBoxLayout()
        left.addWidget(self.search)
        left.addWidget(self.terms, 1)
        for part in (self.search, self.terms):
            part.setFixedWidth(LIST_WIDTH)
        right = QVBoxLayout()
        right.addWidget(self.text)
        right.addWidget(self.caption)
        right.addWidget(self.figure, 1)
        columns = QHBoxLayout()
        columns.addLayout(left)
        columns.addSpacing(8)
        columns.addLayout(right, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAD, PAD, PAD, PAD)
        layout.addLayout(columns, 1)
        layout.addWidget(buttons)
        self.resize(720, 560)

    def _name_inputs(self, noun: Noun) -> None:
        self._noun = noun
        self._explain()

    @Slot()
    def _list(self) -> None:
        shown = self.shown
        names = [each.name for each in found(self.search.text())]
        self.terms.blockSignals(True)
        self.terms.clear()
        self.terms.addItems(names)
        if names:
            keep = shown is not None and not self.search.text() and shown.name in names
            self.terms.setCurrentRow(names.index(shown.name) if keep and shown is not None else 0)
        self.terms.blockSignals(False)
        self._show()

    @Slot(QListWidgetItem)
    def _show(self, item: QListWidgetItem | None = None) -> None:
        self._explain()
        self._draw()

    def _explain(self) -> None:
        shown = self.shown
        if shown is None:
            self.text.setText(NOTHING)
            return
        formula = f"<p><i>{escape(self._noun.instead_of_input(shown.formula))}</i></p>"
        source = f"<p>Source: {escape(shown.cited)}.</p>"
        said = escape(self._noun.instead_of_input(shown.text))
        self.text.setText(f"<h3>{escape(shown.name)}</h3><p>{said}</p>{formula}{source}")

    @Slot()
    def _draw(self) -> None:
        self._give_up()
        self.figure.clear()
        shown = self.shown
        if shown is None:
            self.caption.clear()
            return
        exporter = self._services.exporter
        self._await(exporter.picture(shown.figure, method=shown.method) if self.isVisible() else None)
        self.caption.setText(NOTHING_DRAWN if self._job is None else DRAWING)

    def _show_drawn(self, seen: Preview) -> None:
        shown, run = self.shown, self._services.state.run
        if shown is None:
            return
        self.figure.show_png(seen.png)
        of = f" of “{run.name}”" if run is not None else ""
        self.caption.setText(f"{KINDS[shown.figure].title}{of}")
        self.figure.setAccessibleName(self.caption.text())

    def _refuse(self, sentence: str) -> None:
        self.caption.setText(sentence)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        # Enter in the search must not close the window.
        if not enter or isinstance(self.focusWidget(), QPushButton):
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._draw()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and Down in the search go through the list."""
        keys = (Qt.Key.Key_Up, Qt.Key.Key_Down)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in keys:
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            row = self.terms.currentRow() + step
            self.terms.setCurrentRow(max(0, min(self.terms.count() - 1, row)))
            return True
        return super().eventFilter(watched, event)
