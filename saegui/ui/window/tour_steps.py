"""The six steps of the tour: what each says, the widget that it speaks of, and how it knows that it was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QWidget

from saegui.app.nouns import noun_of, takes_pictures
from saegui.app.services import Services
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.panels.train.panel import TrainPanel
from saegui.ui.window.dock import PanelDock

Done = Callable[[], bool]


@dataclass(frozen=True)
class TourStep:
    """One step. It looks at nothing before it begins, as the window may change until then."""

    title: Callable[[], str]
    text: Callable[[], str]
    """One or two sentences, in which an input is called input."""
    panel: str
    """The panel that the widget is in."""
    target: Callable[[], QWidget]
    begin: Callable[[], Done]
    """Called when the step begins; what it returns says whether the user has done what is asked since."""
    signals: Sequence[SignalInstance]
    """After which it may have been done."""
    also: tuple[str, ...] = ()
    """Other panels that it speaks of, which should not be covered either."""


def tour_steps(services: Services, docks: Mapping[str, PanelDock]) -> tuple[TourStep, ...]:
    """Draw, click, train, tweak, time, export."""
    draw, features, train = (docks[kind.name].panel for kind in (DrawPanel, FeaturesPanel, TrainPanel))
    assert isinstance(draw, DrawPanel)
    assert isinstance(features, FeaturesPanel)
    assert isinstance(train, TrainPanel)
    state, exporter = services.state, services.exporter

    def drawing() -> str:
        if state.writes:
            ask = "Type a text here."
        elif takes_pictures(state):
            ask = "Draw here with the mouse, as on paper."
        else:
            ask = "Load a test input: press T."
        return f"{ask} The tiles of the latents that respond to it light up in Features."

    def drawn_or_not() -> str:
        return (
            "Draw" if takes_pictures(state) else "Write" if state.writes else f"Load a {noun_of(state).one}"
        )

    def click() -> str:
        tile = (
            "has the texts nearest to what one latent draws"
            if state.writes
            else "is the pattern that one latent draws"
        )
        return f"Every tile {tile}. Click a tile: Latent shows the inputs that activate it most."

    def drawn() -> Done:
        before = state.drawing
        return lambda: state.has_image and state.drawing is not before and not draw.canvas.under_way

    def clicked() -> Done:
        before = state.selected
        return lambda: state.selected is not None and state.selected != before

    def trained() -> Done:
        before = services.training.epoch if state.busy else None
        return lambda: state.phase == "training" and (before is None or services.training.epoch != before)

    def tweaked() -> Done:
        before = state.draft
        return lambda: state.draft != before

    def gone_back() -> Done:
        before = state.snapshot
        return lambda: state.phase != "training" and state.snapshot is not before

    def time() -> str:
        wait = "Pause the training first (Ctrl+.). " if state.phase == "training" else ""
        return (
            f"{wait}Drag this slider to go back through the training: tiles, curves and your drawing show the model "
            "as it was at that step."
        )

    def exported() -> Done:
        # Asked only after a figure was saved or copied.
        return lambda: True

    return (
        TourStep(
            drawn_or_not,
            drawing,
            draw.name,
            lambda: draw.stage.write if draw.stage.writing else draw.canvas,
            drawn,
            (state.image_changed, services.undo.indexChanged),
            (features.name,),
        ),
        TourStep(
            lambda: "Click",
            click,
            features.name,
            lambda: features.grid,
            clicked,
            (state.selection_changed,),
            ("latent",),
        ),
        TourStep(
            lambda: "Train",
            lambda: (
                "Press this button to train a model of your own. Tiles, curves and your drawing follow it while it learns."
            ),
            train.name,
            lambda: train.buttons["train"],
            trained,
            (state.phase_changed,),
            ("curves",),
        ),
        TourStep(
            lambda: "Tweak",
            lambda: (
                "Change a value, such as the learning rate. A field with a dot changes the training that is under way; the others "
                "count for the next one, whose curves lie over the old ones."
            ),
            train.name,
            lambda: train.form.fields["lr"].editor,
            tweaked,
            (state.draft_changed,),
            ("curves",),
        ),
        TourStep(
            lambda: "Time",
            time,
            features.name,
            lambda: features.scrubber,
            gone_back,
            (state.snapshot_changed,),
        ),
        TourStep(
            lambda: "Export",
            lambda: (
                "Save what a panel shows as a figure for a paper, with its numbers. Every panel has this button."
            ),
            features.name,
            lambda: docks[features.name].bar.export,
            exported,
            (exporter.saved, exporter.copied),
        ),
    )
