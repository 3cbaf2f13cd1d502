"""What can be done with the selected latent, wherever it was selected."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from saegui.app.services import Services
from saegui.ui.commands import Handler


class LatentActions:
    """Stars, labels and the end of a selection."""

    def __init__(self, services: Services) -> None:
        self._services, self._state = services, services.state

    def handlers(self) -> Mapping[str, Handler]:
        """By the names of the actions."""
        state, notes = self._state, self._services.notes
        return {
            "star-latent": Handler(
                self._star,
                enabled=self.can_be_noted,
                why=lambda: "Select a latent of a run first.",
                title=self._star_title,
                changed=(state.selection_changed, state.run_changed, notes.changed),
            ),
            "deselect": Handler(
                partial(state.select, None),
                enabled=lambda: state.selected is not None,
                changed=(state.selection_changed,),
            ),
        }

    def can_be_noted(self) -> bool:
        """Whether a latent is selected that a star or a label can be kept of."""
        return self._state.selected is not None and self._services.notes.possible

    def _star(self) -> None:
        if self._state.selected is not None:
            self._services.notes.toggle_star(self._state.selected)

    def _star_title(self) -> str:
        selected = self._state.selected
        starred = selected is not None and self._services.notes.of(selected).starred
        return "Remove star" if starred else "Star latent"
