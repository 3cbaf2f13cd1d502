"""AppState: the current run, snapshot, drawing and latent. Every panel that shows one of them listens here.

It lives on the GUI thread. Nobody writes to the arrays that it returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from saegui.app.code import Code, encoded
from saegui.app.draft import Draft
from saegui.app.model_input import ModelInput, drawn_from
from saegui.core import strokes as pen
from saegui.core.analysis.latent_stats import LatentStats
from saegui.core.arrays import Images
from saegui.core.config.kinds import with_kind
from saegui.core.config.presets import PRESETS
from saegui.core.config.run_names import base_preset
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.errors import SaeguiError
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.history import History, StepResult
from saegui.core.runs.run import STARTER_PATH, Run
from saegui.core.strokes import Drawing

Phase = Literal["idle", "preparing", "training", "paused", "stopping"]
Level = Literal["info", "good", "warn", "bad"]
Topic = Literal[
    "",
    "comparison",
    "data",
    "deleted run",
    "drawing",
    "figure",
    "imported model",
    "latent",
    "model",
    "name of a run",
    "open run",
    "step",
    "training",
]
"""What a message is about; the panels that show it name it too. When it works, messages that it did not go: what is no such
message, and shall be read all the same, has no topic."""

NO_MODEL = "There is no model yet: open a run, or train one."
"""Why nothing is shown, or cannot be done, before the first one."""


class AppState(QObject):
    """Everything that is current, with one signal for each."""

    run_changed = Signal()
    """Another run is current, or its name, status or metrics changed."""
    snapshot_changed = Signal()
    """Other weights are shown: a training took steps, the scrubber moved, another run was opened."""
    history_changed = Signal()
    """The curves grew or were replaced."""
    dataset_changed = Signal()
    stats_changed = Signal()
    """``stats`` was measured for the current snapshot, or dropped because another snapshot is shown."""
    image_changed = Signal()
    code_changed = Signal()
    """The current image was encoded again: it or the snapshot changed."""
    selection_changed = Signal()
    hover_changed = Signal()
    phase_changed = Signal()
    draft_changed = Signal()
    """The values in the train panel changed."""
    unexpected = Signal(object)
    """An exception that is a bug, for the path of unexpected errors."""
    notice = Signal(str, str, str)
    """(level, sentence, topic): a message for the user; the topic is empty, or what the message is about."""
    worked = Signal(str)
    """What is called so worked: messages of this topic that it did not are out of date."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._snapshot: Snapshot | None = None
        self._history = History()
        self._dataset: Dataset | None = None
        self._stats: LatentStats | None = None
        self._drawing = pen.BLANK_DRAWING
        self._input = ModelInput()
        self._code: Code | None = None
        self._selected: int | None = None
        self._hovered: int | None = None
        self._phase: Phase = "idle"
        self._preset_name: str | None = "seed-k10"
        self._preset: dict[str, Any] = PRESETS["seed-k10"].config.model_dump()
        self._edited: dict[str, Any] = {}
        self._draft = dict(self._preset)
        self.inspector_shown = False
        """Whether the latent inspector is in sight: what it says of :attr:`previewed` need not be said elsewhere."""
        self.last_step: StepResult | None = None
        """The newest step of the training that runs; None when none did since the run was opened."""

    # -- the run and its weights ------------------------------------------------------------------------------------

    @property
    def run(self) -> Run | None:
        """The current run as it is on disk."""
        return self._run

    def is_current(self, path: Path) -> bool:
        """Whether the run in ``path`` is the current one."""
        return self._run is not None and self._run.path == path

    @property
    def own_run(self) -> Run | None:
        """The current run, unless it is the starter run, which belongs to the program."""
        return self._run if self._run is not None and self._run.path != STARTER_PATH else None

    @property
    def snapshot(self) -> Snapshot | None:
        """The weights that every panel shows."""
        return self._snapshot

    @property
    def history(self) -> History:
        """The current run's curves; empty before its first step."""
        return self._history

    def set_run(self, run: Run | None, snapshot: Snapshot | None, history: History) -> None:
        """Make another run current; selection survives where the latent still exists."""
        # Everything first, then the signals: a listener of any of them sees a state that fits together.
        self._run, self._history, self.last_step = run, history, None
        changed = self._take_snapshot(snapshot)
        self.run_changed.emit()
        self.history_changed.emit()
        self._announce(changed)

    def update_run(self, run: Run) -> None:
        """The current run was renamed, saved or measured."""
        self._run = run
        self.run_changed.emit()

    def set_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show other weights of the current run."""
        self._announce(self._take_snapshot(snapshot))

    def _take_snapshot(self, snapshot: Snapshot | None) -> list[SignalInstance]:
        """Put other weights in place, and what hangs on them; returns the signals that are due."""
        if snapshot is self._snapshot:
            return []
        self._snapshot = snapshot
        due = [self.snapshot_changed]
        if self._stats is not None:
            self._stats = None
            due.insert(0, self.stats_changed)
        if self._selected is not None and not self._exists(self._selected):
            self._selected = None
            due.append(self.selection_changed)
        if self._hovered is not None and not self._exists(self._hovered):
            self._hovered = None
            due.append(self.hover_changed)
        if self._encode():
            due.append(self.code_changed)
        return due

    def _announce(self, due: Sequence[SignalInstance]) -> None:
        for signal in due:
            signal.emit()

    def grow_history(self) -> None:
        """Points were added to :attr:`history`."""
        self.history_changed.emit()

    # -- data and what latents do on it -------------------------------------------------------------------------------

    @property
    def dataset(self) -> Dataset | None:
        """The images that examples and statistics are taken from."""
        return self._dataset

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Take examples and statistics from other images, and encode drawings as they were made."""
        self._dataset = dataset
        self._stats = None
        before = self.model_input
        encoded = self._encode() if self._give() is not before else False
        self.dataset_changed.emit()
        self.stats_changed.emit()
        if encoded:
            self.code_changed.emit()

    @property
    def data_readable(self) -> bool:
        """Whether the shown model can read the data set; True while one of them is missing."""
        snapshot, dataset = self._snapshot, self._dataset
        return snapshot is None or dataset is None or dataset.shape == snapshot.shape

    @property
    def own_images(self) -> bool:
        """Whether the data set is what the shown model was trained on, as far as is known; False while one is missing."""
        run, snapshot, dataset = self._run, self._snapshot, self._dataset
        if snapshot is None or dataset is None:
            return False
        if run is None:
            return dataset.name == snapshot.config.dataset
        return dataset.name == run.config.dataset and not dataset.changed_since(run.origin)

    @property
    def stats(self) -> LatentStats | None:
        """Measured over the whole training set for exactly this snapshot, or None until that is done."""
        return self._stats

    def set_stats(self, stats: LatentStats, snapshot: Snapshot) -> None:
        """Statistics of ``snapshot`` arrived; ignored when it is no longer shown."""
        if snapshot is self._snapshot:
            self._stats = stats
            self.stats_changed.emit()

    @property
    def density(self) -> NDArray[np.float32] | None:
        """(F,): measured where :attr:`stats` is there, else the training's own estimate."""
        if self._stats is not None:
            return self._stats.density
        return self._snapshot.density if self._snapshot is not None else None

    # -- the image ----------------------------------------------------------------------------------------------------

    @property
    def drawing(self) -> Drawing:
        """What is on the canvas; everybody who shows it compares this value with what they show."""
        return self._drawing

    @property
    def image(self) -> Images:
        """The picture on the canvas, in whatever shape; zeros when nothing is drawn."""
        return self._drawing.image

    @property
    def model_input(self) -> Images | None:
        """What the model is given of the drawing: see :func:`saegui.app.model_input.given`. None where there is nothing."""
        return self._input.given.values

    @property
    def input_problem(self) -> str:
        """Why the data set's encoder made nothing of the drawing, a sentence; empty where it did, or was not asked."""
        return self._input.given.problem

    @property
    def has_image(self) -> bool:
        """Whether there is anything to encode: ink, a text, or an input that needs none, such as a black picture in colour."""
        return not self._drawing.blank

    @property
    def writes(self) -> bool:
        """Whether inputs are texts, which are typed, not drawn."""
        dataset = self._dataset
        return dataset is not None and self.data_readable and dataset.writes

    def _give(self) -> Images | None:
        """Find out what the model is given of the drawing, unless that is known."""
        items = self._dataset.items if self._dataset is not None and self.data_readable else None
        shape = self._snapshot.shape if self._snapshot is not None else None
        return self._input.find(self._drawing, shape, items)

    def set_drawing(self, drawing: Drawing) -> None:
        """Put another drawing on the canvas and encode it.

        Raises:
            StrokesError: it has points that are not numbers; the drawing before it stays.
        """
        # Asked for before anything changes: this is where strokes are drawn, and where it may fail.
        _ = drawing.image
        self._drawing = drawing
        encoded = self._encode()
        self.image_changed.emit()
        if encoded:
            self.code_changed.emit()

    def set_strokes(self, strokes: Sequence[NDArray[np.float64]]) -> None:
        """Put strokes in any unit on the canvas; raises :class:`StrokesError` for points that are not numbers."""
        self.set_drawing(pen.of_strokes(strokes))

    def set_image(self, image: Images, title: str) -> None:
        """Show a picture instead of strokes, as a data set keeps it; ``title`` says where it came from."""
        self.set_drawing(pen.of_picture(image, title))

    def show_input(self, part: Literal["train", "test"], index: int, title: str) -> None:
        """Show an input of the data set: the picture or text that it was made of, or the input itself."""
        if self._dataset is not None:
            self.set_drawing(drawn_from(self._dataset, part, index, title))

    @property
    def readable(self) -> bool:
        """Whether the shown model can read such a drawing, perhaps through the data set's encoder; True without a model."""
        return self._snapshot is None or self._input.given.readable

    @property
    def code(self) -> Code | None:
        """The encoded image; None while there is no ink, no model, or a model that reads inputs of another shape."""
        return self._code

    def _encode(self) -> bool:
        """Encode the image with the snapshot; returns whether :attr:`code` changed."""
        snapshot, image = self._snapshot, self._give()
        if snapshot is None or image is None:
            had, self._code = self._code is not None, None
            return had
        self._code = encoded(snapshot, image)
        return True

    # -- selection ----------------------------------------------------------------------------------------------------

    @property
    def selected(self) -> int | None:
        """The latent that was clicked."""
        return self._selected

    @property
    def hovered(self) -> int | None:
        """The latent under the pointer, wherever it is shown."""
        return self._hovered

    @property
    def previewed(self) -> int | None:
        """The latent to show right now: the hovered one, else the selected one."""
        return self._hovered if self._hovered is not None else self._selected

    def select(self, latent: int | None) -> None:
        """Select a latent everywhere; None clears. Ignored for a latent that does not exist."""
        if latent is not None and not self._exists(latent):
            return
        if latent != self._selected:
            self._selected = latent
            self.selection_changed.emit()
            if latent is not None and latent != self._hovered:
                # Keys walk on although the pointer rests on a tile.
                self.hover(None)

    def hover(self, latent: int | None) -> None:
        """Preview a latent everywhere; None ends the preview."""
        if latent is not None and not self._exists(latent):
            return
        if latent != self._hovered:
            self._hovered = latent
            self.hover_changed.emit()

    def _exists(self, latent: int) -> bool:
        return self._snapshot is not None and 0 <= latent < self._snapshot.n_latents

    # -- training -----------------------------------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """What the training is doing: idle, preparing, training, paused or stopping."""
        return self._phase

    @property
    def busy(self) -> bool:
        """Whether there is a training, paused or not."""
        return self._phase != "idle"

    def set_phase(self, phase: Phase) -> None:
        """The training began, paused or ended."""
        if phase != self._phase:
            self._phase = phase
            self.phase_changed.emit()

    @property
    def draft(self) -> dict[str, Any]:
        """The values in the train panel, valid or not; a copy."""
        return dict(self._draft)

    @property
    def preset(self) -> str | None:
        """The preset that the values in the train panel are, or began with; None for none."""
        return base_preset(self._draft, self._preset_name)

    def set_draft(self, values: dict[str, Any] | RunConfig, preset: str | None = None) -> None:
        """Fill the train panel, from a preset or a run; ``preset`` is what these values began with."""
        self._preset_name = preset
        self._preset = values.model_dump() if isinstance(values, RunConfig) else dict(values)
        self._edited = {}
        self._draft = dict(self._preset)
        self.draft_changed.emit()

    def edit_draft(self, name: str, value: Any) -> None:
        """One field of the train panel was edited by hand. After another kind, fields that were not take what suits it."""
        self._edited[name] = value
        self._draft = with_kind(self._edited, self._preset)
        self.draft_changed.emit()

    @property
    def draft_parts(self) -> Draft:
        """What :attr:`draft` is made of, for :meth:`show_draft`."""
        return Draft(dict(self._preset), dict(self._edited), self._preset_name)

    def show_draft(self, draft: Draft) -> None:
        """Fill the train panel with what it held before."""
        self._preset, self._edited = dict(draft.preset), dict(draft.edited)
        self._preset_name = draft.preset_name
        self._draft = with_kind(self._edited, self._preset)
        self.draft_changed.emit()

    def notify(self, level: Level, sentence: str, about: Topic = "") -> None:
        """Show a sentence to the user, as a toast, which does not cover the panels of its topic."""
        self.notice.emit(level, sentence, about)

    @Slot(object)
    def fail(self, error: Exception, about: Topic = "") -> None:
        """Show why something failed: the sentence of an error that the program foresees, else that of a bug."""
        if isinstance(error, SaeguiError):
            self.notify("bad", str(error), about)
        else:
            self.unexpected.emit(error)
