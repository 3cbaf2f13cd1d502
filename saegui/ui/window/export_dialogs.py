"""Exporting from the window: which figure of what, where to, and telling how it went."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import QFileDialog

from saegui.app.jobs import Job, Work
from saegui.core import figures
from saegui.core.analysis.latent_stats import analyse
from saegui.core.errors import SaeguiError
from saegui.core.figures import Subject
from saegui.core.files import paths
from saegui.core.progress import Progress
from saegui.core.runs.folders import unique_titles
from saegui.core.runs.run import STARTER_PATH, Run

if TYPE_CHECKING:
    from saegui.ui.window.main_window import MainWindow

FILTERS = "PNG picture (*.png);;SVG drawing (*.svg);;PDF document (*.pdf)"
DEFAULT = "decoder-grid"


def _own_folder(run: Run) -> str:
    """The folder that all figures of ``run`` go to: where it lies elsewhere, others may have the same name."""
    here = run.path.parent in (paths.runs_dir(), STARTER_PATH.parent)
    return run.path.name if here else f"{run.path.parent.name}-{run.path.name}"


class Exports(QObject):
    """Every picture leaves the window through here."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._state = window.state
        self._current = DEFAULT

    @property
    def current(self) -> str:
        """The kind of figure of the panel that was used last."""
        return self._current

    # -- asking -------------------------------------------------------------------------------------------------------

    @Slot(str)
    def focus(self, kind: str) -> None:
        """*Export figure…* and *Copy figure* mean this kind from now on: its panel was used last."""
        self._current = kind

    @Slot()
    def ask_current(self) -> None:
        """Ask where the current panel's figure shall go; the dictionary's, where that panel has nothing to show yet."""
        subject = self.subject()
        empty = subject is not None and self._reason(self._current, subject) is not None
        self.ask(DEFAULT if empty else self._current)

    @Slot(str)
    def ask(self, kind: str) -> None:
        """Ask where the figure of that kind shall go; what is missing for it is told at once."""
        subject = self.subject()
        if subject is None or not self._can_draw(kind, subject):
            return
        dialog = QFileDialog(self._window, f"Export {figures.KINDS[kind].title.lower()}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(FILTERS.split(";;"))
        dialog.setDefaultSuffix("png")
        dialog.setDirectory(str(self._window.services.settings.export_dir))
        dialog.selectFile(f"{kind}.png")
        dialog.setProperty("kind", kind)
        dialog.filterSelected.connect(self._filter_selected)
        dialog.fileSelected.connect(self._file_selected)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot()
    def ask_all(self) -> None:
        """Ask for the folder that every figure shall go to."""
        dialog = QFileDialog(self._window, "Choose where to put the folder with all figures")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setDirectory(str(self._window.services.settings.export_dir))
        dialog.fileSelected.connect(self._folder_selected)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot()
    def ask_screenshot(self) -> None:
        """Ask where a picture of the window shall go; it is taken before the dialog covers it."""
        picture = self._window.grab()
        dialog = QFileDialog(self._window, "Save screenshot")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("PNG picture (*.png)")
        dialog.setDefaultSuffix("png")
        dialog.selectFile("saegui.png")
        self._screenshot = picture
        dialog.fileSelected.connect(self._screenshot_selected)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def _filter_selected(self, chosen: str) -> None:
        self.sender().setDefaultSuffix(chosen.rsplit("*.", 1)[1].rstrip(")"))  # type: ignore[attr-defined]

    @Slot(str)
    def _file_selected(self, name: str) -> None:
        self.save(str(self.sender().property("kind")), Path(name))

    @Slot(str)
    def _folder_selected(self, name: str) -> None:
        folder, run = Path(name), self._state.run
        self._remember(folder)
        # The files of every run have the same names; those of another are not to be replaced.
        self.save_all(folder / _own_folder(run) if run is not None else folder)

    @Slot(str)
    def _screenshot_selected(self, name: str) -> None:
        self.save_picture(self._screenshot, Path(name))

    # -- doing --------------------------------------------------------------------------------------------------------

    def subject(self) -> Subject | None:
        """What is on the screen now, safe to draw from another thread; None (and a notice) without a model."""
        state = self._state
        if state.snapshot is None:
            state.tell("warn", "There is no model to draw yet: open a run or train one.")
            return None
        own = (
            (state.run.path, state.run.name)
            if state.run is not None
            else (Path(), state.snapshot.config.describe())
        )
        title, *titles = unique_titles([own, *((overlay.path, overlay.name) for overlay in state.overlays)])
        return Subject(
            title=title,
            snapshot=state.snapshot,
            # The training goes on while the figure is drawn.
            history=copy.deepcopy(state.history),
            dataset=state.dataset,
            stats=state.stats,
            drawing=state.image if state.has_image else None,
            latent=state.selected,
            overlays=tuple(
                overlay._replace(name=name) for name, overlay in zip(titles, state.overlays, strict=True)
            ),
            epochs=self._window.curves.epochs,
        )

    def save(self, kind: str, path: Path) -> Job | None:
        """Write one figure (and its CSV) in the background."""
        subject = self.subject()
        if subject is None or not self._can_draw(kind, subject):
            return None
        self._remember(path.parent)

        def work(progress: Progress) -> tuple[Path, ...]:
            return figures.save(figures.draw(kind, _measured(subject, progress)), path)

        return self._start(f"Exporting {path.name}", work)

    def save_all(self, folder: Path) -> Job | None:
        """Write every figure into ``folder`` in the background."""
        subject = self.subject()
        if subject is None:
            return None
        return self._start(
            "Exporting all figures",
            lambda progress: figures.save_all(
                figures.completed(_measured(subject, progress)),
                folder,
                progress=progress,
            ),
        )

    def copy_current(self) -> Job | None:
        """Put the current panel's figure on the clipboard."""
        subject, kind = self.subject(), self._current
        if subject is None or not self._can_draw(kind, subject):
            return None

        def work(progress: Progress) -> bytes:
            return figures.render(figures.draw(kind, _measured(subject, progress)), "png")

        job = self._window.services.jobs.start("Copying figure", work)
        job.done.connect(self._copied)
        job.failed.connect(self._failed)
        return job

    def save_picture(self, picture: QPixmap, path: Path) -> bool:
        """Write a screenshot; says so, or why not."""
        if picture.save(str(path), "PNG"):
            self._saved([path])
            return True
        self._state.tell("bad", f"{path} cannot be written; choose another folder or make room.")
        return False

    def _can_draw(self, kind: str, subject: Subject) -> bool:
        reason = self._reason(kind, subject)
        if reason is not None:
            self._state.tell("warn", reason)
        return reason is None

    @staticmethod
    def _reason(kind: str, subject: Subject) -> str | None:
        """Why this kind cannot be drawn now; None when it can."""
        reason = figures.missing(kind, subject)
        lacking = [need for need in figures.KINDS[kind].needs if getattr(subject, need) is None]
        if lacking == ["stats"] and subject.dataset is not None:
            # The job measures them on its way.
            reason = None
        return reason

    def _start(self, title: str, work: Work) -> Job:
        job = self._window.services.jobs.start(title, work)
        job.done.connect(self._saved)
        job.failed.connect(self._failed)
        return job

    def _remember(self, folder: Path) -> None:
        self._window.services.settings.export_dir = folder

    @Slot(object)
    def _saved(self, files: list[Path]) -> None:
        names = [path.name for path in files]
        folder = files[0].parent
        text = " and ".join(names) if len(names) < 3 else f"{len(names)} files"
        toast = self._window.toasts.add("good", f"Saved {text} in {folder}.")
        self._folder = folder
        toast.add_button("Open folder", self._open_folder)

    @Slot()
    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    @Slot(object)
    def _copied(self, png: bytes) -> None:
        QGuiApplication.clipboard().setImage(QImage.fromData(png))
        self._state.tell("good", "The figure is on the clipboard.")

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        if isinstance(error, SaeguiError):
            self._state.tell("bad", str(error))
        else:
            self._window.services.errors.report(error)


def _measured(subject: Subject, progress: Progress) -> Subject:
    if subject.stats is not None or subject.dataset is None:
        return subject
    return replace(subject, stats=analyse(subject.snapshot, subject.dataset, progress=progress))
