"""The curves panel: loss, FVU, L0 and dead latents while a run is trained, over those of compared runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from saegui.app.services import Services
from saegui.app.settings import Setting, choice, switch
from saegui.core.config.changes import text as change_text
from saegui.core.runs.history import History
from saegui.core.runs.overlay import Overlay
from saegui.core.runs.short_names import names_beside, telling_names
from saegui.ui.commands import Handler, view_menu
from saegui.ui.panels.curves.axes import CurvesAxis
from saegui.ui.panels.curves.crosshair import CurveReading, place_of, read
from saegui.ui.panels.curves.legend import Entry, Legend
from saegui.ui.panels.curves.sketch import Sketch
from saegui.ui.panels.panel import Panel, Place
from saegui.ui.theme.icons import icon
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD, UNIT
from saegui.ui.widgets.fields import Combo

if TYPE_CHECKING:
    from saegui.ui.panels.curves.curve_grid import CurveGrid

X_TITLES: dict[CurvesAxis, str] = {"step": "steps", "epoch": "epochs", "seconds": "seconds"}
"""What the curves may be drawn over, as the panel words it."""
X: Setting[CurvesAxis] = choice("curves/x", "epoch", get_args(CurvesAxis))
LOG = switch("curves/log", default=True)

PRESS_TRAIN = "Press Train: loss, FVU, L0 and dead latents are drawn here during the training."
NONE_KEPT = "No curves are kept with this run."
GROWING_MS = 100
"""Curves that grow are drawn again after this long at the soonest."""
_PER_LINE = 90
"""px of the panel's height for each line that the legend may take, of which there may always be two."""


class CurvesPanel(Panel):
    """Draws the state's history and overlays. Nothing of pyqtgraph is loaded before :meth:`build`."""

    name = "curves"
    title = "Curves"
    help = "Loss, FVU, L0 and dead latents during the training, with the runs that are compared"
    topics = ("comparison", "training")
    place = Place("left", 2, least=255, height=0.4)
    figures = ("curves",)
    settings = (X, LOG)
    specs = view_menu.CURVES

    view_changed = Signal()
    """The axis or :attr:`log` changed."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.grid: CurveGrid | None = None
        self.reading: CurveReading | None = None
        """What the headlines show: the values at the cross-hair, at the slider's step, or the latest ones."""
        self._metric = ""
        self._cursor: float | None = None
        self._marked: float | None = None
        """Where the slider's step is on the x axis; None for the newest."""
        self._stale = True
        self._behind = False
        self._drawn = (0, 0, 0.0)
        self._shown: list[tuple[History, int, bool]] = []
        """Which histories are drawn, in which colours, and which of them diverged."""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(GROWING_MS)
        self._rest.timeout.connect(self._rested)
        self.empty = Sketch(theme, "", PRESS_TRAIN, "Train", services.training.train)
        self._blank, self._page = QWidget(), QWidget()
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        for page in (self._blank, self.empty, self._page):
            self._pages.addWidget(page)
        self._column = QVBoxLayout(self._page)
        self._column.setContentsMargins(PAD - 2, GAP, PAD - 2, GAP)
        self._column.setSpacing(UNIT)
        self._make_controls()
        self.values = QLabel()
        """Step, epoch and seconds of :attr:`reading`."""
        self.values.setProperty("muted", True)
        self.values.setAccessibleName("Values of the curves")
        font = self.values.font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        self.values.setFont(font)
        self.legend = Legend(theme)
        self.legend.setAccessibleName("Legend")
        self._column.addWidget(self.values)
        self._column.addWidget(self.legend)
        services.exporter.shown_epochs = lambda: self.epochs
        self.state.history_changed.connect(self._grown)
        self.state.run_changed.connect(self._replaced)
        services.overlays.changed.connect(self._replaced)
        services.sweeps.curves_changed.connect(self._replaced)
        services.sweeps.grown.connect(self._sweep_grown)
        self.state.phase_changed.connect(self._choose_page)
        self.state.snapshot_changed.connect(self._mark)
        self.state.phase_changed.connect(self._mark)
        self._history = self.state.history
        self.retheme()
        self._choose_page()

    # -- public ---------------------------------------------------------------------------------------

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "curves-log": Handler(self.toggle_log, checked=lambda: self.log, changed=(self.view_changed,)),
            "curves-reset": Handler(self.reset_view),
            "curves-clear": Handler(
                self.clear_overlays,
                enabled=lambda: bool(self.others),
                changed=(self.services.overlays.changed, self.services.sweeps.curves_changed),
            ),
        }

    def build(self) -> None:
        """Load pyqtgraph and make the plots. Later calls do nothing."""
        if self.grid is not None:
            return
        from saegui.ui.panels.curves.curve_grid import CurveGrid

        self.grid = CurveGrid(self.theme)
        self.grid.set_log(self.log)
        self.grid.pointed.connect(self._pointed)
        self._column.insertWidget(1, self.grid, 1)
        # Made last, it would be reached by Tab apart from the controls above it.
        self.setTabOrder(self._whole_button, self.grid)
        self.refresh()

    @property
    def axis(self) -> CurvesAxis:
        """The horizontal axis of the curves: ``step``, ``epoch`` or ``seconds``."""
        return self.services.settings.get(X)

    def set_x(self, name: CurvesAxis) -> None:
        """Draw over steps, epochs or seconds, from now on.

        Raises:
            ValueError: for any other name.
        """
        self.services.settings.set(X, name)
        self._x_box.setCurrentIndex(self._x_box.findData(name))
        self.refresh()
        self.view_changed.emit()

    @property
    def others(self) -> tuple[Overlay, ...]:
        """The runs that are compared, and those of the sweep that is trained."""
        return (*self.services.overlays.all, *self.services.sweeps.overlays)

    @property
    def epochs(self) -> tuple[float, float] | None:
        """What part of the curves is in sight, for a figure of it; None for all."""
        if self.grid is not None and not self._stale:
            return self.grid.epochs
        return None

    @property
    def log(self) -> bool:
        """Whether loss and FVU are drawn logarithmically."""
        return self.services.settings.get(LOG)

    @Slot()
    def toggle_log(self) -> None:
        """Draw loss and FVU logarithmically, or no longer."""
        self.services.settings.set(LOG, not self.log)
        self._log_box.setChecked(self.log)
        if self.grid is not None:
            self.grid.set_log(self.log)
        self.view_changed.emit()

    @Slot()
    def reset_view(self) -> None:
        """Show every curve from its first point to its last; where that is in sight, only as far as the current run goes."""
        if self.grid is not None:
            self.grid.show_all()

    @Slot()
    def clear_overlays(self) -> None:
        """Take the other runs away."""
        self.services.sweeps.hide_curves()
        self.services.overlays.clear()

    @Slot()
    def refresh(self) -> None:
        """Draw everything again, now or when the panel is shown next."""
        self._choose_page()
        self._clear_button.setVisible(bool(self.others))
        self._history = self.state.history
        self._stale = True
        if self.grid is None or not self.isVisible():
            return
        self._stale = self._behind = False
        self._drawn = _position(self.state.history)
        self._shown = self._to_show()
        self.grid.show_runs(self.state.history, self.others, self.axis)
        self._mark()
        self._read()

    @Slot()
    def retheme(self) -> None:
        for button, name in ((self._clear_button, "clear"), (self._whole_button, "reset")):
            button.setIcon(icon(name, self.theme.tokens))
        if self.grid is not None:
            self.grid.recolour()
        self.update()

    # -- building -------------------------------------------------------------------------------------

    def _make_controls(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(GAP)
        self._x_box = Combo()
        for name, title in X_TITLES.items():
            self._x_box.addItem(title, name)
        self._x_box.setCurrentIndex(self._x_box.findData(self.axis))
        self._x_box.setAccessibleName("Horizontal axis")
        self._x_box.setToolTip("The horizontal axis of the curves")
        self._x_box.activated.connect(self._x_chosen)
        self._log_box = QCheckBox("log")
        self._log_box.setChecked(self.log)
        self._log_box.setAccessibleName("Logarithmic loss and FVU")
        self._log_box.setToolTip("Draw loss and FVU on a logarithmic axis")
        self._log_box.clicked.connect(self.toggle_log)
        self._clear_button = self._tool("Stop comparing", "Remove the curves of the compared runs")
        self._clear_button.clicked.connect(self.clear_overlays)
        self._whole_button = self._tool(
            "Whole curves",
            "Show every curve from its first point to its last; again: only as far as the current run goes "
            "(A, or a double click)",
        )
        self._whole_button.clicked.connect(self.reset_view)
        # On Linux a screen reader takes the name of a combo box from its label alone.
        caption = QLabel("Horizontal axis")
        caption.setBuddy(self._x_box)
        caption.hide()
        row.addWidget(caption)
        row.addWidget(self._x_box)
        row.addWidget(self._log_box)
        row.addStretch(1)
        row.addWidget(self._clear_button)
        row.addWidget(self._whole_button)
        self._x_box.setMaximumWidth(110)
        self._column.addLayout(row)

    @staticmethod
    def _tool(name: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setAccessibleName(name)
        button.setToolTip(tip)
        button.setIconSize(QSize(14, 14))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    # -- what changes ---------------------------------------------------------------------------------

    @Slot()
    def _choose_page(self) -> None:
        history = self.state.history
        empty = not (len(history.train["step"]) or len(history.test["step"]) or self.others)
        page = self._page if self.grid is not None else self._blank
        self._pages.setCurrentWidget(self.empty if empty else page)
        idle = self.state.phase == "idle"
        none_kept = f"{NONE_KEPT} " if idle and self.state.run is not None else ""
        self.empty.label.setText(none_kept + PRESS_TRAIN)
        self.empty.button.setEnabled(idle)

    @Slot()
    def _grown(self) -> None:
        if self.state.history is not self._history or self.grid is None or not self.isVisible():
            self.refresh()
            return
        self._choose_page()
        # Thirty times a second is more than an eye follows, and what the pen could feel.
        self._behind = _position(self.state.history) != self._drawn
        if self._behind and not self._rest.isActive():
            self._show_grown()
            self._rest.start()

    @Slot()
    def _sweep_grown(self) -> None:
        if self.grid is not None and self.isVisible() and not self._stale:
            self.grid.show_overlays(self.others)
            self._read()

    @Slot()
    def _rested(self) -> None:
        if self._behind:
            self._grown()

    def _show_grown(self) -> None:
        assert self.grid is not None
        self._behind, self._drawn = False, _position(self.state.history)
        self.grid.show_current(self.state.history)
        self._read()

    @Slot()
    def _replaced(self) -> None:
        drawn = self.grid is not None and not self._stale
        if drawn and self._to_show() == self._shown:
            # The same curves under other names, or a run that was saved: what part of them is in sight stays.
            self._show_grown()
            return
        self.refresh()

    def _to_show(self) -> list[tuple[History, int, bool]]:
        overlays = ((run.history, run.place, run.diverged) for run in self.others)
        return [(self.state.history, 0, False), *overlays]

    @Slot(int)
    def _x_chosen(self, index: int) -> None:
        self.set_x(self._x_box.itemData(index))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.legend.set_most_lines(max(2, self.height() // _PER_LINE))

    @Slot()
    def _mark(self) -> None:
        """Mark the step that the scrubber shows, unless it is the newest; a training's own is always the newest."""
        if self.grid is None:
            return
        snapshot, still = self.state.snapshot, self.state.phase in ("idle", "paused")
        found = (
            place_of(self.state.history, self.axis, snapshot.step) if snapshot is not None and still else None
        )
        self.grid.mark_at(found)
        if found != self._marked:
            self._marked = found
            self._read()

    # -- the cross-hair -------------------------------------------------------------------------------

    @Slot(str, object)
    def _pointed(self, metric: str, x: float | None) -> None:
        self._metric, self._cursor = metric, x
        self._read()

    def _read(self) -> None:
        """Show the values at the cross-hair, else at the step that the slider shows, else the latest ones."""
        if self.grid is None:
            return
        place = next((x for x in (self._cursor, self._marked) if x is not None), math.inf)
        self.reading = read(self.state.history, self.axis, place)
        self.grid.show_reading(self.reading)
        self.values.setText(self.reading.place if self.reading is not None else "")
        said = self.reading.text if self.reading is not None else ""
        changed = [
            f"epoch {change.epoch:.2f}: {change_text([change])}" for change in self.state.history.changes
        ]
        told = "Changed during the training, " + "; ".join(changed) if changed else ""
        self.values.setAccessibleDescription("\n".join(filter(None, (said, told))))
        self.values.setToolTip(told)
        entries = [Entry(0, False, "train"), Entry(0, True, "test")]
        overlays, run = self.others, self.state.run
        shown = [*overlays]
        if overlays and run is not None:
            shown.insert(0, Overlay.of(run, self.state.history))
        named = [other.named for other in shown]
        brief = ["this run", *names_beside(named[0], named[1:])] if named else []
        for overlay, name, less in zip(shown, telling_names(named), brief, strict=True):
            mark = " (this run)" if not overlay.place else " (diverged)" if overlay.diverged else ""
            value = self._value_at(overlay.history)
            if overlay.diverged:
                less += mark
            entries.append(Entry(overlay.place, False, f"{name}{mark}", value, f"{overlay.name}{mark}", less))
        self.legend.show_entries(entries)

    def _value_at(self, history: History) -> str:
        """What a run has at the cross-hair of the metric under the pointer: ``FVU train 0.312, test 0.301``."""
        if self._cursor is None or not self._metric:
            return ""
        found = read(history, self.axis, self._cursor)
        return found.text_of(self._metric) if found is not None else ""


def _position(history: History) -> tuple[int, int, float]:
    """How many points and changes there are, and the last step: what grows, also where a full history thins itself."""
    steps = history.train["step"]
    points = len(history.test["step"]) + len(history.changes)
    return len(steps), points, float(steps[-1]) if len(steps) else 0.0
