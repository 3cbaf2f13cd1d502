"""Which latent a widget previews everywhere, while it is pointed at or has the keyboard."""

from __future__ import annotations

from typing import Literal

from saegui.app.state import AppState

Means = Literal["mouse", "keys"]


class Preview:
    """Ends only a preview that began here, and in the same way."""

    def __init__(self, state: AppState) -> None:
        self._state = state
        self.means: Means | None = None
        """By what the preview was begun; None while there is none of this widget."""

    def show(self, latent: int | None, means: Means) -> None:
        """Preview a latent everywhere; None ends it."""
        if latent is not None or self.means == means:
            self.means = means if latent is not None else None
            self._state.hover(latent)
