"""The status bar: what the program is doing, its progress, speed and time left, and a button to stop it."""

from __future__ import annotations

import os

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from saegui.app.jobs import Job
from saegui.app.nouns import noun_of
from saegui.app.services import Services
from saegui.core.config.schema import RunConfig
from saegui.core.data import registry
from saegui.core.training.devices import default_threads
from saegui.ui.theme.icons import icon
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.accessible import announce
from saegui.ui.widgets.text import duration

_PHASES = {
    "idle": "Ready",
    "preparing": "Preparing: loading data and PyTorch",
    "training": "Training",
    "paused": "Paused",
    "stopping": "Stopping: saving the run",
}

_SWEEP = {
    "preparing": "Preparing a sweep: loading data and PyTorch",
    "training": "Training a sweep",
    "paused": "Sweep paused",
    "stopping": "Stopping the sweep",
}

_AWAITS_FIT = {
    "training": "Pausing when scikit-learn returns from what it computes",
    "stopping": "Stopping when scikit-learn returns from what it computes",
}
"""Where a baseline is fitted."""

UNBEGUN = "Stopping before the first step"
LOADING = "Loading data"
"""While nothing else is done: what is shown is not what was asked for yet."""


class StatusBar(QStatusBar):
    """Phase, progress, rate and time left of the training; progress and cancel of background jobs."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Status")
        self._services, self._theme = services, theme
        self.setSizeGripEnabled(False)
        self.phase = QLabel()
        self._announced = ""
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(160)
        self.progress.setAccessibleName("Progress of the training")
        self.rate = QLabel()
        self.job_text = QLabel()
        self.job_bar = QProgressBar()
        self.job_bar.setTextVisible(False)
        self.job_bar.setFixedWidth(100)
        self.job_bar.setAccessibleName("Progress of the background work")
        self.cancel = QToolButton()
        self.cancel.setToolTip("Stop this background work")
        self.cancel.setAccessibleName("Stop background work")
        # The bar is as high as its words, also while there is nothing to stop.
        self.cancel.setIconSize(QSize(14, 14))
        self.cancel.setStyleSheet("QToolButton { padding: 1px; border-width: 1px; }")
        self.device = QLabel()
        for left in (self.phase, self.progress, self.rate):
            self.addWidget(left)
        for right in (self.job_text, self.job_bar, self.cancel, self.device):
            self.addPermanentWidget(right)
        self._job: Job | None = None
        self.cancel.clicked.connect(self._cancel)
        state = services.state
        state.phase_changed.connect(self.refresh)
        state.history_changed.connect(self.refresh)
        services.training.measuring_changed.connect(self.refresh)
        services.sweeps.changed.connect(self.refresh)
        services.sweeps.grown.connect(self.refresh)
        services.jobs.changed.connect(self._jobs_changed)
        services.data.changed.connect(self.refresh)
        services.data.loaded.connect(self.refresh)
        services.added.looking_changed.connect(self.refresh)
        theme.changed.connect(self._recolour)
        self._recolour()
        self._jobs_changed()
        self.refresh()

    @property
    def _loading(self) -> bool:
        return self._services.data.loading or self._services.added.looking

    def _compiling(self) -> str:
        """What a training waits for that is the first of its kind on this machine; empty otherwise."""
        config, dataset = self._services.training.config, self._services.state.dataset
        if config is None or dataset is None:
            return ""
        from saegui.core.training import ways

        return ways.COMPILING if ways.compiles_first(config, len(dataset.train_images)) else ""

    @Slot()
    def refresh(self) -> None:
        """Show the state of the training."""
        state, training = self._services.state, self._services.training
        said = LOADING if state.phase == "idle" and self._loading else _PHASES[state.phase]
        if state.phase == "preparing" and (compiling := self._compiling()):
            said = f"Preparing: {compiling}"
        if training.awaits_fit:
            said = _AWAITS_FIT.get(state.phase, said)
        text, busy = said, state.phase in ("training", "paused", "stopping")
        config, last = training.config, state.last_step
        rate = ""
        if training.measuring is not None:
            done, total = training.measuring
            text = f"Measuring the run: {done:,} of {total:,} {noun_of(state).many} · press Stop to skip this"
            self.progress.setRange(0, max(1, total))
            self.progress.setValue(done)
        elif busy and training.fitted is not None:
            done, total, pieces = training.fitted
            text += f" · {pieces}: {done:,} of {total:,}"
            self.progress.setRange(0, max(1, total))
            self.progress.setValue(done)
            rate = self._left(config)
        elif busy and config is not None and last is not None:
            text += f" · epoch {training.epoch:,} of {config.epochs:,} · step {last.step:,}"
            if (k := training.annealed_k) is not None:
                text += f" · k annealed, now {k:,}"
            self.progress.setRange(0, 1000)
            self.progress.setValue(round(1000 * last.epoch / config.epochs))
            rate = self._left(config)
        elif state.phase in ("training", "paused") and config is not None and state.run is not None:
            # Until the first step: a training that is resumed does not begin at 0.
            begun = state.run.epoch
            text += f" · resumed at epoch {begun:.1f} of {config.epochs:,}" if begun else ""
            self.progress.setRange(0, 1000)
            self.progress.setValue(round(1000 * begun / config.epochs))
        elif state.phase == "stopping" and not training.awaits_fit:
            text = said = UNBEGUN
            self.progress.setRange(0, 0)
        sweeps = self._services.sweeps
        if not busy and sweeps.busy:
            there, total = len(sweeps.folder.runs), sweeps.folder.expected
            said = _SWEEP[sweeps.phase]
            text = f"{said} · {there:,} of {total:,} runs"
            busy = True
            self.progress.setRange(0, 1000)
            self.progress.setValue(round(1000 * sweeps.share_done))
            if (seconds := sweeps.seconds_left) is not None:
                rate = f"about {duration(seconds)} left"
        if training.running_on == "cpu":
            threads = training.threads or default_threads()
            self.device.setText(f"CPU · {threads} thread{'s' if threads > 1 else ''} of {os.cpu_count()}")
            self.device.setToolTip("PyTorch trains on these threads; one processor stays free for the window")
        else:
            self.device.setText(training.running_on.upper())
            self.device.setToolTip("PyTorch trains on this accelerator")
        self.phase.setText(text)
        # How far it is changes thirty times a second; that it began, paused or ended is news.
        if said != self._announced:
            if self._announced:
                announce(self.phase, said)
            self._announced = said
        self.progress.setVisible(busy)
        self.rate.setText(rate)

    def _left(self, config: RunConfig | None) -> str:
        """How fast the training is, and how long it takes until its end."""
        training = self._services.training
        if config is None or not training.rate.value or self._services.state.phase != "training":
            return ""
        left = training.images_left / training.rate.value
        return (
            f"{_short(training.rate.value)} {registry.noun_of(config.dataset).many}/s · {duration(left)} left"
        )

    @Slot()
    def _jobs_changed(self) -> None:
        # Work that was cancelled may need a while to notice; nobody waits for it.
        wanted = [job for job in self._services.jobs.running if not job.given_up]
        job = wanted[-1] if wanted else None
        if job is not self._job:
            self._job = job
            self.job_bar.setRange(0, 0)
            if job is not None:
                job.progressed.connect(self._job_progress)
        for widget in (self.job_text, self.job_bar, self.cancel):
            widget.setVisible(job is not None)
        self.job_text.setText(job.title if job is not None else "")

    @Slot(object, object, str)
    def _job_progress(self, done: int, total: int, text: str) -> None:
        if self.sender() is self._job and total > 0:
            self.job_bar.setRange(0, 1000)
            self.job_bar.setValue(round(1000 * done / total))

    @Slot()
    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    @Slot()
    def _recolour(self) -> None:
        self.cancel.setIcon(icon("close", self._theme.tokens))


def _short(rate: float) -> str:
    return f"{rate / 1000:.0f} k" if rate >= 10_000 else f"{rate:,.0f}"
