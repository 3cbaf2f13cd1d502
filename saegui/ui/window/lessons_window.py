"""Help › Experiments: lessons that train two or three runs with one press, and show them side by side."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from saegui.app.lessons import NO_DATA, TrainedLesson
from saegui.app.nouns import said
from saegui.app.services import Services
from saegui.core.config.lessons import LESSONS, Lesson
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD
from saegui.ui.widgets.titles import titled
from saegui.ui.window.glossary import Glossary
from saegui.ui.window.lesson_view import LessonView

LIST_WIDTH = 200


class LessonsWindow(QDialog):
    """It stays open beside the main window, which shows one of the runs with the others compared."""

    shown_changed = Signal(object)
    """A :class:`LessonView` was made."""
    match_asked = Signal()
    """The panel *Compare* is to show the latents of the runs."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._services, self._theme, self._lessons = services, theme, services.lessons
        self._found: dict[str, TrainedLesson] = {}
        self.view: LessonView | None = None
        self.setWindowTitle(titled("Experiments", parent))
        self.list = QListWidget()
        self.list.setAccessibleName("Experiments")
        self.list.setFixedWidth(LIST_WIDTH)
        self.list.addItems([lesson.title for lesson in LESSONS.values()])
        self.about, self.data, self.look, self.empty = QLabel(), QLabel(), QLabel(), QLabel()
        for label in (self.about, self.data, self.look, self.empty):
            label.setWordWrap(True)
        self.data.setProperty("muted", True)
        self.empty.setProperty("muted", True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.look.setAccessibleName("What to look at")
        self.look.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.train, self.again, self.match, self.cancel = (
            QPushButton(words) for words in ("Train", "Open last", "Match latents", "Cancel")
        )
        self.train.setProperty("primary", True)
        self.train.setDefault(True)
        self.train.setToolTip("Train all runs of this experiment together, in the background")
        self.again.setToolTip("Open the runs that were trained last")
        self.match.setToolTip("Show in Compare which latent of the first run is which of another")
        self.cancel.setToolTip("Stop the training and remove its runs")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the experiment")
        self._arrange()
        self.list.setCurrentRow(0)
        self.list.currentRowChanged.connect(self._show)
        self.train.clicked.connect(self._train)
        self.again.clicked.connect(self._open_again)
        self.match.clicked.connect(self._match)
        self.cancel.clicked.connect(self._lessons.cancel)
        self._lessons.changed.connect(self.refresh)
        self._lessons.progressed.connect(self._progressed)
        self._lessons.finished.connect(self._finished)
        services.state.dataset_changed.connect(self.refresh)
        services.state.phase_changed.connect(self.refresh)
        self._show()

    @property
    def lesson(self) -> Lesson:
        """The one that is chosen."""
        return list(LESSONS.values())[max(0, self.list.currentRow())]

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.train)
        buttons.addWidget(self.again)
        buttons.addWidget(self.match)
        buttons.addWidget(self.bar, 1)
        buttons.addWidget(self.cancel)
        buttons.addStretch(0)
        self._right = QVBoxLayout()
        self._right.setSpacing(GAP)
        self._right.addWidget(self.about)
        self._right.addWidget(self.data)
        self._right.addLayout(buttons)
        self._right.addWidget(self.empty, 1)
        self._right.addWidget(self.look)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(PAD, PAD, PAD, PAD)
        layout.setSpacing(2 * GAP)
        layout.addWidget(self.list)
        layout.addLayout(self._right, 1)
        self.resize(980, 760)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What is shown already is not trained again by Enter, except on the button that has the keyboard."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not (enter and self.view is not None and not isinstance(self.focusWidget(), QPushButton)):
            super().keyPressEvent(event)

    @Slot()
    def refresh(self) -> None:
        """Say what can be done now."""
        running, dataset = self._lessons.running, self._services.state.dataset
        why_not = self._lessons.why_not()
        self.train.setEnabled(not why_not)
        self.bar.setVisible(running is not None)
        self.cancel.setVisible(running is not None)
        self.again.setVisible(
            self.lesson.name not in self._found and self._lessons.trained(self.lesson) is not None
        )
        self.again.setEnabled(running is None)
        self.match.setVisible(self.view is not None)
        if why_not:
            self.data.setText(why_not)
        elif dataset is not None:
            self.data.setText(f"On {dataset.title}, the data set that is open.")
        names = [title for title, _ in self.lesson.parts]
        listed = f"{', '.join(names[:-1])} and {names[-1]}"
        self.empty.setText(
            NO_DATA
            if dataset is None and running is None
            else f"Train shows the runs here side by side: {listed}."
            if running is not self.lesson
            else f"{listed} are being trained. Everything else can be used meanwhile."
        )

    @Slot()
    def _show(self) -> None:
        lesson, state = self.lesson, self._services.state
        self.about.setText(said(state, lesson.about))
        self.look.setText(said(state, lesson.look))
        if self.view is not None:
            self._right.removeWidget(self.view)
            self.view.hide()
            self.view.deleteLater()
            self.view = None
        found = self._found.get(lesson.name)
        self.empty.setVisible(found is None)
        # What to look at is said when there is something to see.
        self.look.setVisible(found is not None)
        if found is not None:
            self.view = LessonView(found, self._theme)
            self.view.opened.connect(self._open)
            self._right.insertWidget(self._right.indexOf(self.look), self.view, 1)
            self.shown_changed.emit(self.view)
        self.refresh()

    @Slot()
    def _train(self) -> None:
        self.bar.setRange(0, 0)
        self._lessons.start(self.lesson)

    @Slot()
    def _open_again(self) -> None:
        self._lessons.open_again(self.lesson)

    @Slot()
    def _match(self) -> None:
        self._open(0)
        self.match_asked.emit()

    @Slot(int)
    def _open(self, place: int) -> None:
        self._lessons.open_run(self._found[self.lesson.name], place)

    @Slot(int, int)
    def _progressed(self, done: int, total: int) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    @Slot(object)
    def _finished(self, found: TrainedLesson) -> None:
        self._found[found.lesson.name] = found
        if found.lesson is self.lesson:
            self._show()
        else:
            self.list.setCurrentRow(list(LESSONS).index(found.lesson.name))


class Experiments:
    """Opens the window of the lessons; there is one."""

    def __init__(
        self,
        services: Services,
        theme: Theme,
        glossary: Glossary,
        match: Callable[[], object],
        window: QWidget,
    ) -> None:
        """``match`` brings the panel *Compare* to the front."""
        self._services, self._theme, self._window = services, theme, window
        self._glossary, self._match = glossary, match
        self._open: LessonsWindow | None = None

    def open(self) -> LessonsWindow:
        """Show it, in front."""
        if self._open is None:
            self._open = LessonsWindow(self._services, self._theme, self._window)
            self._open.shown_changed.connect(self._glossary.link)
            self._open.match_asked.connect(self._match)
        self._open.refresh()
        self._open.show()
        self._open.raise_()
        self._open.activateWindow()
        return self._open
