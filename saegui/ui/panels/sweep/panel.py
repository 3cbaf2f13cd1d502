"""The panel *Sweep*: how far the training of many runs is, what came out of it, and the best run so far."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from saegui.app.nouns import said
from saegui.app.services import Services
from saegui.app.settings import choice
from saegui.core.runs.run import Run
from saegui.ui.panels.panel import Panel, Place
from saegui.ui.panels.sweep import content
from saegui.ui.panels.sweep.best_view import BestTiles
from saegui.ui.panels.sweep.chart_view import ChartView
from saegui.ui.panels.sweep.content import Chart
from saegui.ui.panels.sweep.head import SweepHead
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD
from saegui.ui.widgets.empty_state import EmptyState
from saegui.ui.widgets.fields import Combo
from saegui.ui.widgets.text import number

CHARTS = {
    "frontier": "MSE against L0",
    "variance": "Explained variance against k",
    "dead": "Dead share by size and initialisation",
    "alike": "Monosemanticity against k",
    "curves": "Curves: mean ± std",
}
CHART = choice("sweep/chart", "frontier", tuple(CHARTS))
METRICS = {"fvu": "FVU", "loss": "loss", "l0": "L0", "dead": "dead latents"}
METRIC = choice("sweep/metric", "fvu", tuple(METRICS))
EMPTY = "Train a run for each of several values of any parameter: which of them is best is shown here. Or open a folder of runs that is filled elsewhere."
WIDE = 620
"""px from which on the best run stands beside the chart."""
NO_DATA = "Monosemanticity is measured on the test inputs: load the data of these runs."
MEASURING = "Measuring the monosemanticity of each run…"
FRONTIER = (
    "On the frontier no other run has both a lower L0 and a lower MSE: its points are filled and joined."
)


class SweepPanel(Panel):
    """Shows what :class:`saegui.app.sweeps.SweepsControl` trains or watches."""

    name = "sweep"
    title = "Sweep"
    help = "Many runs that differ in a few values: how far they are, and what came out of them"
    place = Place("middle", 1.8, tabbed=True)
    topics = ("training",)
    figures = (
        "mse-by-l0",
        "explained-variance-by-k",
        "dead-by-size",
        "monosemanticity-by-k",
        "mean-curves",
    )
    settings = (CHART, METRIC)

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.sweeps = services.sweeps
        self.folder = services.sweeps.folder
        self.head = SweepHead(services, theme)
        self.head.vary_asked.connect(self._vary)
        self.head.open_asked.connect(self._open_folder)
        self.reading = QLabel()
        self.best_name = QLabel()
        self.charts, self.metrics = Combo(), Combo()
        self.view = ChartView(theme)
        self.tiles = BestTiles(theme)
        self.open_best = QPushButton("Open")
        self.empty = EmptyState(theme, "curves", EMPTY, "Vary…", lambda: self.action_asked.emit("vary"))
        self._stale = True
        self._page = QWidget()
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._page)
        self._arrange()
        self._connect()
        services.exporter.together = lambda: self.folder.runs if self.isVisible() else ()
        self.refresh()

    # -- building -------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        choices = QHBoxLayout()
        choices.setSpacing(GAP)
        for box, titles, setting, name, tip in (
            (self.charts, CHARTS, CHART, "Chart", "What is shown of the runs"),
            (self.metrics, METRICS, METRIC, "Metric", "Which number the curves show"),
        ):
            for value, title in titles.items():
                box.addItem(title, value)
            box.setCurrentIndex(box.findData(self.services.settings.get(setting)))
            box.setAccessibleName(name)
            box.setToolTip(tip)
            choices.addWidget(box, 3 if box is self.charts else 1)
        # Without it, boxes that may grow no more would stand in the middle.
        choices.addStretch()
        self.charts.setMaximumWidth(320)
        self.metrics.setMaximumWidth(140)
        self.reading.setProperty("muted", True)
        self.reading.setWordWrap(True)
        self.reading.setAccessibleName("What is pointed at")
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addLayout(choices)
        left.addWidget(self.view, 1)
        left.addWidget(self.reading)
        best_head = QHBoxLayout()
        self.best_name.setWordWrap(True)
        self.best_name.setAccessibleName("Best run")
        self.open_best.setToolTip("Open this run")
        self.open_best.setAccessibleName("Open the best run")
        best_head.addWidget(self.best_name, 1)
        best_head.addWidget(self.open_best, 0, Qt.AlignmentFlag.AlignTop)
        self._right = QWidget()
        right = QVBoxLayout(self._right)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(GAP)
        right.addLayout(best_head)
        right.addWidget(self.tiles, 1)
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._body.setSpacing(PAD)
        self._body.addLayout(left, 3)
        self._body.addWidget(self._right, 2)
        column = QVBoxLayout(self._page)
        column.setContentsMargins(PAD, PAD, PAD, PAD)
        column.setSpacing(PAD)
        column.addWidget(self.head)
        column.addLayout(self._body, 1)

    def _connect(self) -> None:
        self.charts.activated.connect(self._chart_chosen)
        self.metrics.activated.connect(self._metric_chosen)
        self.view.pointed_at.connect(self._read)
        self.view.chosen.connect(self._chosen)
        self.open_best.clicked.connect(self._open_best)
        self.sweeps.changed.connect(self.refresh)
        self.sweeps.grown.connect(self._grown)
        self.sweeps.shown.connect(self.front_asked)
        self.folder.measured.connect(self._show_chart)
        self.folder.best_changed.connect(self._show_best)
        self.state.run_changed.connect(self._show_chart)
        self.state.dataset_changed.connect(self._show_chart)
        self.state.phase_changed.connect(self.head.refresh)

    @property
    def shown_figure(self) -> str:
        return dict(zip(CHARTS, self.figures, strict=True))[self.kind]

    @property
    def kind(self) -> str:
        """Which chart is shown: one of :data:`CHARTS`."""
        return str(self.charts.currentData())

    def first_stop(self) -> QWidget:
        # Not Stop, which the next press of Space would press.
        return self.charts if self.folder.path is not None else self.empty.button

    # -- what is shown --------------------------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Show everything again, now or when the panel is shown next."""
        self._stale = True
        self._pages.setCurrentWidget(self.empty if self.folder.path is None else self._page)
        if not self.isVisible():
            return
        self._stale = False
        self.head.refresh()
        self._show_chart()
        self._show_best()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.refresh()

    @Slot()
    def _grown(self) -> None:
        if self.isVisible():
            self.head.refresh()
            self._show_best()

    @Slot()
    def _show_chart(self) -> None:
        if not self.isVisible() or self.folder.path is None:
            return
        self.metrics.setVisible(self.kind == "curves")
        self.view.setAccessibleName(CHARTS[self.kind])
        self.view.show_chart(self._chart(), self.state.run)

    def _chart(self) -> Chart:
        folder, metric = self.folder, str(self.metrics.currentData())
        if self.kind == "curves":
            folder.ask_means()
            return content.of_curves(folder.means, metric, METRICS[metric])
        if self.kind == "alike":
            return self._alike()
        made = {"frontier": content.of_frontier, "variance": content.of_variance, "dead": content.of_dead}
        return made[self.kind](folder.results)

    def _alike(self) -> Chart:
        folder, dataset = self.folder, self.state.dataset
        unknown = [
            each for each in folder.results.found if each.k is not None and each.monosemanticity is None
        ]
        if unknown:
            if dataset is None or dataset.name != unknown[0].config.dataset:
                return Chart(missing=said(self.state, NO_DATA))
            folder.ask_alike(dataset)
            if folder.measuring and len(unknown) == len(folder.results.found):
                return Chart(missing=MEASURING)
        return content.of_alike(folder.results)

    @Slot(str)
    def _read(self, words: str) -> None:
        """Say what is pointed at, else what the chart is."""
        chart = self.view.chart
        if not words and not chart.missing:
            words = (
                FRONTIER
                if self.kind == "frontier"
                else "Point at a run to read its numbers; click it to open it."
            )
        self.reading.setText(words)
        self.view.setAccessibleDescription(f"{words} Left and Right go from run to run, Enter opens one.")

    @Slot()
    def _show_best(self) -> None:
        if not self.isVisible():
            return
        live, kept = self.sweeps.best, self.folder.best
        self.folder.ask_best()
        if live is not None and self.sweeps.busy:
            name, snapshot = content.varied_in(live.training), live.snapshot
            told = f"MSE {number(live.test.loss)}, L0 {live.test.l0:.1f}"
        elif kept is not None:
            described = {each.folder: each for each in self.folder.trainings}
            training = described.get(kept.run.path.name)
            name = kept.run.name if training is None else content.varied_in(training)
            snapshot = kept.snapshot
            told = f"MSE {number(kept.mse)}, L0 {kept.l0:.1f}"
        else:
            self._right.setVisible(False)
            return
        self._right.setVisible(True)
        so_far = " so far" if self.sweeps.busy else ""
        self.best_name.setText(f"Smallest MSE{so_far}: {name} · {told}")
        self.tiles.show_snapshot(snapshot)
        self.tiles.setAccessibleDescription(f"{name}, {told}")
        self.open_best.setVisible(kept is not None and not self.sweeps.busy)

    # -- what a user does -----------------------------------------------------------------------------------------

    @Slot(int)
    def _chart_chosen(self, index: int) -> None:
        self.services.settings.set(CHART, self.charts.itemData(index))
        self._show_chart()

    @Slot(int)
    def _metric_chosen(self, index: int) -> None:
        self.services.settings.set(METRIC, self.metrics.itemData(index))
        self._show_chart()

    @Slot()
    def _vary(self) -> None:
        self.action_asked.emit("vary")

    @Slot()
    def _open_folder(self) -> None:
        self.action_asked.emit("open-run")

    @Slot()
    def _open_best(self) -> None:
        if self.folder.best is not None:
            self._open(self.folder.best.run.path)

    @Slot(object, QPoint)
    def _chosen(self, runs: tuple[Run, ...], place: QPoint) -> None:
        """Open the run that was clicked, or ask which of several."""
        if len(runs) == 1:
            self._open(runs[0].path)
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for run, name in zip(runs, content.names_of(runs), strict=True):
            menu.addAction(name).triggered.connect(lambda checked=False, path=run.path: self._open(path))
        menu.popup(place)

    def _open(self, path: Path) -> None:
        self.services.open_run(path)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.width() >= WIDE
        self._body.setDirection(
            QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        )
        self.head.refresh()

    def minimumSizeHint(self) -> QSize:
        return QSize(300, 240)
