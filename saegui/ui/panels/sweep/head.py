"""The head of the panel *Sweep*: which sweep it is, how far it is, what went wrong, and the buttons that steer it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QVBoxLayout, QWidget

from saegui.app.services import Services
from saegui.ui.theme.icons import icon
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.text import duration

ICONS = {"resume": "play", "pause": "pause", "stop": "stop", "open": "folder", "vary": "curves"}
BUTTONS = 320
"""px that the buttons take of the line with the name."""
STOP = "End the sweep: complete runs are kept, and Resume continues those under way"


class SweepHead(QWidget):
    """Follows the sweep that is trained or watched."""

    vary_asked = Signal()
    open_asked = Signal()

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._sweeps, self._folder = theme, services.sweeps, services.sweeps.folder
        self.name, self.status, self.problems = QLabel(), QLabel(), QLabel()
        self.name.setAccessibleName("Folder of the sweep")
        self.status.setAccessibleName("State of the sweep")
        self.status.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setFixedHeight(6)
        self.bar.setAccessibleName("Progress of the sweep")
        self.problems.setWordWrap(True)
        self.problems.setProperty("problem", True)
        self.problems.setAccessibleName("What went wrong")
        self.buttons: dict[str, QToolButton] = {}
        """``resume``, ``pause``, ``stop``, ``open`` and ``vary``."""
        line = QHBoxLayout()
        line.setSpacing(UNIT)
        line.addWidget(self.name, 1)
        words: tuple[tuple[str, str, str, Callable[[], object]], ...] = (
            ("resume", "Resume", "", lambda: self._sweeps.resume()),
            ("pause", "Pause", "Pause the sweep after the current step", self._sweeps.pause),
            ("stop", "Stop", STOP, self._sweeps.stop),
            (
                "open",
                "Open…",
                "Open a folder of runs; those that come later are shown too",
                self.open_asked.emit,
            ),
            (
                "vary",
                "Vary…",
                "Train a run for each of several values of any parameter",
                self.vary_asked.emit,
            ),
        )
        for name, title, tip, action in words:
            button = QToolButton()
            button.setText(title)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setAccessibleName(title)
            button.setToolTip(tip)
            button.setProperty("bordered", True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.clicked.connect(action)
            self.buttons[name] = button
            line.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(UNIT)
        column.addLayout(line)
        column.addWidget(self.bar)
        column.addWidget(self.status)
        column.addWidget(self.problems)
        theme.changed.connect(self._recolour)
        self._recolour()

    @Slot()
    def refresh(self) -> None:
        """Show the state again."""
        sweeps, folder, path = self._sweeps, self._folder, self._folder.path
        if path is None:
            return
        room = max(80, self.width() - BUTTONS)
        self.name.setText(self.fontMetrics().elidedText(path.name, Qt.TextElideMode.ElideMiddle, room))
        self.name.setToolTip(str(path))
        self.status.setText(self._status())
        self.bar.setVisible(sweeps.busy or folder.under_way)
        share = sweeps.share_done if sweeps.busy else len(folder.runs) / max(1, folder.expected)
        self.bar.setValue(round(1000 * share))
        self._show_buttons()
        told = self._told()
        more = f" And {len(told) - 1} more." if len(told) > 1 else ""
        self.problems.setVisible(bool(told))
        self.problems.setText(f"{told[0]}{more}" if told else "")
        self.problems.setToolTip("\n".join(told))

    def _show_buttons(self) -> None:
        sweeps, folder, phase = self._sweeps, self._folder, self._sweeps.phase
        left = phase == "idle" and folder.lacking > 0 and not folder.under_way
        shown = {
            "resume": phase == "paused" or left,
            "pause": phase == "training",
            "stop": sweeps.busy,
            "open": not sweeps.busy,
            "vary": not sweeps.busy,
        }
        focused = next((name for name, each in self.buttons.items() if each.hasFocus()), None)
        for name, button in self.buttons.items():
            if shown[name]:
                button.show()
        if focused is not None and not shown[focused]:
            # Space after a click on Pause resumes, and the other way round; left to Qt, it would press Stop.
            free = [each for name, each in self.buttons.items() if shown[name] and name != "stop"]
            (free[0] if free else self).setFocus()
        for name, button in self.buttons.items():
            button.setVisible(shown[name])
        why_not = "" if phase == "paused" else sweeps.why_not()
        tip = (
            "Continue the sweep"
            if phase == "paused"
            else "Train the runs that are missing, from where they stopped; the others are kept"
        )
        self.buttons["resume"].setEnabled(not why_not)
        self.buttons["resume"].setToolTip(why_not or tip)
        self.buttons["stop"].setEnabled(phase != "stopping")

    def _status(self) -> str:
        sweeps, folder = self._sweeps, self._folder
        there, expected = len(folder.runs), folder.expected
        count = f"{there:,} of {expected:,}" if expected > there else f"{there:,}"
        parts = [f"{count} run{'s' if expected != 1 else ''}"]
        phases = {"preparing": "loading data and PyTorch", "paused": "paused", "stopping": "stopping"}
        if sweeps.phase in phases:
            parts.append(phases[sweeps.phase])
        if (seconds := sweeps.seconds_left) is not None and sweeps.phase == "training":
            parts.append(f"about {duration(seconds)} left")
        elif not sweeps.busy and folder.under_way:
            parts.append("trained by another program: new runs appear here")
        elif not sweeps.busy and folder.lacking:
            begun = min(folder.begun, folder.lacking)
            rest = folder.lacking - begun
            parts += [f"{begun:,} begun"] if begun else []
            parts += [f"{rest:,} not trained yet"] if rest else []
        if folder.results.note:
            parts.append(folder.results.note)
        return " · ".join(parts)

    def _told(self) -> list[str]:
        """What went wrong, one sentence each."""
        went_wrong = (*self._sweeps.problems.items(), *self._sweeps.begun_again.items())
        told = [f"“{name}”: {problem}" for name, problem in went_wrong]
        told += [f"{run.path.name} is left out: {run.reason}" for run in self._folder.left_out]
        return told + ([self._folder.problem] if self._folder.problem else [])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.refresh()

    @Slot()
    def _recolour(self) -> None:
        for name, picture in ICONS.items():
            self.buttons[name].setIcon(icon(picture, self._theme.tokens))
