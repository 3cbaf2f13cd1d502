"""What can be done with the selected latent, wherever it was selected."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from saegui.app.services import Services
from saegui.ui.commands import Handler


class LatentActions:
    """Stars, pins, the way back and forward through the latents that were looked at, and the end of a selection."""

    def __init__(self, services: Services) -> None:
        self._services, self._state = services, services.state

    def handlers(self) -> Mapping[str, Handler]:
        """By the names of the actions."""
        state, notes = self._state, self._services.notes
        pins, looked_at = self._services.pins, self._services.looked_at
        looking = partial(
            Handler,
            why=lambda: "No other latent of this run was selected there.",
            changed=(looked_at.changed,),
        )
        return {
            "star-latent": Handler(
                self._star,
                enabled=self.can_be_noted,
                why=lambda: "Select a latent of a run first.",
                title=self._star_title,
                changed=(state.selection_changed, state.run_changed, notes.changed),
            ),
            "pin-latent": Handler(
                self._pin,
                enabled=lambda: state.selected is not None,
                title=self._pin_title,
                changed=(state.selection_changed, pins.changed),
            ),
            "clear-pins": Handler(pins.clear, enabled=lambda: bool(pins.latents), changed=(pins.changed,)),
            "latent-back": looking(partial(looked_at.go, -1), enabled=partial(looked_at.can_go, -1)),
            "latent-forward": looking(partial(looked_at.go, 1), enabled=partial(looked_at.can_go, 1)),
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

    def _pin(self) -> None:
        if self._state.selected is not None:
            self._services.pins.toggle(self._state.selected)

    def _pin_title(self) -> str:
        return "Remove pin" if self._state.selected in self._services.pins.latents else "Pin latent"

    def _star_title(self) -> str:
        selected = self._state.selected
        starred = selected is not None and self._services.notes.of(selected).starred
        return "Remove star" if starred else "Star latent"
