"""The time scrubber: every kept step of the current run, one slider stop each."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import QSignalBlocker, QSize, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from saegui.app.services import Services
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.moments import position
from saegui.ui.panels.features.playing import PlayButton
from saegui.ui.panels.features.time_slider import TimeSlider
from saegui.ui.theme.icons import icon
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT

LOAD_MS = 16
"""A drag loads the step it has come to at most once a frame; the steps that it passed in between are skipped."""

NARROW = 420
"""px: a narrower scrubber names the step alone."""

FOLLOWING = "Follows the training. Pause it to go back in time."
ONE_STEP = "Only one step of this run is kept: there is nothing to go back to."
NO_RUN = "Open or train a run to go through its training step by step."


class Scrubber(QWidget):
    """Shows any kept step while no training runs, and follows the newest step while one does."""

    changed = Signal()
    """:attr:`can_scrub` may have changed."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scrubbing, self._state, self._theme = services.scrubbing, services.state, theme
        self._kept: list[int] = []
        self._live: Snapshot | None = None
        self.stops: list[int] = []
        """Steps that can be shown: those on disk, and while a training is paused its newest."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LOAD_MS)
        self._timer.timeout.connect(self._load)
        self.first = self._button("first", "Start of training", "Alt+Home", self._go_first)
        self.previous = self._button("previous", "Earlier in training", "Alt+PgUp", self._go_previous)
        self.play = PlayButton(services.settings, theme)
        self.play.began.connect(self._play_begins)
        self.play.due.connect(self._play_on)
        self._plays_on = False
        self.slider = TimeSlider(theme)
        self.slider.setAccessibleName("Step of the training")
        self.slider.setPageStep(5)
        self.slider.valueChanged.connect(self._chosen)
        self.next = self._button("next", "Later in training", "Alt+PgDown", self._go_next)
        self.last = self._button("last", "End of training", "Alt+End", self._go_last)
        self.previous.setAutoRepeat(True)
        self.next.setAutoRepeat(True)
        self.label = QLabel()
        self.label.setAccessibleName("Shown step")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        for widget in (self.first, self.previous, self.play):
            layout.addWidget(widget)
        layout.addWidget(self.slider, 1)
        for widget in (self.next, self.last):
            layout.addWidget(widget)
        layout.addSpacing(GAP - UNIT)
        layout.addWidget(self.label)
        services.scrubbing.steps_changed.connect(self._steps_changed)
        services.state.snapshot_changed.connect(self._snapshot_changed)
        services.state.phase_changed.connect(self._phase_changed)
        services.state.history_changed.connect(self._mark_changes)
        theme.changed.connect(self._recolour)
        self._recolour()
        self._steps_changed()

    def _button(self, name: str, tip: str, keys: str, slot: object) -> QToolButton:
        button = QToolButton()
        button.setProperty("icon_name", name)
        button.setProperty("tip", f"{tip} ({keys})")
        button.setAccessibleName(tip)
        button.setIconSize(QSize(16, 16))
        button.clicked.connect(slot)
        return button

    @property
    def reason(self) -> str:
        """Why other steps cannot be shown now, as a sentence; empty when they can."""
        if self._state.snapshot is None:
            return NO_RUN
        if self._state.phase in ("training", "stopping"):
            return FOLLOWING
        return ONE_STEP if len(self.stops) < 2 else ""

    @property
    def can_scrub(self) -> bool:
        """Whether other moments of the training can be shown now."""
        return self._state.phase in ("idle", "paused") and len(self.stops) > 1

    # -- what the state says -------------------------------------------------------------------------------

    @Slot()
    def _steps_changed(self) -> None:
        kept = self._scrubbing.steps
        if kept != self._kept:
            self.play.stop()
        self._kept = kept
        self._refresh()

    @Slot()
    def _snapshot_changed(self) -> None:
        snapshot = self._state.snapshot
        newest = self._kept[-1] if self._kept else -1
        if self._state.busy and snapshot is not None and snapshot.step > newest:
            # Newer than what is on disk: after looking back, this is the only way to return to it.
            self._live = snapshot
        self._refresh()

    @Slot()
    def _phase_changed(self) -> None:
        if not self._state.busy:
            self._live = None
        if self._state.phase not in ("training", "stopping"):
            # What was kept meanwhile.
            self._kept = self._scrubbing.steps
        self._refresh()

    def _refresh(self) -> None:
        self.stops = list(self._kept)
        if self._live is not None and (not self.stops or self._live.step > self.stops[-1]):
            self.stops.append(self._live.step)
        snapshot, reason = self._state.snapshot, self.reason
        # A drag that has not been answered yet is ahead of what is shown.
        if not self._timer.isActive():
            place = bisect_right(self.stops, snapshot.step) - 1 if snapshot is not None else 0
            with QSignalBlocker(self.slider):
                self.slider.setRange(0, max(1, len(self.stops) - 1))
                self.slider.setValue(self.slider.maximum() if len(self.stops) < 2 else max(0, place))
        if snapshot is None:
            self.label.clear()
        else:
            self._say(snapshot)
        if reason:
            self.play.stop()
        self._mark_changes()
        self.slider.setEnabled(not reason)
        self.slider.setToolTip(reason or "Step of the training that every panel shows")
        self._enable_buttons()
        self.setToolTip(reason)
        self.changed.emit()

    @Slot()
    def _mark_changes(self) -> None:
        self.slider.show_stops(self.stops, self._state.history.changes)

    def _say(self, snapshot: Snapshot) -> None:
        # As wide as the longest it can become for this run, so that the slider stays still.
        epochs, step = snapshot.config.epochs, max([*self.stops, snapshot.step, 10_000])
        longest = f"epoch {epochs}.0 of {epochs:,} · step {step:,}"
        text = position(snapshot)
        if self.width() < NARROW:
            # The slider has the room; what is cut is in the tooltip.
            longest, text = f"step {step:,}", f"step {snapshot.step:,}"
        self.label.setText(text)
        self.label.setToolTip(position(snapshot))
        self.label.setMinimumWidth(self.label.fontMetrics().horizontalAdvance(longest))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._state.snapshot is not None:
            self._say(self._state.snapshot)

    def hideEvent(self, event: QHideEvent) -> None:
        self.play.stop()
        super().hideEvent(event)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, super().minimumSizeHint().height())

    def _enable_buttons(self) -> None:
        reason, place = self.reason, self.slider.value()
        self.play.setEnabled(not reason)
        self.play.setToolTip(reason or self.play.tip)
        for button, possible, end in (
            (self.first, place > 0, "This is the first kept step."),
            (self.previous, place > 0, "This is the first kept step."),
            (self.next, place < len(self.stops) - 1, "This is the last kept step."),
            (self.last, place < len(self.stops) - 1, "This is the last kept step."),
        ):
            button.setEnabled(possible and not reason)
            button.setToolTip(reason or (button.property("tip") if possible else end))

    # -- what the user asks for ----------------------------------------------------------------------------

    @Slot()
    def _go_first(self) -> None:
        self.slider.setValue(0)

    @Slot()
    def _go_previous(self) -> None:
        self.slider.setValue(self.slider.value() - 1)

    @Slot()
    def _go_next(self) -> None:
        self.slider.setValue(self.slider.value() + 1)

    @Slot()
    def _go_last(self) -> None:
        self.slider.setValue(len(self.stops) - 1)

    @Slot()
    def _play_begins(self) -> None:
        if self.slider.value() >= len(self.stops) - 1:
            self._play_to(0)

    @Slot()
    def _play_on(self) -> None:
        if self._timer.isActive():
            # The step before is not shown yet.
            return
        if self.slider.value() < len(self.stops) - 1:
            self._play_to(self.slider.value() + 1)
        else:
            self.play.stop()

    def _play_to(self, place: int) -> None:
        self._plays_on = True
        self.slider.setValue(place)
        self._plays_on = False

    @Slot()
    def _chosen(self) -> None:
        if not self._plays_on:
            self.play.stop()
        self._enable_buttons()
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _load(self) -> None:
        place = self.slider.value()
        if self.reason or place >= len(self.stops):
            self._refresh()
        elif self._live is not None and self.stops[place] == self._live.step:
            self._state.set_snapshot(self._live)
        else:
            self._scrubbing.show_step(self.stops[place])
            # Where it could not be read, the slider goes back to what is shown.
            self._refresh()

    @Slot()
    def _recolour(self) -> None:
        for button in (self.first, self.previous, self.next, self.last):
            button.setIcon(icon(button.property("icon_name"), self._theme.tokens))
