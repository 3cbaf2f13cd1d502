"""What the stage shows of a code: the reconstruction, what it lacks, and how good it is."""

from __future__ import annotations

import numpy as np

from saegui.app.code import Code
from saegui.app.services import Services
from saegui.core.analysis.named_axes import axes_of
from saegui.core.model.snapshot import to_input
from saegui.ui.panels.draw.readings import NONE
from saegui.ui.panels.draw.stage import Stage
from saegui.ui.panels.draw.verdict import verdicts
from saegui.ui.widgets.pictures import shades_of
from saegui.ui.widgets.text import error, share


def show_code(stage: Stage, services: Services) -> None:
    """Show the code that is current, steered or not."""
    code, state = services.steering.shown, services.state
    given = state.model_input
    stage.set_steered(services.steering.on)
    if code is None or given is None:
        for view in (stage.reconstruction, stage.error):
            view.clear()
        for reading in (stage.l0, stage.mse, stage.fvu):
            reading.show_text(NONE)
    else:
        made = code.reconstruction
        axes = axes_of(state.dataset, made.shape)
        stage.reconstruction.show_ink(made, shades_of(state.snapshot), axes)
        stage.error.show_weights(*_lacking(services, code), axes)
        stage.l0.show_text(str(code.l0))
        stage.mse.show_text(error(code.mse))
        fvu = services.mean_input.fvu(given, code.mse)
        stage.fvu.show_text(NONE if fvu is None else share(fvu))
    stage.say(*verdicts(state.dataset, state.snapshot, given, code))


def _lacking(services: Services, code: Code) -> tuple[np.ndarray, float]:
    """Input less reconstruction, and the ends of its colours or plot: as far from 0 as the ends of the input's scale are apart."""
    state = services.state
    assert state.model_input is not None
    low, high = shades_of(state.snapshot).span
    x = to_input(state.model_input[np.newaxis]).reshape(code.reconstruction.shape)
    return x - code.reconstruction, float(high - low)
