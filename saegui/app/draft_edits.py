"""Edits of the train panel's fields that the user makes: applied to a training that runs, and undone again."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from saegui.app.draft import Draft
from saegui.app.state import AppState
from saegui.app.training import TrainingControl
from saegui.app.undo import Step, Undo
from saegui.core.config.schema import RunConfig, parameter
from saegui.core.runs.run import Run

PANEL = "train"
"""The panel that shows the fields."""


class DraftEdits(QObject):
    """Every change of the state's draft that the user can undo goes through here."""

    def __init__(
        self, state: AppState, training: TrainingControl, undo: Undo, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._training, self._undo = state, training, undo
        self._stepping: tuple[str, Draft, Step] | None = None
        """The field that arrows or the wheel changed last, the draft before the first of these changes, and their step."""

    def edit(self, name: str, value: Any, *, stepped: bool = False) -> None:
        """One field has another value now. ``stepped``: with an arrow or the wheel, of which several make one step."""
        before = self._state.draft_parts
        self._state.edit_draft(name, value)
        self._training.change(name, value)
        self._remember(name, before, stepped)

    def replace(self, values: dict[str, Any] | RunConfig, text: str, preset: str | None = None) -> None:
        """All fields have other values now, which began with ``preset``; ``text`` is what follows *Undo*."""
        before = self._state.draft_parts
        self._state.set_draft(values, preset)
        self._stepping = None
        if self._state.draft_parts != before:
            self._add(text, before)

    def adopted(self, run: Run, before: Draft) -> None:
        """A run was opened, and its settings took the place of ``before``, which can be brought back."""
        self._stepping = None
        if self._state.draft_parts != before:
            self._add(f"settings of “{run.name}”", before)

    def _remember(self, name: str, before: Draft, stepped: bool) -> None:
        if stepped and self._stepping is not None and self._stepping[0] == name:
            _, first, step = self._stepping
            if self._undo.last is step and not self._undo.canRedo():
                step.replace(partial(self._show, first), partial(self._show, self._state.draft_parts))
                return
        step = self._add(f"change of {parameter(name).title}", before)
        self._stepping = (name, before, step) if stepped else None

    def _add(self, text: str, before: Draft) -> Step:
        after = self._state.draft_parts
        return self._undo.add(Step(text, partial(self._show, before), partial(self._show, after), PANEL))

    def _show(self, draft: Draft) -> bool:
        self._state.show_draft(draft)
        running = self._training.config
        if self._state.busy and running is not None:
            for name, value in running.model_dump().items():
                if self._state.draft[name] != value:
                    # Only live ones are taken; the others wait for the next training.
                    self._training.change(name, self._state.draft[name])
        return True
