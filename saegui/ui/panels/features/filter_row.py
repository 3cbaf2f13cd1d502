"""What stands between the choices and the tiles: how many latents are shown, and the buttons that change that."""

from __future__ import annotations

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from saegui.app.services import Services
from saegui.core.analysis.latent_filter import parts
from saegui.ui.panels.features.filter_bar import FilterBar
from saegui.ui.panels.features.grid_order import GridOrder
from saegui.ui.theme.icons import icon
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.fitted_line import FittedLine
from saegui.ui.widgets.styled import set_styled


class FilterRow(QWidget):
    """The count of latents, *Sort again*, *Filter* with a button that clears it, and other widgets at the end.

    Below it the parts of the filter, while *Filter* is down.
    """

    def __init__(self, services: Services, order: GridOrder, theme: Theme, *others: QWidget) -> None:
        super().__init__()
        self._services, self._order, self._theme = services, order, theme
        self.summary = FittedLine()
        self.again, self.button, self.clear = QToolButton(), QToolButton(), QToolButton()
        self.bar = FilterBar(theme)
        self._build(others)
        self.button.toggled.connect(self.bar.setVisible)
        self.button.toggled.connect(self._show_filter)
        self.clear.clicked.connect(services.filter.clear)
        self.bar.changed.connect(services.filter.set)
        services.filter.changed.connect(self._show_filter)
        services.state.dataset_changed.connect(self._list_classes)
        for signal in (services.state.snapshot_changed, services.state.stats_changed):
            signal.connect(self._show_density)
        theme.changed.connect(self.recolour)
        self.recolour()
        self._list_classes()
        self._show_filter()

    def _build(self, others: tuple[QWidget, ...]) -> None:
        self.again.setText("Sort again")
        self.again.setToolTip(
            "The weights have changed since the tiles were sorted; they keep their places until you press this"
        )
        self.again.setProperty("bordered", True)
        self.again.hide()
        self.button.setCheckable(True)
        self.button.setProperty("bordered", True)
        self.clear.setToolTip("Show all latents (Esc)")
        self.clear.setAccessibleName("Clear filter")
        self.clear.setIconSize(QSize(14, 14))
        self.bar.hide()
        row = QHBoxLayout()
        row.setSpacing(UNIT)
        row.addWidget(self.summary, 1)
        for button in (self.again, self.button, self.clear):
            row.addWidget(button)
        row.addSpacing(GAP)
        for widget in others:
            row.addWidget(widget)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(UNIT)
        lines.addLayout(row)
        lines.addWidget(self.bar)

    def open(self) -> None:
        """Show the parts of the filter, with the keyboard in the first of them."""
        self.button.setChecked(True)
        next(iter(self.bar.chips.values())).setFocus()

    @Slot()
    def recolour(self) -> None:
        """Follow the theme."""
        self.clear.setIcon(icon("close", self._theme.tokens))

    @Slot()
    def _list_classes(self) -> None:
        dataset = self._services.state.dataset
        labelled = dataset is not None and dataset.has_labels
        self.bar.set_classes(tuple(dataset.classes) if dataset is not None and labelled else ())

    @Slot()
    def _show_density(self) -> None:
        if self.bar.isVisible():
            self.bar.set_density(self._services.state.density)

    @Slot()
    def _show_filter(self) -> None:
        """What the buttons say; a number says what their colour does."""
        value = self._services.filter.value
        facts = self._order.facts()
        count = len(parts(value, facts)) if facts is not None else int(bool(value))
        self.button.setText(f"Filter: {count}" if value else "Filter")
        said = "Show only some latents: by density, star, class or label (Ctrl+F)"
        if value:
            said = (
                f"{count} part{'s' * (count != 1)} of the filter {'are' if count != 1 else 'is'} on. {said}"
            )
        self.button.setToolTip(said)
        self.button.setAccessibleName("Filter")
        self.button.setAccessibleDescription(said)
        set_styled(self.button, filtering=bool(value))
        self.clear.setVisible(bool(value))
        self.bar.show_filter(value)
        self._show_density()
