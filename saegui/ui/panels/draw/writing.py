"""While inputs are texts, the draw panel is called *Write*, and a field stands in place of its canvas."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QToolButton

from saegui.app.nouns import noun_of, takes_pictures
from saegui.core.strokes import BLANK_DRAWING, of_text
from saegui.ui.panels.draw.keys import HELP
from saegui.ui.panels.draw.model_needs import what_is_needed
from saegui.ui.panels.draw.stage import Stage
from saegui.ui.panels.panel import Panel

WRITE, LOOK = "Write", "Input"
"""What the panel is called where texts are read, and where inputs can only be loaded."""
DRAWING_TOOLS = ("pen", "eraser", "paste", "open-picture")
"""Of no use where nothing can be drawn: texts are typed, and numbers come from the data."""


class Writing(QObject):
    """Keeps the field and the state in agreement, as the panel does with its canvas."""

    def __init__(self, panel: Panel, stage: Stage, tools: Sequence[QToolButton]) -> None:
        """``tools`` are hidden while nothing can be drawn."""
        super().__init__(panel)
        self._panel, self._stage, self._tools = panel, stage, tools
        self._state, self._nearest, self._data = panel.state, panel.services.nearest, panel.services.data
        self._state.dataset_changed.connect(self._draw_or_write)
        self._state.snapshot_changed.connect(self._draw_or_write)
        stage.write.typed.connect(self._typed)
        stage.write.chosen.connect(self._write_input)
        self._nearest.reconstruction_changed.connect(self._show_nearest)
        self._draw_or_write()

    def refresh(self) -> None:
        """Show the text that is encoded, and one sentence about it."""
        state, page = self._state, self._stage.write
        page.field.show_text(state.drawing.text)
        problem = state.input_problem
        # What was drawn for the model before is not in sight here, and nothing has to be said of it.
        unseen = state.writes and not state.drawing.text
        needed = "" if unseen else what_is_needed(state, self._data.problem_of_run) or state.drawing.title
        page.say(problem or needed, problem=bool(problem))

    @Slot()
    def _draw_or_write(self) -> None:
        writes = self._state.writes
        drawable = takes_pictures(self._state)
        self._panel.retitle(self._panel.title if drawable else WRITE if writes else LOOK)
        self._stage.set_writing(writes)
        canvas = self._stage.canvas
        canvas.help = HELP if drawable else ""
        canvas.setAccessibleName("Canvas" if drawable else "Current input")
        canvas.setAccessibleDescription(canvas.help)
        self._stage.hide_tools(() if drawable else self._tools)

    @Slot(str)
    def _typed(self, text: str) -> None:
        self._state.set_drawing(of_text(text) if text else BLANK_DRAWING)

    @Slot(int)
    def _write_input(self, row: int) -> None:
        self._state.show_input("train", row, f"training {noun_of(self._state).one} {row:,}")

    @Slot()
    def _show_nearest(self) -> None:
        self._stage.write.show_nearest(self._nearest.of_reconstruction)
