"""Services: everything behind the window, made and connected once. Panels are given this object and nothing else."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from saegui.app.added_data import AddedData
from saegui.app.bin import Bin
from saegui.app.coactivation import CoactivationControl
from saegui.app.code_map import CodeMapControl
from saegui.app.compare import ComparisonControl
from saegui.app.data import DataControl
from saegui.app.densities import DensitiesControl
from saegui.app.draft_edits import DraftEdits
from saegui.app.errors import ErrorRelay
from saegui.app.exporting import Exporter
from saegui.app.figure_tiles import FigureTiles
from saegui.app.input_codes import InputCodesControl
from saegui.app.jobs import Jobs
from saegui.app.latent_filter import FilterControl
from saegui.app.latent_map import LatentMapControl
from saegui.app.latent_notes import NotesControl
from saegui.app.latent_stats import LatentStatsControl
from saegui.app.lessons import LessonsControl
from saegui.app.library import Library
from saegui.app.looked_at import LookedAt
from saegui.app.mean_input import MeanInputControl
from saegui.app.model_files import ModelFiles
from saegui.app.near_inputs import NearInputsControl
from saegui.app.nearest import NearestControl
from saegui.app.other_atoms import OtherAtoms
from saegui.app.overlays import Overlays
from saegui.app.pins import Pins
from saegui.app.run_metrics import RunMetricsControl
from saegui.app.runs_table import RunsTable
from saegui.app.scrubbing import Scrubbing
from saegui.app.second_input import SecondInput
from saegui.app.settings import Settings
from saegui.app.sort_keys import SortKeys
from saegui.app.state import AppState
from saegui.app.steering import SteeringControl
from saegui.app.steering_all import SteeringAllControl
from saegui.app.sweeps import SweepsControl
from saegui.app.training import TrainingControl
from saegui.app.undo import Undo
from saegui.core import data
from saegui.core.runs.run import STARTER_PATH
from saegui.core.sweeps.folder import holds_runs


class Services(QObject):
    """Owns the state and what changes it; usable without any window."""

    def __init__(
        self, *, data_dir: Path | None = None, threads: int | None = None, device: str = "auto"
    ) -> None:
        super().__init__()
        self.settings = Settings()
        self.settings.data_dir = data_dir
        self.errors = ErrorRelay(self)
        self.state = AppState(self)
        self.undo = Undo(self)
        self.steering = SteeringControl(self.state, self.undo, self)
        self.jobs = Jobs(self)
        self.steering_all = SteeringAllControl(self.state, self.steering, self.jobs, self)
        self.data = DataControl(self.state, self.jobs, self.settings, self)
        self.added = AddedData(self.state, self.jobs, self.data, self)
        self.comparison = ComparisonControl(self.state, self.jobs, self)
        self.other_atoms = OtherAtoms(self.state, self.comparison, self.jobs, self)
        self.overlays = Overlays(self.state, self)
        self.library = Library(self.state, self.overlays, self.settings, self.jobs, self.undo, self)
        self.scrubbing = Scrubbing(self.state, self.library, self)
        self.densities = DensitiesControl(self.state, self.library, self.scrubbing, self.jobs, self)
        self.bin = Bin(self.state, self.library, self.overlays, self.jobs, self.undo, self)
        self.stats = LatentStatsControl(self.state, self.jobs, self)
        self.code_map = CodeMapControl(self.state, self.library, self.scrubbing, self.jobs, self)
        self.latent_map = LatentMapControl(
            self.state, self.library, self.scrubbing, self.stats, self.jobs, self
        )
        self.notes = NotesControl(self.state, self.undo, self)
        self.looked_at = LookedAt(self.state, self)
        self.pins = Pins(self.state, self)
        self.tiles = FigureTiles(self.pins, self.notes, self)
        self.filter = FilterControl(self.state, self)
        self.sort_keys = SortKeys(self.state, self.jobs, self.library, self.comparison, self)
        self.nearest = NearestControl(self.state, self.jobs, self)
        self.input_codes = InputCodesControl(self.state, self.jobs, self)
        self.near_inputs = NearInputsControl(self.state, self.input_codes, self.jobs, self)
        self.second = SecondInput(self.state, self)
        self.coactivation = CoactivationControl(self.state, self.input_codes, self.jobs, self)
        self.mean_input = MeanInputControl(self.state, self.jobs, self)
        self.measure = RunMetricsControl(self.state, self.jobs, self)
        self.measure.measured.connect(self.library.update)
        self.exporter = Exporter(
            self.state,
            self.overlays,
            self.jobs,
            self.settings,
            self.notes,
            self.comparison,
            self.library,
            self,
        )
        self.runs_table = RunsTable(self.state, self.library, self.jobs, self.settings, self)
        self.models = ModelFiles(self.state, self.jobs, self.settings, self)
        self.training = TrainingControl(self.state, self.overlays, self.data, self)
        self.lessons = LessonsControl(self, self)
        self.sweeps = SweepsControl(self, self)
        self.drafts = DraftEdits(self.state, self.training, self.undo, self)
        self.training.threads, self.training.device = threads, device
        self.state.unexpected.connect(self.errors.report)

    def open_first(self, path: Path | None = None) -> None:
        """Open a run or a folder of runs, else the run that was open last: a drawing can be encoded at once."""
        if path is None or self._waits_for_runs(path) or not self.library.open(path):
            self.library.open_first()

    def open_run(self, path: Path) -> bool:
        """Open a run and load the images it was trained on; False, after a notice, when it could not be opened.

        Of a folder of runs, :attr:`sweeps` shows all, and the newest is opened.
        """
        if self._waits_for_runs(path):
            return True
        before = self.state.run, self.state.draft, self.state.draft_parts
        if not self.library.open(path):
            return False
        if self.state.run is not None:
            former, values, draft = before
            if former is not None and values != former.config.model_dump():
                # What was typed is given up for the settings of the run that was opened.
                self.drafts.adopted(self.state.run, draft)
            self.data.show(self.state.run.config.dataset)
        return True

    def open_starter(self) -> bool:
        """Open the run that comes with the program; False, after a notice, when that is missing or a training is under way."""
        return self.open_run(STARTER_PATH)

    def _waits_for_runs(self, path: Path) -> bool:
        """Have :attr:`sweeps` show a folder of runs; whether it holds none yet that could be opened."""
        if not holds_runs(path):
            return False
        self.sweeps.open(path)
        if holds_runs(path, at_least=1):
            return False
        self.state.notify("info", f"{path.name} holds no run yet. Runs appear in Sweep as they are trained.")
        return True

    def load_data(self) -> None:
        """List the runs, and load the current run's images if they are on this machine."""
        self.library.refresh()
        self.bin.empty_others()
        run = self.state.run
        self.data.show(run.config.dataset if run is not None else data.DEFAULT)
        self.sweeps.look_for_unfinished()

    def shut_down(self) -> None:
        """End everything that runs in the background; the training must have ended already."""
        self.sweeps.shut_down()
        self.library.shut_down()
        self.jobs.shut_down()
        # What was deleted cannot come back any more.
        self.undo.end()
        self.bin.empty()
        self.settings.flush()
